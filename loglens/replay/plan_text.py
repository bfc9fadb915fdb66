"""The plan in words: what `--dry-run` prints and what the user is asked about."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.model.display import shown_name
from loglens.model.results.replay import ArmRun, ReplayPlan, Segment

COMMANDS_SHOWN = 12


def plan_text(plan: ReplayPlan, commands: Sequence[str] = ()) -> str:
    """The stretches, their arms, the cost, what is left out and why, and the exact commands."""
    lines = [f"Replay of {shown_name(plan.run, plan.source)}"]
    for number, segment in enumerate(plan.segments, 1):
        lines += _segment(number, segment)
    if plan.segments:
        lines.append(f"Cost: at most {plan.steps:,} training steps{_time(plan)}; at most {plan.bisections} more arms")
        lines[-1] += " per stretch narrow the learning rate down."
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


def measured(plan: ReplayPlan, segment: Segment, controls: Sequence[ArmRun]) -> str:
    """What the control arms took, start-up included, and what the rest of the stretch will take by that measure; ''
    where nothing was measured."""
    took = [run.seconds for run in controls if run.seconds > 0 and run.usable]
    if not took:
        return ""
    each = sum(took) / len(took)
    first = len(segment.arms) - len(controls)
    trained = plan.seconds_per_step and plan.seconds_per_step * segment.steps
    against = f"; by the log it would have been {spoken(trained)}" if trained and each > 2 * trained else ""
    return (
        f"An arm takes {spoken(each)}, start-up included{against}. Left: about {spoken(first * each)} for "
        f"{first} arms, at most {spoken((first + plan.bisections) * each)} with bisection."
    )
