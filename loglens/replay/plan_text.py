"""The plan in words: what `--dry-run` prints and what the user is asked about."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.model.replay import ReplayPlan, Segment

COMMANDS_SHOWN = 12


def plan_text(plan: ReplayPlan, commands: Sequence[str] = ()) -> str:
    """The stretches, their arms, the cost, what is left out and why, and the exact commands."""
    lines = [f"Replay of {plan.run}"]
    for number, segment in enumerate(plan.segments, 1):
        lines += _segment(number, segment)
    if plan.segments:
        lines.append(f"Cost: at most {plan.steps:,} training steps{_time(plan)}; at most {plan.bisections} more arms")
        lines[-1] += " per stretch narrow the learning rate down."
    for one in plan.skipped:
        lines.append(f"Not replayed: {one.finding}: {one.reason}")
    if commands:
        lines.append("Commands:")
        lines += [f"  {one}" for one in commands[:COMMANDS_SHOWN]]
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
    if plan.seconds < 120:
        return f", about {plan.seconds:.0f} s of training"
    return f", about {plan.seconds / 60:.0f} min of training on one device"
