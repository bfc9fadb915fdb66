"""CSV as people have it: every dialect and kind of damage, read through the front door."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.errors import ReadError, UnknownFormat
from loglens.model.run import ReadResult, Run
from loglens.readers import read
from loglens.readers.tables.csv.read import read_csv


def written(folder: Path, text: str | bytes, name: str = "log.csv") -> ReadResult:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path)


def only(result: ReadResult) -> Run:
    assert len(result.runs) == 1
    return result.runs[0]


def points(run: Run, tag: str) -> list[tuple[int, float]]:
    series = run.get(tag)
    assert series is not None, [one.tag for one in run.series]
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


PLAIN = [(0, 2.5), (10, 2.25), (20, 2.0)]


@pytest.mark.parametrize(
    "text",
    [
        "step,loss\n0,2.5\n10,2.25\n20,2.0\n",
        "step,loss\r\n0,2.5\r\n10,2.25\r\n20,2.0\r\n",
        "step;loss\n0;2,5\n10;2,25\n20;2,0\n",
        "step\tloss\n0\t2.5\n10\t2.25\n20\t2.0\n",
        "step|loss\n0|2.5\n10|2.25\n20|2.0\n",
        '"step","loss"\n"0","2.5"\n"10","2.25"\n"20","2.0"\n',
        '"step","loss"\n"0","2,5"\n"10","2,25"\n"20","2,0"\n',
        "step , loss \n 0 , 2.5 \n 10 , 2.25 \n 20 , 2.0 \n",
        "  step,    loss\n     0,     2.5\n    10,    2.25\n    20,     2.0\n",
        "step loss\n0 2.5\n10 2.25\n20 2.0\n",
        "step,loss,\n0,2.5,\n10,2.25,\n20,2.0,\n",
        "step,loss\n0,2.5,\n10,2.25,\n20,2.0,\n",
        "\n\nstep,loss\n0,2.5\n\n10,2.25\n20,2.0\n\n\n",
        "# made by train.py\n# lr=0.1\nstep,loss\n0,2.5\n10,2.25\n20,2.0\n",
        "sep=;\nstep;loss\n0;2.5\n10;2.25\n20;2.0\n",
        "#step,loss\n0,2.5\n10,2.25\n20,2.0\n",
        "step,loss\n0,2.5\n10,2.25\n20,2.0",
        "step,loss\n0,2.5e0\n10,22.5E-1\n20,+2\n",
        "step,loss\n0.0,2.5\n10.0,2.25\n20.0,2.0\n",
        ",step,loss\n0,0,2.5\n1,10,2.25\n2,20,2.0\n",
        "Unnamed: 0,step,loss\n0,0,2.5\n1,10,2.25\n2,20,2.0\n",
        "step,loss\n0,0,2.5\n1,10,2.25\n2,20,2.0\n",
        "loss,step\n2.5,0\n2.25,10\n2.0,20\n",
        "step,loss\n0,[2.5]\n10,[2.25]\n20,[2.0]\n",
        "step,loss\n0,tensor(2.5)\n10,tensor(2.25)\n20,tensor(2.0)\n",
        'step,loss\n0,"tensor(2.5, device=\'cuda:0\')"\n10,"tensor(2.25)"\n20,tensor(2.)\n',
    ],
)
def test_reads_each_dialect_alike(tmp_path: Path, text: str) -> None:
    run = only(written(tmp_path, text))
    assert points(run, "loss") == PLAIN
    assert run.role("train_loss") is run.get("loss")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_reads_every_encoding(tmp_path: Path, encoding: str) -> None:
    text = "step,loss\n0,2.5\n10,2.25\n20,2.0\n"
    assert points(only(written(tmp_path, text.encode(encoding))), "loss") == PLAIN


def test_reads_names_in_latin_1(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,loss,genauigkeit_prüfung\n0,2.5,0.1\n1,2.0,0.2\n".encode("latin-1")))
    assert points(run, "genauigkeit_prüfung") == [(0, 0.1), (1, 0.2)]


@pytest.mark.parametrize("name", ["log.csv.gz", "log.tsv.gz"])
def test_reads_gzip(tmp_path: Path, name: str) -> None:
    run = only(written(tmp_path, gzip.compress(b"step\tloss\n0\t2.5\n10\t2.25\n20\t2.0\n"), name))
    assert points(run, "loss") == PLAIN


def test_reads_the_whole_part_of_a_cut_gzip(tmp_path: Path) -> None:
    text = "step,loss\n" + "".join(f"{step},{1 / (step + 1)}\n" for step in range(5000))
    packed = gzip.compress(text.encode())
    result = written(tmp_path, packed[: len(packed) // 2], "log.csv.gz")
    loss = only(result).get("loss")
    assert loss is not None and 1000 < len(loss) < 5000
    assert loss.values[100] == pytest.approx(1 / 101)


def test_tokens_without_a_value_are_no_points_and_nan_and_infinities_are(tmp_path: Path) -> None:
    tokens = [
        "1.5",
        "NA",
        "NaN",
        "-Infinity",
        "",
        "inf",
        "None",
        "nan",
        "N/A",
        "null",
        "#N/A",
        "-nan",
        "Inf",
        "+inf",
        "<NA>",
    ]
    text = "step,loss\n" + "".join(f"{step},{token}\n" for step, token in enumerate(tokens))
    series = only(written(tmp_path, text)).get("loss")
    assert series is not None
    assert series.steps.tolist() == [0, 2, 3, 5, 7, 11, 12, 13]
    expected = [1.5, math.nan, -math.inf, math.inf, math.nan, math.nan, math.inf, math.inf]
    np.testing.assert_array_equal(series.values, expected)


def test_a_column_that_is_integers_at_first_keeps_its_fractions(tmp_path: Path) -> None:
    text = "step,loss,lr\n" + "".join(f"{step},{3},1\n" for step in range(500)) + "500,0.5,0.25\n"
    run = only(written(tmp_path, text))
    assert points(run, "loss")[-1] == (500, 0.5)
    assert points(run, "lr")[-1] == (500, 0.25)


def test_a_word_late_in_a_column_costs_only_its_cell(tmp_path: Path) -> None:
    rows = [f"{step},{step / 2}\n" for step in range(1000)]
    rows[700] = "700,error\n"
    result = written(tmp_path, "step,loss\n" + "".join(rows))
    run = only(result)
    loss = run.get("loss")
    assert loss is not None and len(loss) == 999 and 700 not in loss.steps
    assert any(note.kind == "dropped" and note.count == 1 and note.series == "loss" for note in run.notes)


def test_percent_signs_are_set_aside(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,loss,val_acc\n1,2.0,51.5%\n2,1.5,60 %\n"))
    assert points(run, "val_acc") == [(1, 51.5), (2, 60.0)]


def test_ragged_rows_are_reported_with_their_lines_and_the_others_kept(tmp_path: Path) -> None:
    result = written(tmp_path, "step,loss,lr\n0,3,0.1\n1,2.9\n2,2.8,0.1\n3,2.7,0.1,9\n4,2.6,0.1\n")
    assert [point[0] for point in points(only(result), "loss")] == [0, 2, 4]
    assert [(problem.path, problem.offset) for problem in result.problems] == [("log.csv", 3), ("log.csv", 5)]
    assert "2 of 3 cells" in result.problems[0].message


@pytest.mark.parametrize("tail", ["250,1.5", "250", "250,1.5,"])
def test_a_cut_last_row_is_not_taken(tmp_path: Path, tail: str) -> None:
    result = written(tmp_path, f"step,loss,lr\n0,3.0,0.001\n100,2.5,0.001\n200,2.0,0.001\n{tail}")
    assert [point[0] for point in points(only(result), "loss")] == [0, 100, 200]
    assert [problem.offset for problem in result.problems] == [5]


def test_many_bad_rows_are_summed_up(tmp_path: Path) -> None:
    text = "step,loss,lr\n" + "".join(f"{step},2\n" if step % 2 else f"{step},2,1\n" for step in range(200))
    result = written(tmp_path, text)
    assert len(only(result).series[0]) == 100
    assert len(result.problems) == 21 and "80 more" in result.problems[-1].message


def test_a_repeated_header_is_a_restart(tmp_path: Path) -> None:
    run = only(written(tmp_path, "step,loss\n0,9\n1,8\n2,7\nstep,loss\n1,5\n2,4\n3,3\n"))
    assert points(run, "loss") == [(0, 9.0), (1, 5.0), (2, 4.0), (3, 3.0)]
    assert [(one.resumed_at, one.last_step, one.rewritten, one.how) for one in run.rewinds] == [
        (1, 2, 2, "repeated header")
    ]
    assert run.rewritten[0].values.tolist() == [8.0, 7.0]


def test_a_restart_with_other_columns_keeps_both(tmp_path: Path) -> None:
    run = only(written(tmp_path, "step,loss\n0,9\n1,8\nstep,lr,loss\n2,0.1,7\n3,0.1,6\n"))
    assert points(run, "loss") == [(0, 9.0), (1, 8.0), (2, 7.0), (3, 6.0)]
    assert points(run, "lr") == [(2, 0.1), (3, 0.1)]


def test_a_table_without_header_is_read_and_said_so(tmp_path: Path) -> None:
    run = only(written(tmp_path, "0,2.5,0.1\n10,2.25,0.1\n20,2.0,0.1\n"))
    assert points(run, "column 2") == PLAIN
    assert any("no header" in note.message for note in run.notes)


def test_a_table_without_header_and_with_dates_is_no_header(tmp_path: Path) -> None:
    run = only(written(tmp_path, "2026-01-01,0,2.5\n2026-01-02,10,2.25\n2026-01-03,20,2.0\n"))
    assert points(run, "column 3") == PLAIN


def test_names_that_are_there_twice_are_told_apart(tmp_path: Path) -> None:
    run = only(written(tmp_path, "step,loss,loss\n0,2.5,7\n10,2.25,8\n20,2.0,9\n"))
    assert points(run, "loss") == PLAIN
    assert points(run, "loss (2)")[0] == (0, 7.0)
    assert any("more than once" in note.message for note in run.notes)


def test_a_column_without_values_is_no_series_but_told(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,loss,val_loss\n0,2,NA\n1,1,NA\n"))
    assert run.get("val_loss") is None
    assert any("'val_loss'" in note.message for note in run.notes)


def test_one_column_of_numbers_is_counted(tmp_path: Path) -> None:
    run = only(written(tmp_path, "loss\n2.5\n2.25\n2.0\n"))
    assert points(run, "loss") == [(0, 2.5), (1, 2.25), (2, 2.0)]


def test_thousands_of_columns_are_read(tmp_path: Path) -> None:
    names = [f"layer{number}.grad_norm" for number in range(3000)]
    rows = [",".join(["1.5"] * 3000) for _ in range(3)]
    text = f"step,loss,{','.join(names)}\n" + "".join(f"{step},2.0,{row}\n" for step, row in enumerate(rows))
    run = only(written(tmp_path, text))
    assert len(run.series) == 3001


@pytest.mark.parametrize(
    "steps",
    [[2**53 + 1, 2**53 + 3, 2**62], [-10, 0, 10], [10**15, 2 * 10**15, 3 * 10**15], [1e6, 2e6, 3e6]],
)
def test_steps_stay_exact(tmp_path: Path, steps: list[int]) -> None:
    run = only(written(tmp_path, "step,loss\n" + "".join(f"{step},1.0\n" for step in steps)))
    assert [step for step, _ in points(run, "loss")] == [int(step) for step in steps]


def test_steps_with_fractions_are_counted_and_kept_as_a_series(tmp_path: Path) -> None:
    run = only(written(tmp_path, "epoch,loss\n0.1,3\n0.2,2\n0.3,1\n"))
    assert points(run, "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert [value for _, value in points(run, "epoch")] == [0.1, 0.2, 0.3]
    assert any("counted" in note.message for note in run.notes)


def test_written_times_become_wall_times(tmp_path: Path) -> None:
    run = only(written(tmp_path, "timestamp,step,loss\n2026-01-01 00:00:00,0,2\n2026-01-01T00:00:10Z,10,1\n"))
    loss = run.get("loss")
    assert loss is not None and loss.wall_times is not None
    assert np.diff(loss.wall_times).tolist() == [10.0]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("empty.csv", b"", ReadError),
        ("blank.csv", b"\n\n  \n", ReadError),
        ("header.csv", b"step,loss\n", ReadError),
        ("words.csv", b"name,city\nanna,rome\nbob,oslo\n", ReadError),
        ("binary.csv", bytes(range(256)) * 40, UnknownFormat),
        ("notes.txt", b"remember the milk, and the bread\n", UnknownFormat),
    ],
)
def test_what_is_no_log_is_an_error_of_one_sentence(
    tmp_path: Path, name: str, data: bytes, kind: type[ReadError]
) -> None:
    with pytest.raises(kind) as caught:
        written(tmp_path, data, name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_values_survive_as_they_were_written(values: list[float], separator: str, quoted: bool) -> None:
    import tempfile

    mark = '"' if quoted else ""
    lines = [f"{mark}step{mark}{separator}{mark}loss{mark}"]
    lines += [f"{mark}{step}{mark}{separator}{mark}{value!r}{mark}" for step, value in enumerate(values)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_text("\n".join(lines) + "\n")
        table = read_csv(path)
    numbers = table.numbers("loss")
    assert numbers is not None
    np.testing.assert_array_equal(numbers.values, values)


def test_a_quotation_mark_alone_costs_only_its_row_or_cell(tmp_path: Path) -> None:
    result = written(tmp_path, 'step,loss,lr\n0,3,"\n10,2.5,0.1\n20,2,0.1\n')
    assert [point[0] for point in points(only(result), "loss")][-2:] == [10, 20]


def test_a_repeated_header_with_a_name_twice_breaks_nothing(tmp_path: Path) -> None:
    run = only(written(tmp_path, "step,loss,lr\n0,3,1\n1,2,1\nstep,loss,loss\n2,1,9\n"))
    assert points(run, "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]


@pytest.mark.parametrize("block", ["\0" * 512, "40,1.\0\0\0\0", "\0" * 512 + "\n50,1.5\n"])
def test_zeros_of_a_lost_block_cost_only_their_lines(tmp_path: Path, block: str) -> None:
    result = written(tmp_path, "step,loss\n0,2.5\n10,2.25\n20,2.0\n" + block)
    assert points(only(result), "loss") == PLAIN + ([(50, 1.5)] if "50" in block else [])
    assert any("zero bytes" in problem.message and problem.offset for problem in result.problems)


@pytest.mark.parametrize("name", ["train.log", "train.txt", "train.csv"])
@pytest.mark.parametrize("blank", [" ", "    "])
def test_columns_between_blanks(tmp_path: Path, name: str, blank: str) -> None:
    rows = [["step", "loss"], ["0", "2.5"], ["10", "2.25"], ["20", "2.0"]]
    text = "".join(blank.join(["", *row]) + "\n" for row in rows)
    assert points(only(written(tmp_path, text, name)), "loss") == PLAIN


def test_sentences_are_no_table(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat):
        written(tmp_path, "the loss of step\n" + "it was 3 again\n" * 20, "notes.txt")


def test_a_column_that_is_empty_has_no_name(tmp_path: Path) -> None:
    head = "EPOCH\tTIMESTAMP\tLEARNING_RATE\tTRAIN_LOSS\tTRAIN_ACCURACY\tDEV_LOSS"
    rows = [f"{at}\t11:17:{at:02}\t0.1\t{2.5 - at / 4}\t\t_\t{2.75 - at / 4}" for at in range(6)]
    table = read_csv(_written(tmp_path / "loss.tsv", [head, *rows]))
    assert table.names == (*head.split("\t")[:4], "", "TRAIN_ACCURACY", "DEV_LOSS")
    numbered = ["epoch loss", *(f"{at + 1} {at} {2.5 - at / 4}" for at in range(6))]
    assert read_csv(_written(tmp_path / "r.txt", numbered)).names == ("", "epoch", "loss")


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
