"""The front door: a tree becomes runs with names; what cannot be read is told and costs nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loglens.errors import LogLensError, ReadError, SettingsError, UnknownFormat
from loglens.readers import read
from loglens.readers.contract import limits

TABLE = "step,loss\n0,3\n1,2\n2,1\n"


def table(path: Path, text: str = TABLE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(path: Path) -> list[str]:
    return [run.name for run in read(path).runs]


def test_names_of_runs(tmp_path: Path) -> None:
    table(tmp_path / "log.csv")
    table(tmp_path / "alone" / "log.csv")
    table(tmp_path / "deep" / "er" / "a.csv")
    table(tmp_path / "deep" / "er" / "b.csv")
    assert names(tmp_path) == [".", "alone", "deep/er/a.csv", "deep/er/b.csv"]
    assert names(tmp_path / "deep" / "er" / "a.csv") == ["."]


def test_several_runs_in_one_file(tmp_path: Path) -> None:
    table(tmp_path / "all.csv", "run,step,loss\na,0,3\na,1,2\nb,0,4\nb,1,3\n")
    assert names(tmp_path) == ["all.csv#a", "all.csv#b"]


def test_seeds_in_one_table(tmp_path: Path) -> None:
    table(tmp_path / "seeds.csv", "seed,epoch,loss\n" + "".join(f"{s},{e},{s + e}\n" for s in (1, 2) for e in range(4)))
    assert names(tmp_path) == ["seeds.csv#1", "seeds.csv#2"]


def test_splits_in_one_table(tmp_path: Path) -> None:
    table(tmp_path / "log.csv", "phase,epoch,loss\ntrain,0,3\nval,0,3.5\ntrain,1,2\nval,1,2.5\n")
    (run,) = read(tmp_path).runs
    assert {choice.role: choice.series for choice in run.roles}["val_loss"] == "val/loss"
    loss = run.role("train_loss")
    assert loss is not None and loss.values.tolist() == [3.0, 2.0]


def test_batches_counted_within_an_epoch_go_on(tmp_path: Path) -> None:
    text = "epoch,batch,loss\n" + "".join(f"{epoch},{batch},1\n" for epoch in range(3) for batch in range(5))
    (run,) = read(table(tmp_path / "log.csv", text)).runs
    assert run.series[-1].steps.tolist() == list(range(15))


def test_an_epoch_beside_every_batch_is_no_step(tmp_path: Path) -> None:
    text = "epoch,loss\n" + "".join(f"{epoch},{batch}\n" for epoch in range(3) for batch in range(5))
    (run,) = read(table(tmp_path / "log.csv", text)).runs
    loss = run.get("loss")
    assert loss is not None and loss.steps.tolist() == list(range(15))


def test_hidden_folders_are_left_out_and_links_are_followed_once(tmp_path: Path) -> None:
    table(tmp_path / "root" / "real" / "log.csv")
    table(tmp_path / "root" / ".cache" / "log.csv")
    table(tmp_path / "outside" / "log.csv")
    (tmp_path / "root" / "latest").symlink_to(tmp_path / "root" / "real")
    (tmp_path / "root" / "a_link.csv").symlink_to(tmp_path / "root" / "real" / "log.csv")
    (tmp_path / "root" / "elsewhere").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "round").symlink_to(tmp_path / "root")
    (tmp_path / "root" / "nowhere").symlink_to(tmp_path / "gone")
    assert names(tmp_path / "root") == ["real"]
    with limits.using(links=1):
        assert names(tmp_path / "root") == ["elsewhere", "real"]


def test_a_packed_copy_is_the_same_run(tmp_path: Path) -> None:
    import gzip

    table(tmp_path / "log.csv")
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    assert len(read(tmp_path).runs) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied_is_a_problem(tmp_path: Path) -> None:
    table(tmp_path / "ok" / "log.csv")
    closed = table(tmp_path / "closed.csv")
    closed.chmod(0)
    result = read(tmp_path)
    assert [run.name for run in result.runs] == ["ok"]
    assert "permission denied" in result.problems[0].message


def test_what_may_not_be_opened_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table(tmp_path / "ok" / "log.csv")
    table(tmp_path / "closed" / "log.csv")
    opened: Any = os.open

    def refuse(path: Any, *args: Any, **more: Any) -> Any:
        if "closed" in Path(path).parts:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **more)

    monkeypatch.setattr(os, "open", refuse)
    result = read(tmp_path)
    assert [run.name for run in result.runs] == ["ok"]
    assert [problem.path for problem in result.problems] == ["closed/log.csv"]
    with pytest.raises(ReadError, match="permission denied"):
        read(tmp_path / "closed" / "log.csv")


@pytest.mark.parametrize(
    ("files", "said"),
    [({}, "empty"), ({"weights.bin": b"\1\2\3"}, "no"), ({"notes.md": b"# hello"}, "no")],
)
def test_folders_without_a_log(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ReadError, match=said):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("empty.log", b"", ReadError),
        ("model.csv", b"\x80\x02}q\0\1" * 99, UnknownFormat),
        ("events.out.tfevents.1.host", b"", ReadError),
        ("run.wandb", b"nothing of the kind", LogLensError),
        ("a.jsonl", b"{not json\n", ReadError),
        ("b.json", b'{"lr": 0.1}', UnknownFormat),
    ],
)
def test_single_files_that_are_no_log(tmp_path: Path, name: str, data: bytes, kind: type[LogLensError]) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(kind) as caught:
        read(tmp_path / name)
    assert name in str(caught.value) and ";" in str(caught.value)


def test_a_missing_path(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file"):
        read(tmp_path / "gone")


def test_the_rest_of_a_folder_is_read(tmp_path: Path) -> None:
    table(tmp_path / "good" / "log.csv")
    table(tmp_path / "bad" / "log.csv", "")
    table(tmp_path / "odd" / "metrics.jsonl", "{no json at all\n")
    result = read(tmp_path)
    assert [run.name for run in result.runs] == ["good"]
    assert sorted(problem.path for problem in result.problems) == ["bad/log.csv", "odd/metrics.jsonl"]


def test_a_thousand_small_runs(tmp_path: Path) -> None:
    for number in range(300):
        table(tmp_path / f"run{number:04d}" / "log.csv")
    assert len(read(tmp_path).runs) == 300


def test_the_users_mapping(tmp_path: Path) -> None:
    path = table(tmp_path / "log.csv", "step,objective,rate\n0,3,0.1\n1,2,0.1\n")
    (run,) = read(path, mapping={"train_loss": "objective", "learning_rate": "rate"}).runs
    loss = run.role("train_loss")
    assert loss is not None and loss.tag == "objective"
    with pytest.raises(SettingsError, match="objective"):
        read(path, mapping={"train_loss": "objektive"})


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path / "log.csv")
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    first, second = read(tmp_path), read(tmp_path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [run.name for run in first.runs] == [run.name for run in second.runs]
    assert first.runs[0].frame().equals(second.runs[0].frame())


def test_splits_written_as_tables_in_folders(tmp_path: Path) -> None:
    table(tmp_path / "exp" / "train" / "log.csv")
    table(tmp_path / "exp" / "val" / "log.csv", TABLE.replace("3", "4"))
    (run,) = read(tmp_path).runs
    assert run.name == "exp"
    assert [one.tag for one in run.series] == ["train/loss", "val/loss"]
    assert run.rewinds == ()


def test_a_table_that_is_no_log_is_told_and_can_still_be_read_alone(tmp_path: Path) -> None:
    table(tmp_path / "run" / "log.csv")
    other = table(tmp_path / "data" / "iris.csv", "sepal,petal\n5.1,1.4\n4.9,1.4\n4.7,1.3\n")
    result = read(tmp_path)
    assert [run.name for run in result.runs] == ["run"]
    assert [problem.path for problem in result.problems] == ["data/iris.csv"]
    assert len(read(other).runs) == 1


def test_a_history_under_some_name(tmp_path: Path) -> None:
    text = '{"args": {"lr": 0.1},\n "history": [{"epoch": 0, "loss": 3.0}, {"epoch": 1, "loss": NaN}]}'
    (run,) = read(table(tmp_path / "result.json", text)).runs
    loss = run.get("loss")
    assert loss is not None and loss.steps.tolist() == [0, 1]


def test_a_table_descending_in_time_is_sorted(tmp_path: Path) -> None:
    (run,) = read(table(tmp_path / "log.csv", "step,loss\n3,1\n2,2\n1,3\n0,4\n")).runs
    loss = run.get("loss")
    assert loss is not None and loss.values.tolist() == [4.0, 3.0, 2.0, 1.0]
    assert run.rewinds == ()
