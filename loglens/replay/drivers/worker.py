"""A process that runs arms of a Python target: `python -m loglens.replay.drivers.worker SPEC.json`.

LogLens starts it in a process group of its own. It writes `metrics.jsonl` while an arm trains and `result.json` when
the arm is done, both in the arm's folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from loglens.errors import LogLensError
from loglens.replay.drivers.driver import Budget, Context, load_target
from loglens.replay.drivers.in_process import RESULT, jobs_from, run_jobs
from loglens.replay.processes.ledger import arm_document, write_json


def main(spec_path: str) -> int:
    spec = json.loads(Path(spec_path).read_text(encoding="utf-8"))
    try:
        target = load_target(spec["target"])
    except LogLensError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    jobs = jobs_from(spec)
    context = Context(budget=Budget(**spec["budget"]))
    for run in run_jobs(target, jobs, context):
        write_json(Path(run.folder, RESULT), arm_document(run))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
