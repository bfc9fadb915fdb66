"""A Dask scheduler that goes away in the middle of the work: one sentence, and what came back before stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglens.parallel import Workers, run_each
from loglens.parallel.pools import BackendGone

pytest.importorskip("distributed", reason="needs dask.distributed")
ROOT = Path(__file__).parent.parent.parent


def slowly(item: int) -> int:
    time.sleep(0.2)
    return item


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, and its process; one worker beside it."""
    place = tmp_path / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path, "env": env}
    dask = [sys.executable, "-m", "dask"]
    host = ["--host", "127.0.0.1"]
    told = ["--scheduler-file", str(place)]
    first = subprocess.Popen([*dask, "scheduler", *host, "--port", "0", "--no-dashboard", *told], **quiet)  # type: ignore[call-overload]
    worker = [*dask, "worker", *host, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "5", *told]
    second = subprocess.Popen(worker, **quiet)  # type: ignore[call-overload]
    while not place.exists() and first.poll() is None:
        time.sleep(0.1)
    yield json.loads(place.read_text(encoding="utf-8"))["address"], first
    for process in (first, second):
        process.kill()
        process.wait()


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_goes_away_is_one_sentence(scheduler: tuple[str, subprocess.Popen[bytes]]) -> None:
    address, process = scheduler
    back = []
    with pytest.raises(BackendGone, match="what was judged until then is kept"):
        for at, _ in run_each(slowly, range(200), Workers(jobs=1, backend="dask", address=address)):
            back.append(at)
            if process.poll() is None:
                process.kill()
    assert 0 < len(back) < 200
    assert len(set(back)) == len(back)
