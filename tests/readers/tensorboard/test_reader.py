from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from loglens.readers.contract.base import Log, Probe
from loglens.readers.tensorboard.reader import HPARAMS_NOTE, TensorBoard
from tests.benchmarks import event_files as files


def recognised(path: Path) -> bool:
    return TensorBoard().recognises(Probe(path, path.stat().st_size))


def logs(root: Path) -> dict[str, list[Log]]:
    """The logs below a folder, by the name of theirs relative to it."""
    found: dict[str, list[Log]] = {}
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and recognised(path)]
    for log in TensorBoard().read(paths):
        found.setdefault(log.folder.relative_to(root).as_posix(), []).append(log)
    return found


def test_recognised_by_content_whatever_the_name(tmp_path: Path) -> None:
    assert recognised(files.write(tmp_path / "log.bin", []))


def test_blanks_around_a_tag_are_trimmed(tmp_path: Path) -> None:
    padded = [files.event(1.0 + step, step, files.simple(" train loss ", 0.5)) for step in range(3)]
    path = files.write(tmp_path / "events.out.tfevents.1", padded)
    (log,) = TensorBoard().read([path])
    assert [column.tag for column in log.columns] == ["train loss"]


def test_not_recognised(tmp_path: Path) -> None:
    dataset = tmp_path / "train.tfrecord"
    dataset.write_bytes(files.frame(b"an example, not an event") * 3)
    table = tmp_path / "events.tfevents.csv"
    table.write_text("step,loss\n1,2\n")
    assert not recognised(dataset)
    assert not recognised(table)


@pytest.mark.parametrize("content", [b"", bytes(4096), b"\x18\x00\x00"], ids=["empty", "zeros", "cut"])
def test_recognised_by_name_where_the_content_is_damaged(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1795000000.host.profile-empty"
    path.write_bytes(content)
    assert recognised(path)
    (log,) = TensorBoard().read([path])
    assert log.columns == ()
    assert [problem.offset for problem in log.problems] == [0]


def test_the_log_of_a_file(tmp_path: Path) -> None:
    path = files.regular(tmp_path / "run" / "events.out.tfevents.1795000123.host.1.0.v2", 2, 10)
    (log,) = TensorBoard().read([path])
    assert (log.format, log.file, log.folder, log.started) == ("tensorboard", path, path.parent, 1795000123.0)
    assert [column.stepless for column in log.columns] == [False, False]
    assert log.notes == ()


def test_a_file_without_time_in_its_name_started_with_its_first_point(tmp_path: Path) -> None:
    path = files.write(tmp_path / "my.tfevents", [files.event(77.5, 0, files.simple("loss", 1.0))])
    (log,) = TensorBoard().read([path])
    assert log.started == 77.5


def test_a_file_with_a_header_only_is_whole_and_says_so(tmp_path: Path) -> None:
    (log,) = TensorBoard().read([files.write(tmp_path / files.FILE_NAME, [])])
    assert (log.columns, log.problems, log.live) == ((), (), False)
    assert [note.message for note in log.notes] == ["holds no scalar"]


def test_points_without_a_step_are_counted(tmp_path: Path) -> None:
    events = [files.event(1.0, 0, files.simple("loss", value)) for value in range(5)]
    events += [files.event(1.0, step, files.simple("lr", 1.0)) for step in (0, 1)]
    events += [files.event(1.0, 0, files.simple("final", 9.0))]
    (log,) = TensorBoard().read([files.write(tmp_path / files.FILE_NAME, events)])
    assert [(column.tag, column.stepless, column.steps.tolist()) for column in log.columns] == [
        ("loss", True, [0, 1, 2, 3, 4]),
        ("lr", False, [0, 1]),
        ("final", False, [0]),
    ]


SAMPLES = ("tb", "tf", "tb_torn", "tb_killed", "lightning_tb")


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_the_frameworks_wrote(sample: str, shared: Path) -> None:
    """Counts, first and last points of the samples whose runs are one file each."""
    root = shared / "formats" / sample
    expected = json.loads((root.parent / "expected.json").read_text())[sample]
    found = logs(root)
    checked = 0
    for run in expected["runs"]:
        for name, series in run["series"].items():
            folder, _, tag = name.partition("/")
            inside = f"{run['run']}/{folder}".removeprefix("./")
            parts = found.get(inside) if inside in found else found.get(run["run"])
            assert parts, f"{run['run']}: no log"
            if len(parts) > 1:
                continue  # a resume is assembled elsewhere
            column = next(one for one in parts[0].columns if one.tag == (tag if inside in found else name))
            assert len(column.values) == series["points"]
            assert int(np.sum(~np.isfinite(column.values))) == series["nonfinite"]
            assert (column.steps[0], column.steps[-1]) == (series["first_step"], series["last_step"])
            assert column.values[0] == pytest.approx(float(series["first_value"]), rel=1e-5)
            assert column.values[-1] == pytest.approx(float(series["last_value"]), rel=1e-5)
            checked += 1
    assert checked
    problems = {problem.path: problem.message for parts in found.values() for log in parts for problem in log.problems}
    assert set(problems) == {str(root / error["path"]) for error in expected["errors"]}
    for error in expected["errors"]:
        assert error["say"] in problems[str(root / error["path"])]


def test_the_sub_folder_of_hyper_parameters_is_marked(shared: Path) -> None:
    found = logs(shared / "formats" / "tb")
    marked = [folder for folder, parts in found.items() if any(HPARAMS_NOTE in n.message for n in parts[0].notes)]
    assert marked == ["torch_hparams/1795328788.4780095"]
    assert found[marked[0]][0].config["lr"] == 0.001


def test_a_restart_with_purge(shared: Path) -> None:
    first, second = logs(shared / "formats" / "tb")["torch_resume_purge"]
    assert first.purges == ()
    assert [purge.step for purge in second.purges] == [15]
