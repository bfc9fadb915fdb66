from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from loglens.readers.contract.base import Column, Log, Probe
from loglens.readers.trackers.wandb.offline import WandbOffline, config_file
from tests.growth import LIMIT, growth
from tests.readers.shared_samples import shared
from tests.readers.wandb_writer import EXIT, framed, history, item, metric, run

READER = WandbOffline()


def write(folder: Path, records: Iterable[bytes], name: str = "run-abc.wandb") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(framed(records))
    return path


def only(path: Path) -> Log:
    (log,) = READER.read([path])
    return log


def column(log: Log, tag: str) -> Column:
    return next(one for one in log.columns if one.tag == tag)


def test_steps_values_config_and_names(tmp_path: Path) -> None:
    path = write(
        tmp_path / "offline-run-1-abc",
        [
            run(config={"lr": 0.1, "optimizer": {"name": "adam", "betas": [0.9]}, "_wandb": {}}),
            history({"loss": 2, ("nested", "a"): 1.5}, 0),
            history({"loss": 1.25}, 1),
            EXIT,
        ],
    )
    log = only(path)
    assert (log.run_id, log.folder, log.started) == ("abc", path.parent, 1_700_000_000)
    assert log.config == {"lr": 0.1, "optimizer.name": "adam"}
    assert [one.tag for one in log.columns] == ["loss", "nested.a"]
    assert column(log, "loss").steps.tolist() == [0, 1]
    assert column(log, "loss").values.tolist() == [2.0, 1.25]
    assert not log.problems
    assert not any("no exit record" in note.message for note in log.notes)


def test_values_that_are_no_finite_numbers(tmp_path: Path) -> None:
    words = [b"NaN", b"Infinity", b"-Infinity", b'"NaN"', b'"-Infinity"', b"null", b'"text"', b"true", b"[1]"]
    records = [run(), *(history({"loss": word}, at) for at, word in enumerate(words))]
    log = only(write(tmp_path / "r", records))
    values = column(log, "loss").values
    assert column(log, "loss").steps.tolist() == [0, 1, 2, 3, 4]
    assert math.isnan(values[0]) and math.isnan(values[3])
    assert values[[1, 2, 4]].tolist() == [math.inf, -math.inf, -math.inf]
    note = next(note for note in log.notes if "not numbers" in note.message)
    assert note.count == 3  # the text, the truth value and the list; null is no point


def test_media_and_histograms_are_left_out_and_summaries_opened(tmp_path: Path) -> None:
    histogram = {"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}
    log = only(write(tmp_path / "r", [run(), history({"h": histogram, "eval": {"loss": 1, "deep": {"x": "NaN"}}}, 0)]))
    assert [one.tag for one in log.columns] == ["eval.loss", "eval.deep.x"]


def test_the_size_of_a_picture_is_no_metric(tmp_path: Path) -> None:
    row: dict[str | tuple[str, ...], object] = {"img2": 1, "loss": 0.5}
    row |= {("img", "_type"): "image-file", ("img", "width"): 64, ("img", "size"): 999}
    log = only(write(tmp_path / "r", [run(), history(row, 0)]))
    assert [one.tag for one in log.columns] == ["img2", "loss"]
    assert any("img" in note.message and note.count == 1 for note in log.notes)


def test_what_wandb_keeps_beside_a_run_is_no_run(tmp_path: Path) -> None:
    path = write(tmp_path / "wandb" / "run-1-abc", [run(), history({"loss": 1}, 0)])
    text = '{"time": "x", "step": 1, "loss": 2}\n'
    own = [path.parent / "logs" / "debug-internal.log", path.parent / "files" / "output.log",
           path.parent / "files" / "wandb-summary.json", tmp_path / "wandb" / "debug.log"]  # fmt: skip
    for one in own:
        one.parent.mkdir(exist_ok=True)
        one.write_text(text)
        assert READER.recognises(Probe(path=one, size=9))
    assert [log.file for log in READER.read([*own, path])] == [path]
    assert all(log.problems for log in READER.read(own))
    saved = path.parent / "files" / "metrics.csv"
    saved.write_text("step,loss\n")
    assert not READER.recognises(Probe(path=saved, size=9))


def test_the_logged_training_step_is_the_axis(tmp_path: Path) -> None:
    rows = [history({"train/loss": 1 / (at + 1), "trainer/global_step": at * 50}, at) for at in range(4)]
    log = only(write(tmp_path / "r", [run(), *rows, history({"final": 1}, 9)]))
    assert column(log, "train/loss").steps.tolist() == [0, 50, 100, 150]
    assert column(log, "final").steps.tolist() == [150]  # where the axis stood last
    assert "trainer/global_step" not in [one.tag for one in log.columns]


def test_a_step_told_now_and_then_is_no_axis(tmp_path: Path) -> None:
    rows = [history({"loss": at, **({"global_step": at} if at % 10 == 0 else {})}, at) for at in range(30)]
    log = only(write(tmp_path / "r", [run(), *rows]))
    assert column(log, "loss").steps.tolist() == list(range(30))


def test_fractional_steps_are_no_axis(tmp_path: Path) -> None:
    rows = [history({"loss": at, "step": at / 3, "val/loss": 1, "epoch": at / 7}, at) for at in range(5)]
    log = only(write(tmp_path / "r", [run(), metric(glob="val/*", step_metric="epoch"), *rows]))
    assert column(log, "val/loss").steps.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "definition", [metric("val/loss", step_metric="epoch"), metric(glob="val/*", step_metric="epoch"),
                   metric(glob="val/*", index=1)]
)  # fmt: skip
def test_define_metric(tmp_path: Path, definition: bytes) -> None:
    rows = [history({"val/loss": at, "epoch": at // 2, "loss": 1}, at + 100) for at in range(0, 6, 2)]
    log = only(write(tmp_path / "r", [run(), metric("epoch"), definition, *rows]))
    assert (column(log, "val/loss").steps.tolist(), column(log, "val/loss").axis) == ([0, 1, 2], "epoch")
    assert (column(log, "loss").steps.tolist(), column(log, "loss").axis) == ([100, 102, 104], "step")


def test_without_a_step_the_calls_are_counted(tmp_path: Path) -> None:
    log = only(write(tmp_path / "r", [run(), *(history({"loss": 1}) for _ in range(3))]))
    assert column(log, "loss").steps.tolist() == [0, 1, 2]
    log = only(write(tmp_path / "s", [run(), *(history({"loss": 1}, at, call=False) for at in (4, 6))]))
    assert column(log, "loss").steps.tolist() == [4, 6]


def test_resumed_parts(tmp_path: Path) -> None:
    early = [history({"epoch": at, "val/loss": 1, "loss": 2}, at) for at in range(3)]
    late = [history({"epoch": at + 3, "val/loss": 1, "loss": 2}, at) for at in range(2)]
    defined = [metric("epoch"), metric(glob="val/*", step_metric="epoch")]
    first = write(tmp_path / "a", [run(started=100), *defined, *early])
    second = write(tmp_path / "b", [run(started=200), *late])
    one, two = READER.read([second, first])
    assert (one.file, two.file) == (first, second)
    assert one.run_id == two.run_id == "abc"
    assert column(two, "val/loss").steps.tolist() == [3, 4]  # define_metric was said in the first part only
    assert column(two, "loss").steps.tolist() == [3, 4]  # the calls began again at 0
    assert any("counted on" in note.message for note in two.notes)


def test_a_part_that_goes_on_keeps_its_calls(tmp_path: Path) -> None:
    first = write(tmp_path / "a", [run(started=100), *(history({"loss": 2}, at) for at in range(10))])
    second = write(tmp_path / "b", [run(started=200), *(history({"loss": 2}, at) for at in range(6, 12))])
    _, two = READER.read([first, second])
    assert column(two, "loss").steps.tolist() == list(range(6, 12))


def test_latest_run_is_not_read_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "wandb" / "offline-run-1-abc", [run(), history({"loss": 1}, 0)])
    (tmp_path / "wandb" / "latest-run").symlink_to(path.parent, target_is_directory=True)
    assert len(list(READER.read([path, tmp_path / "wandb" / "latest-run" / path.name]))) == 1


def test_a_killed_run(tmp_path: Path) -> None:
    path = write(tmp_path / "r", [run(), *(history({"loss": at}, at) for at in range(100))])
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-5])
    log = only(path)
    assert len(column(log, "loss").steps) == 99
    assert [problem.offset for problem in log.problems] == [size - len(framed([history({"loss": 99}, 99)])) + 7]
    assert any("no exit record" in note.message for note in log.notes)


@pytest.mark.parametrize("data", [b"", b":W&", b"not a wandb file at all", b":W&B\xe1\xbe\x00"])
def test_nothing_to_read_is_a_problem(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "run-x.wandb"
    path.write_bytes(data)
    assert READER.recognises(Probe(path=path, size=len(data)))
    assert len(only(path).problems) == 1


def test_an_undecodable_record_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "r", [run(), history({"loss": 1}, 0), b"\x12\x7fbroken", history({"loss": 2}, 1)])
    log = only(path)
    assert column(log, "loss").values.tolist() == [1, 2]
    assert len(log.problems) == 1 and log.problems[0].offset


def test_config_file_of_an_online_run(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "_wandb:\n    value:\n        cli: 1\nlr:\n    desc: null\n    value: 3e-4\nname:\n    value: 'x'\n"
    )
    assert config_file(path) == {"lr": 3e-4, "name": "x"}
    assert config_file(tmp_path / "missing.yaml") == {}


def test_reading_grows_with_the_rows(tmp_path: Path) -> None:
    def reading(count: int) -> Callable[[], object]:
        rows = [history({f"m{name}": at / 7 for name in range(9)}, at) for at in range(count)]
        path = write(tmp_path / str(count), [run(), *rows])
        assert sum(len(one.steps) for one in only(path).columns) == 9 * count
        return lambda: only(path)

    assert growth(reading, 1_000) <= LIMIT


def test_shared_sample() -> None:
    folder = shared("formats", "wandb", "wandb")
    logs = list(READER.read(sorted(folder.glob("*/*.wandb"))))
    assert sorted(log.run_id for log in logs) == ["abc123", "abc123", "q899creh"]
    loss = column(next(log for log in logs if log.run_id == "q899creh"), "train/loss")
    assert (len(loss.steps), loss.steps[-1], int(np.sum(~np.isfinite(loss.values)))) == (40, 390, 2)


def test_items_may_use_either_key() -> None:
    assert item("a", 1) != item("a", 1, nested=False)
