"""A replay leaves the user's files as they were, copies nothing without end, and leaves nothing running."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from loglens.errors import ReplayError
from loglens.model.results.replay import Checkpoint, ReplayPlan, Segment
from loglens.replay.drivers.driver import Budget
from loglens.replay.processes.copies import Allowance, copy_tree
from loglens.replay.processes.environment import HIDDEN, environment, without_secrets
from loglens.replay.processes.guard import Guard
from loglens.replay.processes.process import run_process
from loglens.replay.session import _checkpoint_folders


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    for step in (100, 200):
        folder = tmp_path / "run" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "optimizer.pt").write_bytes(b"x" * 5000)
    return tmp_path / "run"


def plan(path: Path) -> ReplayPlan:
    segment = Segment(kinds=("divergence",), findings=(), onset=1, end=2, start=0, steps=2, arms=(),
                      checkpoint=Checkpoint(path=str(path), step=100))  # fmt: skip
    return ReplayPlan(run="r", source="", segments=(segment,))


def test_another_checkpoint_that_is_altered_is_noticed_whatever_its_times_say(checkpoints: Path) -> None:
    guard = Guard.over(_checkpoint_folders(plan(checkpoints / "checkpoint-100")))
    assert guard.changes() == ()
    other = checkpoints / "checkpoint-200" / "optimizer.pt"
    seen = other.stat()
    other.write_bytes(b"y" * 5000)
    os.utime(other, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert guard.changes() == (str(other),)


def test_a_touched_file_with_the_same_bytes_is_no_change(checkpoints: Path) -> None:
    guard = Guard.over([checkpoints])
    os.utime(checkpoints / "checkpoint-100" / "optimizer.pt")
    assert guard.changes() == ()


@pytest.mark.parametrize("act", ["add", "remove", "link elsewhere", "file for a link"])
def test_whatever_else_changes_is_noticed(checkpoints: Path, act: str) -> None:
    link = checkpoints / "latest"
    link.symlink_to("checkpoint-100")
    guard = Guard.over([checkpoints])
    if act == "add":
        (checkpoints / "new.pt").touch()
    elif act == "remove":
        (checkpoints / "checkpoint-100" / "optimizer.pt").unlink()
    else:
        link.unlink()
        link.symlink_to("checkpoint-200") if act == "link elsewhere" else link.touch()
    assert len(guard.changes()) == 1


def test_the_replays_own_folder_is_no_change(checkpoints: Path) -> None:
    own = checkpoints / "replay"
    guard = Guard.over([checkpoints], but=own)
    own.mkdir()
    (own / "log").touch()
    assert guard.changes() == ()


def test_where_one_works_beside_the_checkpoints_those_like_it_are_watched(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoints)
    places = _checkpoint_folders(plan(Path("checkpoint-100")))
    assert [one.name for one in places] == ["checkpoint-100", "checkpoint-200"]


def endless() -> Allowance:
    return Allowance.of(1 << 20, 60, lambda: False)


@pytest.mark.parametrize("leads_to", ["/dev/zero", "..", "/etc/passwd", "/proc/self/environ", "../checkpoint-200"])
def test_a_link_out_of_a_checkpoint_is_refused_at_once(checkpoints: Path, leads_to: str, tmp_path: Path) -> None:
    (checkpoints / "checkpoint-100" / "weights").symlink_to(leads_to)
    with pytest.raises(ReplayError, match="leads out of the checkpoint"):
        copy_tree(checkpoints / "checkpoint-100", tmp_path / "copy", endless())
    assert not (tmp_path / "copy" / "weights").exists()


def test_a_link_within_a_checkpoint_is_copied_as_a_file(checkpoints: Path, tmp_path: Path) -> None:
    (checkpoints / "checkpoint-100" / "again.pt").symlink_to("optimizer.pt")
    copy_tree(checkpoints / "checkpoint-100", tmp_path / "copy", endless())
    copy = tmp_path / "copy" / "again.pt"
    assert copy.read_bytes() == b"x" * 5000
    assert not copy.is_symlink()


def test_a_pipe_in_a_checkpoint_is_not_waited_for(checkpoints: Path, tmp_path: Path) -> None:
    os.mkfifo(checkpoints / "checkpoint-100" / "pipe")
    with pytest.raises(ReplayError, match="is no file"):
        copy_tree(checkpoints / "checkpoint-100", tmp_path / "copy", endless())


@pytest.mark.parametrize(
    ("size", "seconds", "says"),
    [(4999, 60, "--disk"), (1 << 20, -1, "--budget")],
)
def test_copying_counts_to_the_budgets(checkpoints: Path, tmp_path: Path, size: int, seconds: float, says: str) -> None:
    allowance = Allowance.of(size, seconds, lambda: False)  # its time runs from here on
    with pytest.raises(ReplayError, match=says):
        copy_tree(checkpoints / "checkpoint-100", tmp_path / "copy", allowance)


def test_a_stop_ends_the_copy(checkpoints: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        copy_tree(checkpoints / "checkpoint-100", tmp_path / "copy", Allowance.of(1 << 20, 60, lambda: True))


ESCAPES = """
import os, sys, time
if os.fork():
    time.sleep(0.5)
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
code = "import time; open({told!r}, 'w').write(str(__import__('os').getpid())); time.sleep(600)"
os.execve(sys.executable, [sys.executable, "-c", code], {{}})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux gives orphans back")
def test_a_child_that_wiped_its_environment_in_a_session_of_its_own_does_not_survive(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = tmp_path / "escapes.py"
    script.write_text(ESCAPES.format(told=str(told)))
    ended = run_process([sys.executable, str(script)], folder=tmp_path, budget=Budget(seconds=60, grace_seconds=0.5))
    assert ended.end == "ok"
    pid = int(told.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_environment_by_allow_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "abcdefgh12345")
    monkeypatch.setenv("MY_FLAG", "on")
    seen = environment(("MY_FLAG",), {"X": "1"})
    assert seen["MY_FLAG"] == "on"
    assert seen["X"] == "1"
    assert "PATH" in seen
    assert "WANDB_API_KEY" not in seen
    assert environment(None, {})["WANDB_API_KEY"] == "abcdefgh12345"
    code = "import os, sys; sys.exit(3 if 'WANDB_API_KEY' in os.environ else 0)"
    run = [sys.executable, "-c", code]
    assert run_process(run, folder=tmp_path, budget=Budget(), inherited=()).returncode == 0
    assert run_process(run, folder=tmp_path, budget=Budget()).returncode == 3


def test_a_secret_that_a_trainer_prints_does_not_reach_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "abcdefgh12345")
    code = "import os, sys; sys.exit('bad key ' + os.environ['WANDB_API_KEY'])"
    ended = run_process([sys.executable, "-c", code], folder=tmp_path, budget=Budget())
    assert "abcdefgh12345" not in ended.detail
    assert f"bad key {HIDDEN}" in ended.detail
    assert without_secrets("nothing to hide") == "nothing to hide"
