"""A worker that stays: its arms are those of separate processes, and one that dies is replaced."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from loglens.model.results.replay import Arm, ArmEnd, ArmRun
from loglens.replay.drivers.arm_log import METRICS, run_from_rows
from loglens.replay.drivers.driver import ArmJob, Budget, Context
from loglens.replay.drivers.target_file import TargetFileDriver
from loglens.replay.drivers.warm import RESULT, WarmWorker
from loglens.replay.processes.ledger import arm_document, write_json
from loglens.replay.processes.worker_slots import THREAD_VARIABLES, Slot

HELPER = "built = 0\n"
TARGET = """
import os, random, sys
import numpy as np
import helper

class Target:
    supports = frozenset({"control", "lr"})

    def run_arm(self, job, report):
        helper.built += 1
        print("arm", job.arm.label)
        with open(FOLDER + "/pids", "a") as file:
            file.write(f"{os.getpid()}\\n")
        told = [helper.built, np.random.rand(), random.random(), len(os.environ), len(sys.path), os.getcwd() == START]
        for step, value in enumerate(told + of_torch()):
            report(step, float(value), job.arm.factor)
        # what a careless script leaves behind
        os.environ["LEFT"] = "behind"
        os.chdir("/")
        sys.path.append("/nowhere")
        np.random.seed(5)
        random.seed(5)
        ENDING

START = os.getcwd()
def of_torch():
    return []

def target():
    return Target()
"""
WITH_TORCH = (
    TARGET
    + """
import torch

def of_torch():
    told = [torch.rand(1).item(), torch.get_default_dtype() == torch.float32, torch.get_num_threads()]
    told += [torch.are_deterministic_algorithms_enabled()]
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    return told
"""
)
TORCH_S_OWN, THREADS = 6, 8
"""Where a random number of torch and the number of its threads stand in what an arm reports."""


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[TargetFileDriver]:
    made = TargetFileDriver(f"{written(tmp_path, WITH_TORCH)}:target")
    yield made
    made.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[TargetFileDriver]:
    made = TargetFileDriver(f"{written(tmp_path)}:target")
    yield made
    made.close()


@pytest.fixture
def without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker as it is where torch is not installed: it is there in a second."""
    folder = tmp_path / "no torch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def written(folder: Path, text: str = TARGET, *, ending: str = "return") -> Path:
    """The target, with what it does at the end of an arm."""
    (folder / "helper.py").write_text(HELPER)
    (folder / "target.py").write_text(text.replace("FOLDER", repr(str(folder))).replace("ENDING", ending))
    return folder / "target.py"


def job(folder: Path, label: str) -> ArmJob:
    return ArmJob(
        arm=Arm(label=label, kind="control"), checkpoint=None, start=0, steps=9, folder=str(folder / "arms" / label)
    )


def pids(folder: Path) -> list[str]:
    return (folder / "pids").read_text().split()


def test_arms_of_one_process_are_those_of_separate_ones(tmp_path: Path, driver: TargetFileDriver) -> None:
    runs = [driver.run([job(tmp_path, f"arm-{n}")], Context())[0] for n in range(3)]
    assert len(set(pids(tmp_path))) == 1, "one process for all"
    assert runs[0].end == "ok", runs[0].detail
    for run in runs[1:]:
        # numbers that nobody seeds differ between processes, but not between arms
        np.testing.assert_array_equal(run.losses, runs[0].losses)
    apart = TargetFileDriver(driver.reference)
    other = apart.run([job(tmp_path, "apart")], Context())[0]
    apart.close()
    unseeded = [1, 2, TORCH_S_OWN]
    np.testing.assert_array_equal(np.delete(other.losses, unseeded), np.delete(runs[0].losses, unseeded))
    assert (tmp_path / "arms" / "arm-1" / "stdout.txt").read_text() == "arm arm-1\n"
    assert runs[0].startup > runs[1].startup


MISUSES = {
    "redirects": "null = os.open(os.devnull, os.O_WRONLY); os.dup2(null, 1); os.dup2(null, 2)",
    "closes": "sys.stdout.close(); sys.stderr.close()",
    "fills the disk": "sys.stdout = open('/dev/full', 'w') if os.path.exists('/dev/full') else None; print('lost')",
    "detaches": "sys.stdout = None; sys.stderr.detach()",
    "closes all": "os.closerange(0, 3)",
}


@pytest.mark.usefixtures("without_torch")
def test_what_an_arm_does_with_its_output_is_over_with_it(tmp_path: Path) -> None:
    ending = f"exec({MISUSES!r}.get(job.arm.label, ''))"
    driver = TargetFileDriver(f"{written(tmp_path, ending=ending)}:target")
    for label in MISUSES:
        runs = [driver.run([job(tmp_path, one)], Context())[0] for one in (label, f"after one that {label}")]
        assert [run.end for run in runs] == ["ok", "ok"], (label, runs[-1].detail)
        printed = (tmp_path / "arms" / runs[1].arm.label / "stdout.txt").read_text()
        assert printed == f"arm after one that {label}\n"
    driver.close()
    assert len(set(pids(tmp_path))) == 1, "the worker stays"


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
@pytest.mark.usefixtures("without_torch")
def test_a_folder_of_any_name_is_found(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9\ntwo lines of " + "Läufe".encode())
    folder.mkdir()
    driver = TargetFileDriver(f"{written(folder)}:target")
    (run,) = driver.run([job(folder, "one")], Context())
    driver.close()
    assert run.end == "ok", run.detail
    assert (folder / "arms" / "one" / "stdout.txt").read_text() == "arm one\n"


def test_threads_are_those_of_the_context(tmp_path: Path, driver: TargetFileDriver) -> None:
    run = driver.run([job(tmp_path, "one")], Context(threads=1))[0]
    assert run.losses[THREADS] == 1


@pytest.mark.usefixtures("without_torch")
def test_the_cores_are_shared_out_by_the_worker_s_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # NumPy's own threads and what an arm starts are told by nothing else
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    told = tmp_path / "told"
    tells = f"open({str(told)!r}, 'a').write(os.environ.get('OPENBLAS_NUM_THREADS', 'all') + '\\n')"
    driver = TargetFileDriver(f"{written(tmp_path, ending=tells)}:target")
    alone, beside = Context(), Context(jobs=2, threads=3)
    driver.run([job(tmp_path, "control")], alone)
    driver.run([job(tmp_path, f"arm-{n}") for n in range(2)], beside)
    driver.run([job(tmp_path, "bisection")], beside)
    driver.run([job(tmp_path, "next control")], beside.alone())
    driver.close()
    assert told.read_text().split() == ["all", "3", "3", "3", "all"]
    first, *three, last = pids(tmp_path)
    assert len({first, *three, last}) == 4, "a new process only where the share is another"


@pytest.mark.usefixtures("without_torch")
def test_a_limit_of_the_users_own_makes_no_other_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    driver = TargetFileDriver(f"{written(tmp_path)}:target")
    for label, threads in (("alone", None), ("beside", 4)):
        driver.run([job(tmp_path, label)], Context(threads=threads))
    driver.close()
    assert len(set(pids(tmp_path))) == 1


@pytest.mark.usefixtures("without_torch")
def test_a_worker_that_dies_is_replaced_and_its_arm_run_again(tmp_path: Path) -> None:
    # the second arm of any process ends it: only a new one can carry that arm out
    dies = "open(FILE, 'a').write('x')\n        if helper.built > 0 and len(open(FILE).read()) == 2: os._exit(7)"
    path = written(tmp_path, ending=dies.replace("FILE", repr(str(tmp_path / "count"))))
    driver = TargetFileDriver(f"{path}:target")
    said: list[str] = []
    runs = [driver.run([job(tmp_path, f"arm-{n}")], Context(say=said.append))[0] for n in range(3)]
    driver.close()
    assert [run.end for run in runs] == ["ok", "ok", "ok"]
    assert len(set(pids(tmp_path))) == 2
    assert len(said) == 1 and "exit code 7" in said[0] and "replaced" in said[0]


@pytest.mark.usefixtures("without_torch")
def test_an_arm_that_kills_a_new_worker_is_what_it_shows(tmp_path: Path) -> None:
    driver = TargetFileDriver(f"{written(tmp_path, ending='os._exit(7)')}:target")
    first, second = (driver.run([job(tmp_path, f"arm-{n}")], Context())[0] for n in range(2))
    driver.close()
    assert first.end == second.end == "exit_code" and "exit code 7" in first.detail
    assert len(pids(tmp_path)) == 2, "neither is tried again"


@pytest.mark.usefixtures("without_torch")
def test_one_arm_that_kills_its_worker_costs_no_other_one(tmp_path: Path) -> None:
    kills = "if job.arm.label.startswith('kills'): os._exit(7)"
    worker = WarmWorker(f"{written(tmp_path, ending=kills)}:target", None)
    said: list[str] = []
    runs = worker.run([job(tmp_path, label) for label in ("kills", "other", "kills too")], Context(say=said.append))
    worker.close(Budget())
    assert [run.end for run in runs] == ["exit_code", "ok", "exit_code"]
    assert all("exit code 7" in run.detail for run in runs if run.end != "ok")
    assert len(said) == 1 and said[0].endswith("3 arms run once more.")


@pytest.mark.parametrize("begun", [True, False])
def test_an_arm_that_waited_behind_one_that_met_a_limit_has_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    jobs = [job(tmp_path, f"arm-{n}") for n in range(3)]
    if begun:
        Path(jobs[1].folder).mkdir(parents=True)
        Path(jobs[1].folder, METRICS).touch()
    waits = [Waited(jobs, [0], ("timeout", "not done")), Waited(jobs[2:], [0])]
    monkeypatch.setattr(WarmWorker, "_ready", lambda *_: waits.pop(0))
    runs = WarmWorker("a.py:target", None).run(jobs, Context())
    assert [run.end for run in runs] == ["ok", "timeout", "ok"] and not waits


@pytest.mark.usefixtures("without_torch")
def test_one_that_was_killed_between_two_arms_is_replaced(tmp_path: Path) -> None:
    worker = WarmWorker(f"{written(tmp_path)}:target", None)
    said: list[str] = []
    context = Context(say=said.append)
    worker.run([job(tmp_path, "one")], context)
    os.kill(int(pids(tmp_path)[0]), 9)
    assert worker._process is not None
    worker._process._ended.wait(20)
    (run,) = worker.run([job(tmp_path, "two")], context)
    worker.close(Budget())
    assert run.end == "ok" and len(set(pids(tmp_path))) == 2
    assert said and "SIGKILL" in said[0]


class Waited:
    """In place of a process: the arms' results come one after the other, as `order` says, and then it is `ended`."""

    over = False

    def __init__(self, jobs: list[ArmJob], order: list[int], ended: tuple[ArmEnd, str] | None = None) -> None:
        self.jobs, self.order, self.ended, self.left = jobs, list(order), ended, list[float]()

    def tell(self, words: str) -> None: ...

    def wait(self, _: object, budget: Budget, *, done: Callable[[], bool], **__: object) -> tuple[ArmEnd, str] | None:
        self.left.append(budget.seconds_left)
        if not self.order:
            return self.ended
        assert not done()
        job = self.jobs[self.order.pop(0)]
        run = run_from_rows(job.arm, [(0, 1.0, 0.1)], end="ok", detail="", folder=job.folder, seconds=1.0)
        write_json(Path(job.folder, RESULT), arm_document(run))
        assert done()
        return None


def test_arms_are_done_when_all_of_them_are_and_each_has_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # those that are trained together are written down first, wherever they stand
    jobs = [job(tmp_path, f"arm-{n}") for n in range(3)]
    waited = Waited(jobs, [1, 2, 0])
    monkeypatch.setattr(WarmWorker, "_ready", lambda *_: waited)
    runs = WarmWorker("a.py:target", None).run(jobs, Context(budget=Budget(seconds=7)))
    assert [run.end for run in runs] == ["ok", "ok", "ok"]
    assert waited.left == [7, 7, 7], "not three times as much for the first"


@pytest.mark.usefixtures("without_torch")
def test_one_that_hangs_ends_by_its_budget_and_the_next_arm_has_a_new_one(tmp_path: Path) -> None:
    hangs = "import time; time.sleep(60 if job.arm.label == 'hangs' else 0)"
    driver = TargetFileDriver(f"{written(tmp_path, ending=hangs)}:target")
    driver.run([job(tmp_path, "first")], Context())
    context = Context(budget=Budget(seconds=1, grace_seconds=0.2))
    (late,) = driver.run([job(tmp_path, "hangs")], context)
    (after,) = driver.run([job(tmp_path, "after")], Context())
    driver.close()
    assert (late.end, after.end) == ("timeout", "ok")


@pytest.mark.usefixtures("without_torch")
def test_an_arm_that_is_alone_has_no_idle_worker_beside_it(tmp_path: Path, plain: TargetFileDriver) -> None:
    plain.run([job(tmp_path, f"arm-{n}") for n in range(2)], Context(jobs=2, threads=1))
    beside = {int(pid) for pid in pids(tmp_path)}
    plain.run([job(tmp_path, "alone")], Context(jobs=2, threads=1).alone())
    assert len(beside) == 2 and set(plain._workers) == {Slot(0, None)}
    assert not [pid for pid in beside - {int(pids(tmp_path)[-1])} if Path(f"/proc/{pid}").exists()]


@pytest.mark.usefixtures("without_torch")
def test_a_lane_has_its_own_worker_and_closing_ends_them(tmp_path: Path, plain: TargetFileDriver) -> None:
    jobs = [job(tmp_path, f"arm-{n}") for n in range(4)]
    runs: list[ArmRun] = plain.run(jobs, Context(jobs=2, threads=1))
    assert [run.arm.label for run in runs] == [one.arm.label for one in jobs]
    assert set(plain._workers) == {Slot(0, None), Slot(1, None)}
    found = {int(pid) for pid in pids(tmp_path)}
    plain.close()
    for pid in found:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
