"""The plan in words: what `--dry-run` prints and what the user is asked about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loglens.model.display import counted, shown_name
from loglens.model.results.replay import ArmRun, ReplayPlan, Segment

COMMANDS_SHOWN = 12
LEAST_SHARE = 0.1
"""Of the stretch, how far an arm that broke must have come to say what a whole one takes."""


def plan_text(plan: ReplayPlan, commands: Sequence[str] = ()) -> str:
    """The stretches, their arms, the cost, what is left out and why, and the exact commands."""
    lines = [f"Replay of {plan.title or shown_name(plan.run, plan.source)}"]
    for number, segment in enumerate(plan.segments, 1):
        lines += _segment(number, segment)
    if plan.segments:
        lines.append(f"Cost: at most {plan.steps:,} training steps{_time(plan)}")
        lines[-1] += f", of them up to {counted(range(plan.bisections), 'arm')} a stretch to narrow the rate down."
    for item in plan.skipped:
        lines.append(f"Not replayed: {item.finding}: {item.reason}")
    if commands:
        lines.append("Commands:")
        lines += [f"  {command}" for command in commands[:COMMANDS_SHOWN]]
        if len(commands) > COMMANDS_SHOWN:
            lines.append(f"  and {len(commands) - COMMANDS_SHOWN} more that differ in their arm only")
    return "\n".join(lines)


def _segment(number: int, segment: Segment) -> list[str]:
    kinds = ", ".join(kind.replace("_", " ") for kind in segment.kinds)
    if segment.checkpoint is None:
        start = "the initial state"
    else:
        start = f"{segment.checkpoint.path} (step {segment.checkpoint.step})"
    return [
        f"{number}. {kinds} from step {segment.onset} to {segment.end}",
        f"   runs steps {segment.start} to {segment.start + segment.steps} again, from {start}",
        f"   arms: {'; '.join(arm.label for arm in segment.arms)}",
    ]


def _time(plan: ReplayPlan) -> str:
    if plan.seconds is None:
        return ""
    return f", about {spoken(plan.seconds)} of training, and the start of the script once an arm"


def spoken(seconds: float) -> str:
    """`45 s`, `12 min`, `1.5 h`."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left after the control arm, by what it took. `seconds`: of the planned arms, bisection left out;
    `slots`: how many of them side by side."""

    seconds: float
    slots: int
    text: str

    @classmethod
    def after(
        cls, plan: ReplayPlan, segment: Segment, control: ArmRun, slots: int, *, least: int = 1
    ) -> Left | None:  # fmt: skip
        """None where nothing was measured. `slots`: the most arms side by side, and `least` the fewest."""
        if not control.usable or control.seconds <= 0:
            return None
        each, start = whole_seconds(control, segment.start, segment.steps), control.startup
        count = len(segment.arms) - 1
        slots, seconds = fastest(count, each, start, slots, least)
        trained = (plan.seconds_per_step or math.inf) * segment.steps
        against = f"; by the log the training alone would have been {spoken(trained)}" if each > 2 * trained else ""
        once = f" and {spoken(start)} once a worker to start" if start >= 0.5 else ", start-up included"
        beside = f" ({slots} side by side)" if slots > 1 and count > 1 else ""
        upto = "up to " if each > control.seconds else ""
        most = spoken(seconds + plan.bisections * each)
        return cls(
            seconds,
            slots,
            f"An arm takes {upto}{spoken(each)}{once}{against}. "
            f"Left: about {spoken(seconds)} for {count} arms{beside}, at most {most} with bisection.",
        )


def whole_seconds(run: ArmRun, start: int, steps: int) -> float:
    """What a whole arm from step `start` over so many `steps` takes by one that was run, at most where that one broke:
    it ended early."""
    if not run.broken:
        return run.seconds
    share = (int(run.steps[-1]) - start) / steps
    return run.seconds / min(1.0, max(share, LEAST_SHARE))


def fastest(count: int, each: float, start: float, most: int, least: int = 1) -> tuple[int, float]:
    """With how many slots, from `least` to `most`, so many arms are done soonest, and after how many seconds: `start`
    is what a further worker costs, which short arms do not earn back."""
    few = max(1, least)
    times = {n: each * math.ceil(count / n) + (start if n > 1 else 0.0) for n in range(few, max(few, most) + 1)}
    best = min(times, key=lambda slots: (times[slots], slots))
    return best, times[best]
