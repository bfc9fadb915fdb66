"""What ending arms early saves: `python -m tests.lab.replay.early [RUNS PER FAULT] [SEED] [--new]`.

Every training of known cause is replayed twice, with the arms a command can run (no shuffled batches): whole, and ended
early. Prints the training steps of both, the arms that ended early, and every replay whose verdict or rate differs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch

from loglens.replay import PlanSettings, Replayed, replay
from tests.lab.replay.runs import Known, diagnosis, known_runs
from tests.lab.replay.tasks import NEW_TASKS, TASKS, build


def both(known: Known, record: Path, folder: Path) -> tuple[Replayed, Replayed]:
    """The replay with whole arms, and the one whose arms may end early."""
    run = diagnosis(known, str(record))
    whole, early = (
        replay(
            run, target=build(known.job), checkpoints=[str(record)], out=folder / str(may),
            settings=PlanSettings(margin=10, extra=("skip",), early=may),
        )
        for may in (False, True)
    )  # fmt: skip
    return whole, early


def steps(done: Replayed) -> int:
    return sum(len(run.steps) for run in done.arm_runs)


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    per_fault, seed = (numbers + [12, 0][len(numbers) :])[:2]
    tasks = tuple(NEW_TASKS) if "--new" in sys.argv else tuple(TASKS)
    torch.set_num_threads(1)
    count = ended = taken = saved = changed = 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        made: dict[str, int] = {}
        for place, known in enumerate(known_runs(root / "records", per_fault, seed, tasks)):
            number = made.get(known.fault, 0)
            made[known.fault] = number + 1
            record = (root / "records" / f"{known.fault}-{number}").rename(root / f"record-{place}")
            whole, early = both(known, record, root / f"run-{place}")
            count += 1
            ended += sum(run.end == "settled" for run in early.arm_runs)
            taken += steps(whole)
            saved += steps(whole) - steps(early)
            told = [(done.results[0].outcome, done.results[0].factor) for done in (whole, early)]
            if told[0] != told[1]:
                changed += 1
                print(f"{known.fault} | {known.job.task} {known.job.optimizer} | {told[0]} -> {told[1]}")
    share = f"{saved / taken:.1%} saved, {ended} arms ended early"
    print(f"{count} replays, {taken} steps: {share}, {changed} verdicts or rates changed")


if __name__ == "__main__":
    main()
