"""Nights killed at random moments: `python -m tests.fleet.nightly.kills [TIMES] [SEED]`.

Each kill is followed by a look at every page; after the last one a night is run to its end, and must say what an
undisturbed one says: nothing lost, nothing told twice.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.many_runs import write
from tests.fleet.nightly.test_night import go

ROOT = Path(__file__).parent.parent.parent.parent
RUNS, STEPS = 8, 300
ONE_NIGHT = """
import sys
from pathlib import Path
from tests.fleet.nightly.test_night import go
go(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def told(runs: Path, out: Path) -> dict[str, Any]:
    """What a night tells, without what depends on the clock."""
    report = go(runs, out)
    document = {name: report.document[name] for name in ("night", "counts", "findings", "runs", "groups")}
    # the document leaves out what stands and is not critical
    return document | {"known": {finding["id"]: finding["status"] for finding in report.findings}}


def killed(runs: Path, out: Path, times: int, seed: int) -> int:
    """Begins a night so many times and kills it; returns how many were still at work then. Raises RuntimeError where
    one ends by itself and not well: what is killed then is no night."""
    chance = random.Random(seed)  # noqa: S311 (moments, not secrets)
    count = 0
    for _ in range(times):
        with tempfile.TemporaryFile() as said:  # no pipe: nobody reads while the night is at work
            process = subprocess.Popen([sys.executable, "-c", ONE_NIGHT, str(runs), str(out)], cwd=ROOT, stderr=said)
            # from the import on to the last write: the moment is measured by what is there, not by the clock
            wanted = chance.randrange(0, RUNS)
            while process.poll() is None and len(list((out / "runs").glob("*.html"))) < wanted:
                time.sleep(0.005)
            time.sleep(chance.random() / 10)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            ended = process.wait()
            if ended not in (0, -signal.SIGKILL):
                said.seek(0)
                told_last = said.read()[-2000:].decode(errors="replace")
                raise RuntimeError(f"a night ended by itself with {ended}: {told_last}")
        count += ended == -signal.SIGKILL
        for page in (out / "runs").glob("*.html"):
            assert page.read_text(encoding="utf-8").endswith("</html>"), "a report is whole or not there"
    return count


def assert_nothing_lost(runs: Path, calm: dict[str, Any], out: Path) -> None:
    now = told(runs, out)
    if now["night"] == 1:
        assert now == calm
    else:
        assert list((out / "runs").glob(".*")) == [], "what a killed worker left is swept up"
        assert now["runs"] == [one | {"change": "standing" if one["change"] else ""} for one in calm["runs"]]
        stands = dict.fromkeys(calm["known"], "standing")
        assert now["known"] == stands, "no finding is lost, and none is new or another one after a kill"


def main(arguments: list[str]) -> None:
    times = int(arguments[0]) if arguments else 50
    seed = int(arguments[1]) if len(arguments) > 1 else 14
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        for number in range(RUNS):
            write(runs, number, STEPS)
        calm = told(runs, Path(folder) / "calm")
        count, nights = 0, 0
        # one site is killed until it has ended, then a fresh one: later nights have nothing to lose
        while count < times:
            out = Path(folder) / f"out{nights}"
            count += killed(runs, out, min(5, times - count), seed + nights)
            assert_nothing_lost(runs, calm, out)
            nights += 1
    print(f"{count} nights killed on {nights} sites: nothing lost, nothing told twice, every page whole")


if __name__ == "__main__":
    main(sys.argv[1:])
