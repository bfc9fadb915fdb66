"""What a replay showed: its outcome in words, its arms in a table and over one another in a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loglens.model.diagnosis import ReplayArm, ReplayResult, RunDiagnosis
from loglens.render import numbers, words
from loglens.render.page.chart_data import packed_steps, packed_values
from loglens.render.page.svg_chart import Line, SvgChart, draw
from loglens.render.page.views.text import shown

ARMS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ArmView:
    """`style`: the class that colours its curve."""

    style: str
    label: str
    factor: str
    last: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """`svg` is None where no arm logged a point."""

    outcome: str
    title: str
    factor: str
    reason: str
    arms: tuple[ArmView, ...]
    more: str
    svg: SvgChart | None


def replay_view(run: RunDiagnosis) -> ReplayView | None:
    replay = run.recommendation.replay
    if replay is None:
        return None
    drawn = [arm for arm in replay.arms[:ARMS_SHOWN] if len(arm.steps)]
    svg = None
    if drawn:
        span = (min(int(arm.steps[0]) for arm in drawn), max(int(arm.steps[-1]) for arm in drawn))
        lines = [
            Line(style=_style(replay.arms.index(arm)), steps=arm.steps, values=arm.values, dots=len(arm.steps) < 40)
            for arm in drawn
        ]
        svg = draw(lines, height=200, span=span)
    hidden = len(replay.arms) - ARMS_SHOWN
    return ReplayView(
        outcome=replay.outcome,
        title=words.replay_title(replay.outcome),
        factor=_factor(replay),
        reason=shown(replay.reason, 600),
        arms=tuple(_arm(place, arm) for place, arm in enumerate(replay.arms[:ARMS_SHOWN])),
        more=f"and {numbers.counted(hidden, 'arm')} more" if hidden > 0 else "",
        svg=svg,
    )


def replay_payload(run: RunDiagnosis) -> dict[str, Any] | None:
    """The arms for the page's script, packed as the run's curves are."""
    replay = run.recommendation.replay
    drawn = [arm for arm in (replay.arms[:ARMS_SHOWN] if replay else ()) if len(arm.steps)]
    if replay is None or not drawn:
        return None
    base = min(int(arm.steps[0]) for arm in drawn)
    return {
        "base": str(base),
        "steps": [packed_steps(arm.steps, base) for arm in drawn],
        "curves": [
            {
                "role": _style(replay.arms.index(arm)),
                "series": shown(arm.label, 60),
                "x": place,
                "y": packed_values(arm.values),
            }
            for place, arm in enumerate(drawn)
        ],
        "axes": {},
    }


def _style(place: int) -> str:
    return f"hue-{place % 8}"


def _factor(replay: ReplayResult) -> str:
    if replay.factor is None:
        return ""
    bracket = ""
    if replay.factor_low is not None and replay.factor_high is not None:
        bracket = f" (between {numbers.factor(replay.factor_low)} and {numbers.factor(replay.factor_high)})"
    return f"The largest learning rate without the fault is {numbers.factor(replay.factor)} the original{bracket}."


def _arm(place: int, arm: ReplayArm) -> ArmView:
    finite = arm.values[np.isfinite(arm.values)]
    last = numbers.sig(float(finite[-1])) if len(finite) else "no finite value"
    return ArmView(_style(place), shown(arm.label, 80), numbers.factor(arm.factor), last, shown(arm.end, 120))
