"""train.csv beside val.csv is one run; two files that only look so are two."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import lines, only, role, steps, write


def table(*names: str, first: int = 0, points: int = 20, every: int = 1) -> str:
    rows = [",".join([str(step), *(f"{1 / (step + 1) + at:.4f}" for at in range(len(names) - 1))])
            for step in range(first, first + points * every, every)]  # fmt: skip
    return "\n".join([",".join(names), *rows, ""])


@pytest.mark.parametrize(
    ("train", "val"),
    [("train.csv", "val.csv"), ("train_log.csv", "valid_log.csv"), ("metrics-train.csv", "metrics-eval.csv"),
     ("log.train.csv", "log.test.csv")],
)  # fmt: skip
def test_one_run(tmp_path: Path, train: str, val: str) -> None:
    write(tmp_path / train, table("step", "loss", "lr"))
    write(tmp_path / val, table("step", "loss", points=4, every=5))
    result = read(tmp_path)
    run = only(result)
    split = next(word for word in ("valid", "eval", "test", "val") if word in val)
    assert (run.name, not result.problems) == (".", True)
    assert {one.tag for one in run.series} == {"train/loss", "train/lr", f"{split}/loss"}
    assert [role(run, one) for one in ("train_loss", "val_loss", "learning_rate")] == [
        "train/loss", f"{split}/loss", "train/lr"]  # fmt: skip
    assert steps(run, f"{split}/loss") == [0, 5, 10, 15]
    assert not run.rewinds and not run.rewritten
    assert any("read as one run" in note.message for note in run.notes)


def test_json_lines_and_text_logs(tmp_path: Path) -> None:
    write(tmp_path / "a" / "train.jsonl", lines([{"step": at, "loss": 1.0 / (at + 1)} for at in range(10)]))
    write(tmp_path / "a" / "eval.jsonl", lines([{"step": at, "loss": 2.0} for at in (0, 5)]))
    write(tmp_path / "b" / "train_log.txt", "".join(f"step {at} loss {1 / (at + 1):.3f}\n" for at in range(10)))
    write(tmp_path / "b" / "valid_log.txt", "".join(f"step {at} loss {1.5 - at / 10}\n" for at in (0, 3, 6)))
    runs = read(tmp_path).runs
    assert [run.name for run in runs] == ["a", "b"]
    assert [role(run, "val_loss") for run in runs] == ["eval/loss", "valid/loss"]


def test_tags_that_name_their_split_keep_their_name(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", table("epoch", "train_loss"))
    write(tmp_path / "val.csv", table("epoch", "val_loss"))
    assert {one.tag for one in only(read(tmp_path)).series} == {"train_loss", "val_loss"}


def test_pairs_of_several_runs_stay_apart(tmp_path: Path) -> None:
    for run in ("base", "wide"):
        write(tmp_path / f"{run}_train.csv", table("step", "loss"))
        write(tmp_path / f"{run}_val.csv", table("step", "loss", points=4, every=5))
    runs = read(tmp_path).runs
    assert [run.name for run in runs] == ["base_train.csv", "wide_train.csv"]
    assert [role(run, "val_loss") for run in runs] == ["val/loss", "val/loss"]


@pytest.mark.parametrize(
    "files",
    [
        {"train.csv": table("step", "loss"), "val.csv": table("step", "loss", first=500)},  # another stretch of steps
        {"train.csv": table("step", "loss"), "val.csv": table("step", "lr")},  # nothing held out in it
        {"train_1.csv": table("step", "loss"), "val_2.csv": table("step", "loss")},  # names that differ in more
        {"val.csv": table("step", "loss"), "test.csv": table("step", "loss")},  # no training
    ],
)
def test_what_is_not_certain_stays_as_it_is(tmp_path: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    assert {run.name for run in read(tmp_path).runs} == set(files)


def test_a_file_alone_is_read_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "val.csv", table("step", "loss"))
    path = write(tmp_path / "train.csv", table("step", "loss"))
    assert [one.tag for one in only(read(path)).series] == ["loss"]
