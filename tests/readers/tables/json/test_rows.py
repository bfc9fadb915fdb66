"""JSON lines in all their spellings, and the fast way against the slow one."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.errors import ReadError
from loglens.model.run import Run
from loglens.readers import read
from loglens.readers.contract import files
from loglens.readers.contract.base import Probe
from loglens.readers.tables.json import rows as json_rows
from loglens.readers.tables.json.lines import JsonLines
from loglens.readers.tables.json.rows import parsed_rows, read_json_rows
from tests.growth import LIMIT, growth
from tests.readers.written import only, role, steps, values, write


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def run_of(path: Path, text: str | bytes) -> Run:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    (run,) = read(path).runs
    return run


def points(run: Run, tag: str) -> list[tuple[int, float]]:
    series = run.get(tag)
    assert series is not None, [one.tag for one in run.series]
    return list(zip(series.steps.tolist(), series.values.tolist(), strict=True))


ROWS: list[dict[str, Any]] = [{"step": step, "loss": 3.0 - step, "optim": {"lr": 0.1}} for step in range(3)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.jsonl", lines(ROWS)),
        ("log.ndjson", lines(ROWS)),
        ("log.json", lines(ROWS)),
        ("log.txt", lines(ROWS)),
        ("log", lines(ROWS)),
        ("log.json", json.dumps(ROWS)),
        ("log.json", json.dumps(ROWS, indent=2)),
        ("log.jsonl", "\n" + lines(ROWS).replace("\n", "\n\n")),
        ("log.jsonl", lines(ROWS).replace("\n", "\r\n")),
        ("log.jsonl", "\ufeff" + lines(ROWS)),
        ("log.jsonl", lines(ROWS).replace("3.0", '"3.0"')),
    ],
)
def test_every_way_to_write_rows(tmp_path: Path, name: str, text: str) -> None:
    run = run_of(tmp_path / name, text)
    assert points(run, "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert points(run, "optim.lr")[0] == (0, 0.1)


def test_gzip(tmp_path: Path) -> None:
    assert len(points(run_of(tmp_path / "log.jsonl.gz", gzip.compress(lines(ROWS).encode())), "loss")) == 3


@pytest.mark.parametrize("spelling", ["NaN", '"NaN"', '"nan"'])
def test_nan_in_every_spelling_is_a_point_and_null_is_none(tmp_path: Path, spelling: str) -> None:
    text = f'{{"step": 0, "loss": 1.5}}\n{{"step": 1, "loss": {spelling}}}\n{{"step": 2, "loss": null}}\n'
    text += '{"step": 3, "loss": -Infinity}\n{"step": 4, "loss": "Infinity"}\n'
    found = points(run_of(tmp_path / "log.jsonl", text), "loss")
    assert [step for step, _ in found] == [0, 1, 3, 4]
    assert math.isnan(found[1][1]) and found[2][1] == -math.inf and found[3][1] == math.inf


def test_rows_of_unlike_keys(tmp_path: Path) -> None:
    run = run_of(
        tmp_path / "log.jsonl", '{"step": 0, "loss": 3}\n{"step": 0, "val": {"loss": 2.5}}\n{"step": 5, "late": 1}\n'
    )
    assert (
        points(run, "loss") == [(0, 3.0)]
        and points(run, "val.loss") == [(0, 2.5)]
        and points(run, "late") == [(5, 1.0)]
    )


def test_a_list_of_one_is_its_number_and_others_are_none(tmp_path: Path) -> None:
    run = run_of(
        tmp_path / "log.jsonl",
        '{"step": 0, "lr": [0.1], "betas": [0.9, 0.99], "loss": 1}\n{"step": 1, "lr": [0.2], "loss": 2}\n',
    )
    assert points(run, "lr") == [(0, 0.1), (1, 0.2)] and run.get("betas") is None


def test_damaged_lines_are_reported_and_the_others_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 0, "loss": 3}\n{"step": 1, "lo\n[1, 2]\n{"step": 3, "loss": 1}\n{"step": 4, "loss": 0.')
    result = read(path)
    assert points(result.runs[0], "loss") == [(0, 3.0), (3, 1.0)]
    assert [problem.offset for problem in result.problems] == [2, 3, 5]


ARRAY = [{"step": at, "loss": at + 1, "more": {"lr": 0.1}, "layers": [{"step": 9, "loss": 999}, {"loss": 55}]}
         for at in range(12)]  # fmt: skip


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("harm", [('"loss": 6', '"loss" 6'), ('"loss": 6', '"loss": "6'), ('"step": 5', "<<<< step 5")])
def test_a_damaged_object_of_an_array_costs_that_object_alone(
    tmp_path: Path, indent: int | None, harm: tuple[str, str]
) -> None:
    text = json.dumps(ARRAY, indent=indent)
    if indent == 0:  # an object a line
        text = "[\n" + ",\n".join(map(json.dumps, ARRAY)) + "\n]"
    assert harm[0] in text
    result = read(write(tmp_path / "log.json", text.replace(*harm)))
    run = only(result)
    lost = '"6' in harm[1] and indent is None  # no quotation mark after that tells what it ends
    assert [step for step, _ in points(run, "loss")] == [at for at in range(12) if at != 5 and not (lost and at > 5)]
    assert "is no JSON" in result.problems[0].message


@pytest.mark.parametrize("word", ["nan", "-nan(ind)", "NAN", "inf", "-inf", "Infinity"])
@pytest.mark.parametrize("lines_", [True, False])
def test_what_other_languages_write_for_no_number_is_a_point(tmp_path: Path, word: str, lines_: bool) -> None:
    objects = [f'{{"step": {at}, "loss": {0.5 if at < 6 else word}, "best": None, "ok": True}}' for at in range(9)]
    text = "\n".join(objects) + "\n" if lines_ else "[\n  " + ",\n  ".join(objects) + "\n]\n"
    run = run_of(tmp_path / ("log.jsonl" if lines_ else "log.json"), text)
    found = [math.isfinite(value) for _, value in points(run, "loss")]
    assert found == [True] * 6 + [False] * 3


def test_damaged_objects_take_time_by_their_number(tmp_path: Path) -> None:
    def reading(count: int) -> Callable[[], object]:
        rows = ",\n".join(f'{{"step": {at}, "loss"{" " if at > 3 else ": "}{at}}}' for at in range(count))
        return lambda: parsed_rows(tmp_path / "log.json", f"[\n{rows}\n]")

    assert growth(reading, 5_000) <= LIMIT


def test_a_cut_array_keeps_its_whole_objects(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(ROWS)[:-20])
    result = read(path)
    assert len(points(result.runs[0], "loss")) == 2 and len(result.problems) == 1


def test_a_log_that_is_being_written_is_live(tmp_path: Path) -> None:
    assert run_of(tmp_path / "log.jsonl", lines(ROWS) + '{"step": 3, "lo').live
    assert not run_of(tmp_path / "done.jsonl", lines(ROWS)).live


def test_steps_beyond_2_to_the_53_stay_exact(tmp_path: Path) -> None:
    run = run_of(tmp_path / "log.jsonl", f'{{"step": {2**53 + 1}, "loss": 1}}\n{{"step": {2**53 + 2}, "loss": 2}}\n')
    assert [step for step, _ in points(run, "loss")] == [2**53 + 1, 2**53 + 2]


def test_settings_are_no_log(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"lr": 0.1, "batch_size": 8}\n')
    with pytest.raises(ReadError):
        read(tmp_path / "config.json")


def many(rows: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for step in range(rows):
        made.append({"step": step, "loss": 1 / (step + 1), "note": "at 12:30", "optim": {"lr": 1, "wd": 0.5}})
        if step % 100 == 99:
            made.append({"step": step, "val": {"loss": 0.5}})
    return made


@pytest.mark.parametrize("piece_bytes", [files.PIECE_BYTES, 3_000, 100_000])
@pytest.mark.parametrize(
    "odd",
    [
        "",
        '{"step": 77777, "loss": 2, "never_before": 1}\n',
        '{"step": 77777, "loss": NaN}\n',
        '{"step": 77777, "loss": "NaN"}\n',
        '{"step": 77777.5, "loss": 1}\n',
        '{"step": 77777, "loss": [1]}\n',
        '{"step": 77777, "loss": 2, "loss": 3}\n',
        '{"step": 77777, "optim": {"lr": 3, "eps": 1}}\n',
        '{"step": 77777, "loss": null}\n',
        '{"step": 77777, "note": "a \\"quoted: one\\""}\n',
        '{"step": 77777, "lo\n',
        "\n\n",
        "\0" * 600 + "\n",
    ],
)
def test_the_fast_way_gives_what_the_slow_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str, piece_bytes: int
) -> None:
    text = lines(many(6000))
    middle = text.index("\n", len(text) // 3) + 1
    path = tmp_path / "log.jsonl"
    path.write_text(text[:middle] + odd + text[middle:])
    monkeypatch.setattr(json_rows, "_FAST_BYTES", 0)
    monkeypatch.setattr(json_rows, "PIECE_BYTES", piece_bytes)
    fast = read_json_rows(path)
    monkeypatch.setattr(json_rows, "_FAST_BYTES", 1 << 60)
    monkeypatch.setattr(json_rows, "PIECE_BYTES", 1 << 60)
    slow = read_json_rows(path)
    assert (set(fast.names), fast.rows, fast.problems) == (set(slow.names), slow.rows, slow.problems)
    for name in slow.names:
        one, other = fast.numbers(name), slow.numbers(name)
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.count == other.count
            here = slice(None) if one.present is None else one.present
            np.testing.assert_array_equal(one.values[here], other.values[here])


def test_zeros_of_a_lost_block_cost_only_their_lines(tmp_path: Path) -> None:
    text = lines(ROWS)
    (tmp_path / "log.jsonl").write_text(text + "\0" * 512 + "\n" + text.replace("3.0", "2.0"))
    result = read(tmp_path)
    assert [point[1] for point in points(result.runs[0], "loss")] == [2.0, 2.0, 1.0]
    assert [problem.offset for problem in result.problems] == [len(text)]


def test_a_history_in_one_line(tmp_path: Path) -> None:
    rows = [{"epoch": epoch, "loss": 3.0 - epoch} for epoch in range(3)]
    text = json.dumps({"config": {"lr": 0.1}, "history": rows})
    assert points(run_of(tmp_path / "results.json", text), "loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]


def test_a_cut_end_does_not_cost_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(lines(ROWS * 100) + '{"step": 3, "lo')
    slow = read_json_rows(path)
    monkeypatch.setattr(json_rows, "_FAST_BYTES", 0)
    monkeypatch.setattr(json_rows, "parsed_rows", None)
    fast = read_json_rows(path)
    assert (fast.names, fast.problems, fast.torn) == (slow.names, slow.problems, slow.torn)
    assert fast.torn and fast.rows == slow.rows == 300


def test_nested_lists_are_a_log_where_they_hold_a_curve(tmp_path: Path) -> None:
    def recognised(path: Path) -> bool:
        return JsonLines().recognises(Probe(path=path, size=path.stat().st_size))

    curves = {"validation_0": {"logloss": [0.5, 0.4]}, "validation_1": {"logloss": [0.6, 0.5]}}
    for indent in (None, 2):
        run = only(read(write(tmp_path / f"evals{indent}.json", json.dumps(curves, indent=indent))))
        assert values(run, "validation_1.logloss") == [0.6, 0.5]
        assert (role(run, "train_loss"), role(run, "val_loss")) == ("validation_0.logloss", "validation_1.logloss")
    settings = {"optimizer": {"betas": [0.9, 0.999], "lr": 0.1}, "loss": "mse"}
    assert not recognised(write(tmp_path / "config.json", json.dumps(settings, indent=2)))


def test_lines_that_hold_lists_of_one_are_lines(tmp_path: Path) -> None:
    text = "".join(json.dumps({"loss": [0.5], "step": at}) + "\n" for at in range(4))
    assert steps(only(read(write(tmp_path / "log.jsonl", text))), "loss") == [0, 1, 2, 3]
