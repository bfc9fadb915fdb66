"""The log of an arm that a target runs: one JSON object a line, written as the arm trains."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from loglens.model.results.replay import Arm, ArmEnd, ArmRun
from loglens.replay.drivers.driver import ArmJob, Budget, StretchOver, Watch

METRICS = "metrics.jsonl"
FLUSH_SECONDS = 0.5
SETTLED = "broken beyond doubt, so it was ended early"


class ArmLog:
    """`report` for one arm: notes loss and LR, ends the arm when its loss is NaN or infinite, when that settles
    it, or when its time is used up."""

    def __init__(
        self, job: ArmJob, budget: Budget, *, watch: Watch | None = None, stopped: Callable[[], bool] | None = None
    ) -> None:
        self.job, self.budget, self.watch, self.stopped = job, budget, watch, stopped
        self.end: ArmEnd = "ok"
        self.detail = ""
        self.began = time.monotonic()
        self._flushed = self.began
        self._rows: list[tuple[int, float, float]] = []
        self._rule_state = None if job.rule is None else job.rule.begin()
        folder = Path(job.folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / METRICS).open("w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __call__(self, step: int, loss: float, lr: float) -> None:
        self._rows.append((step, loss, lr))
        row = {"step": step, "loss": loss if math.isfinite(loss) else str(loss), "learning_rate": lr}
        self._file.write(json.dumps(row) + "\n")
        now = time.monotonic()
        if now - self._flushed > FLUSH_SECONDS:
            self._file.flush()
            self._flushed = now
            if self.watch is not None:
                self.watch(self.job.arm.label, step, loss)
        if not math.isfinite(loss):
            self._stop("nan", f"the loss is {loss} at step {step}")
        elif self._rule_state is not None and self._rule_state.settled(step, loss):
            self._stop("settled", SETTLED)
        elif self.stopped is not None and self.stopped():
            self._stop("interrupted", "interrupted; start the same replay again and it goes on from here")
        elif now - self.began > self.budget.seconds_left:
            self._stop("timeout", f"not done after {self.budget.seconds:g} s (--budget)")

    def _stop(self, end: ArmEnd, detail: str) -> None:
        self.end, self.detail = end, detail
        raise StretchOver(detail)

    def result(self) -> ArmRun:
        """The arm's run as far as it got."""
        return run_from_rows(
            self.job.arm, self._rows, end=self.end, detail=self.detail, folder=self.job.folder,
            seconds=time.monotonic() - self.began,
        )  # fmt: skip


def run_from_rows(
    arm: Arm, rows: list[tuple[int, float, float]], *, end: ArmEnd, detail: str, folder: str, seconds: float
) -> ArmRun:
    return ArmRun(
        arm=arm,
        end=end,
        detail=detail,
        folder=folder,
        seconds=seconds,
        steps=np.array([row[0] for row in rows], dtype=np.int64),
        losses=np.array([row[1] for row in rows], dtype=np.float64),
        lrs=np.array([row[2] for row in rows], dtype=np.float64),
    )


def read_rows(path: Path) -> list[tuple[int, float, float]]:
    """The rows of a `metrics.jsonl`; a last line that is cut off is left out."""
    if not path.is_file():
        return []
    rows: list[tuple[int, float, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        rows.append((int(row["step"]), float(row["loss"]), float(row["learning_rate"])))
    return rows
