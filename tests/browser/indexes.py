"""Indexes of many runs for the browser, made up from a seed: names of sweeps, verdicts, curves."""

from __future__ import annotations

import random

from loglens.fleet.sweeps import groups, sweeps
from loglens.model.diagnosis import Verdict
from loglens.model.results.index import Change, IndexFinding, IndexRow, RunIndex, RunState, TrendPoint
from loglens.model.run import Problem

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
HEIGHTS = "zyxwvutsrqponmlkjihgfedcba9876543210"
BEGAN = 1_790_000_000.0


def row(number: int, chance: random.Random) -> IndexRow:
    rate = RATES[number % len(RATES)]
    sick = rate >= 3e-3 and chance.random() < 0.9
    verdict: Verdict = "critical" if sick else "warning" if chance.random() < 0.05 else "healthy"
    change: Change = chance.choice(("new", "standing", "standing", "worse")) if verdict != "healthy" else ""
    state: RunState = chance.choice(("running", "ended", "ended", "stalled" if sick else "ended"))
    sweep, at = divmod(number, 250)
    cause = "healthy" if verdict == "healthy" else "lr_too_high" if sick else "overfitting"
    found = IndexFinding(kind="divergence", severity=verdict, start=700, end=1500, summary="It diverges.",
                         id=f"{number:010x}", status=change)  # fmt: skip
    drawn = [HEIGHTS[min(35, int(36 * (1 - 1 / (1 + place / 8))) + chance.randrange(3))] for place in range(48)]
    lost = sick and chance.random() < 0.2
    return IndexRow(
        run=f"team-{sweep % 4}/vision-transformer-large/sweep-{sweep:03}/bs256-wd0.1-lr{rate:g}-seed{at:04}-augmented",
        page=f"runs/run-{number:05}.html",
        verdict=verdict,
        cause=cause,
        probability=round(0.5 + chance.random() / 2, 3),
        peak_lr=rate,
        advice=f"peak_lr {rate:g} → {rate / 4:g}" if sick else "keep peak_lr",
        final=None if lost else round(0.4 + rate * (40 if sick else 5) + chance.random() / 9, 4),
        last_step=1500 + number % 7,
        headline="The loss left its level at step 700 and never came back." if sick else "",
        state=state,
        change=change,
        lost_steps=800 if sick else None,
        lost_hours=1.5 if sick else None,
        owner=("anna", "ben", "")[sweep % 3],
        tags=("prod",) if sweep % 5 == 0 else (),
        spark="".join(drawn[:30]) + "-" * 18 if lost else "".join(drawn),
        written=BEGAN - 3600 * chance.randrange(2000),
        findings=(found,) if verdict != "healthy" else (),
    )


def many(runs: int, *, nights: int = 20) -> RunIndex:
    """An index of that many runs in sweeps of 250."""
    chance = random.Random(7)  # noqa: S311 (pictures, not secrets)
    rows = tuple(sorted((row(number, chance) for number in range(runs)), key=lambda one: one.run))
    trend = [
        TrendPoint(night=night, began=BEGAN + 86_400 * night, critical=runs // 8 - 20 * night, warning=runs // 20,
                   healthy=0, new=5, fixed=25, lost_steps=0)
        for night in range(1, nights + 1)
    ]  # fmt: skip
    return RunIndex(
        path="/data/runs", rows=rows, groups=groups(rows, [{"peak_lr": one.peak_lr} for one in rows]),
        sweeps=sweeps(rows, [30.0] * len(rows)), trend=tuple(trend), night=nights, made=BEGAN, version="0.1.0",
        problems=(Problem(path="team-1/x/events.out.tfevents.1", message="the file is empty"),),
    )  # fmt: skip
