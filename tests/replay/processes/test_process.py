"""Fake trainers that behave as badly as real ones: hang, fork, print gigabytes, die, ignore signals."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import loglens
from loglens.replay.drivers.driver import Budget
from loglens.replay.processes import process
from loglens.replay.processes.process import ORPHANS, classify, run_process
from loglens.replay.processes.watchdog import MARK, running

FAST = Budget(seconds=1.0, grace_seconds=0.5)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def pid_in(path: Path, seconds: float = 5.0) -> int:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError(f"{path} never came")


def test_a_good_end(tmp_path: Path) -> None:
    ended = run_process(python("print('done')"), folder=tmp_path, budget=Budget())
    assert (ended.end, ended.returncode) == ("ok", 0)
    assert (tmp_path / "stdout.txt").read_text() == "done\n"


def test_an_exit_code_and_the_last_line(tmp_path: Path) -> None:
    ended = run_process(python("raise ValueError('no such dataset')"), folder=tmp_path, budget=Budget())
    assert ended.end == "exit_code"
    assert "exit code 1" in ended.detail and "no such dataset" in ended.detail


def test_a_signal(tmp_path: Path) -> None:
    ended = run_process(python("import os; os.kill(os.getpid(), 9)"), folder=tmp_path, budget=Budget())
    assert ended.end == "signal" and "out-of-memory killer" in ended.detail


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    ended = run_process(("no-such-trainer",), folder=tmp_path, budget=Budget())
    assert ended.end == "exit_code" and "no-such-trainer" in ended.detail


def test_a_word_that_no_system_call_takes(tmp_path: Path) -> None:
    ended = run_process(("true", "a\0b"), folder=tmp_path, budget=Budget())
    assert ended.end == "exit_code" and "could not be started" in ended.detail
    assert not ORPHANS._running, "it is not counted among those that run"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_one_whose_output_cannot_be_kept_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def kept(*args: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(real(*args, **more))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", kept)
    ended = run_process(python("import time; time.sleep(60)"), folder=tmp_path / "removed", budget=Budget())
    assert ended.end == "exit_code" and "No such file" in ended.detail
    assert not alive(started[-1].pid) and not ORPHANS._running


@pytest.mark.parametrize(
    ("code", "output", "end"),
    [
        (1, b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate", "out_of_memory"),
        (137, b"", "signal"),
        (-11, b"", "signal"),
        (2, b"usage: train.py", "exit_code"),
        (255, b"", "exit_code"),
        (0, b"CUDA out of memory, retrying with half the batch", "ok"),
    ],
)
def test_ends_are_told_apart(code: int, output: bytes, end: str) -> None:
    assert classify(code, output)[0] == end


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_one_that_hangs_and_ignores_term_is_killed_with_its_children(tmp_path: Path) -> None:
    code = f"""
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
time.sleep(60)
"""
    ended = run_process(python(code), folder=tmp_path, budget=FAST)
    assert ended.end == "timeout"
    assert not alive(pid_in(tmp_path / "child"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_daemon_that_left_the_process_group_is_found(tmp_path: Path) -> None:
    code = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open({str(tmp_path / "daemon")!r}, "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
while not os.path.exists({str(tmp_path / "daemon")!r}):
    time.sleep(0.01)
"""
    ended = run_process(python(code), folder=tmp_path, budget=FAST)
    assert ended.end == "ok"
    assert not alive(pid_in(tmp_path / "daemon"))


def test_gigabytes_of_output_are_capped_with_the_end_kept(tmp_path: Path) -> None:
    code = "import sys\nfor _ in range(400): sys.stdout.write('x' * 100_000)\nsys.stdout.write('THE END')"
    ended = run_process(python(code), folder=tmp_path, budget=Budget(output_bytes=200_000))
    text = (tmp_path / "stdout.txt").read_text()
    assert ended.end == "ok"
    assert len(text) < 400_000
    assert text.endswith("THE END") and "bytes left out" in text


def test_output_just_over_the_limit_loses_nothing(tmp_path: Path) -> None:
    ended = run_process(python("print('abcdefghij' * 10)"), folder=tmp_path, budget=Budget(output_bytes=50))
    assert ended.end == "ok"
    assert (tmp_path / "stdout.txt").read_text() == "abcdefghij" * 10 + "\n"


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    code = f"import time; open({str(tmp_path / 'big')!r}, 'wb').write(b'0' * 3_000_000); time.sleep(60)"
    ended = run_process(python(code), folder=tmp_path, budget=Budget(disk_bytes=1_000_000, seconds=30))
    assert ended.end == "disk_full"


def test_a_stop_from_outside(tmp_path: Path) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    ended = run_process(python("import time; time.sleep(60)"), folder=tmp_path, budget=Budget(), stop=stop)
    assert ended.end == "interrupted"


def test_enough_ends_it_in_good_order(tmp_path: Path) -> None:
    ended = run_process(python("import time; time.sleep(60)"), folder=tmp_path, budget=Budget(), enough=lambda: True)
    assert ended.end == "ok" and "complete" in ended.detail


def test_standard_input_is_closed(tmp_path: Path) -> None:
    ended = run_process(python("input('sure? ')"), folder=tmp_path, budget=Budget())
    assert ended.end == "exit_code" and "EOF" in ended.detail


def test_the_environment_is_passed_on_and_marked(tmp_path: Path) -> None:
    code = f"import os; print(os.environ['CUDA_VISIBLE_DEVICES'], len(os.environ[{MARK!r}]))"
    run_process(python(code), folder=tmp_path, budget=Budget(), env={"CUDA_VISIBLE_DEVICES": "3"})
    assert (tmp_path / "stdout.txt").read_text() == "3 32\n"
    assert MARK not in os.environ


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_where_loglens_is_killed_outright_its_arms_end(tmp_path: Path) -> None:
    arm = f"""
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    open({str(tmp_path / "daemon")!r}, "w").write(str(os.getpid()))
    time.sleep(60)
open({str(tmp_path / "arm")!r}, "w").write(str(os.getpid()))
time.sleep(60)
"""
    harness = f"""
import sys
from pathlib import Path
from loglens.replay.processes.process import run_process
from loglens.replay.drivers.driver import Budget
run_process((sys.executable, "-c", {arm!r}), folder=Path({str(tmp_path)!r}), budget=Budget())
"""
    root = str(Path(loglens.__file__).parents[1])
    killed = subprocess.Popen([sys.executable, "-c", harness], env={**os.environ, "PYTHONPATH": root})
    pids = [pid_in(tmp_path / "arm", 30), pid_in(tmp_path / "daemon", 30)]
    killed.kill()
    killed.wait()
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def test_the_watchdog_knows_what_still_runs() -> None:
    assert running(["+ a\n", "= a 12\n", "+ b\n", "- a\n", "+ c\n", "= c 13\n"]) == {"b": None, "c": 13}


def test_the_end_is_noticed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # with a minute between two looks, were that what decides
    monkeypatch.setattr(process, "POLL_SECONDS", 60.0)
    assert run_process(("true",), folder=tmp_path, budget=Budget()).seconds < 60.0
