"""The words and numbers of a comparison, shared by its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from loglens.model.results.comparison import (
    Comparison,
    FindingChange,
    Judgement,
    MetricChange,
    MetricName,
    RunComparison,
)
from loglens.render import numbers, words

METRICS: dict[MetricName, str] = {
    "train_loss": "Train loss at the end",
    "train_loss_common": "Train loss",
    "val_loss_best": "Best validation loss",
    "val_loss": "Validation loss at the end",
    "steps_to_base": "Steps to BASE's final loss",
    "spike": "Spike score",
    "oscillation": "Oscillation score",
    "stagnation": "Stagnation score",
    "divergence": "Divergence score",
    "non_finite": "NaN or infinite losses",
    "peak_lr": "Peak learning rate",
    "last_lr": "Last learning rate",
}
JUDGEMENTS = {"better": "better", "worse": "worse", "same": "within noise", "changed": "changed", "unknown": "not told"}
STATUSES = {"new": "New", "worse": "Worse", "standing": "Standing", "fixed": "Fixed"}
METHODS = {
    "siblings": "scatter of the sibling runs (Student's t)",
    "stretches": (
        "one run a side: how far the level moves from stretch to stretch and by batch means, at least 1 % for the seed"
    ),
    "fixed": "a fixed step, for scores and counts",
    "none": "no noise known",
}
QUIET: frozenset[MetricName] = frozenset({"spike", "oscillation", "stagnation", "divergence", "last_lr", "peak_lr"})
"""Shown only where they changed: every run has them, and most never move."""


def metric_title(change: MetricChange) -> str:
    title = METRICS[change.metric]
    return title if change.step is None else f"{title} at step {numbers.count(change.step)}"


def value(change: MetricChange, number: float | None) -> str:
    """A number as its metric is written; `none` where a run has none."""
    if number is None:
        return "none"
    if change.metric in ("peak_lr", "last_lr"):
        return numbers.lr(number)
    if change.metric in ("steps_to_base", "non_finite"):
        return numbers.count(round(number))
    return numbers.sig(number, 4)


def band(change: MetricChange) -> str:
    """`±0.012`, '' where no band is known."""
    if change.band is None or change.metric == "non_finite":
        return ""
    return f"±{numbers.count(round(change.band)) if change.metric == 'steps_to_base' else numbers.sig(change.band, 2)}"


def judgement(change: MetricChange) -> str:
    """In words; a number that did not change at all is `same`, not `within noise`."""
    if change.judgement == "same" and (change.delta == 0 or change.metric in QUIET):
        return "same"
    return JUDGEMENTS[change.judgement]


def shown(pair: RunComparison) -> tuple[MetricChange, ...]:
    """The changes worth a line: losses always, others where they moved."""
    return tuple(
        change for change in pair.changes if change.metric not in QUIET or change.judgement not in ("same", "unknown")
    )


LOSSES: tuple[MetricName, ...] = ("val_loss_best", "val_loss", "train_loss_common", "train_loss")


def losses(pair: RunComparison) -> tuple[MetricChange, ...]:
    """The losses of a pair, validation first."""
    return tuple(change for metric in LOSSES if (change := pair.change(metric)) is not None)


def telling(pair: RunComparison) -> MetricChange | None:
    """The loss to show for a pair: the first that got worse beyond noise, whichever it is, else the deciding one."""
    return next((loss for loss in losses(pair) if loss.judgement == "worse"), pair.deciding)


def outcome(pair: RunComparison) -> Judgement:
    """How the pair came out: as its worst loss did."""
    told = telling(pair)
    return "unknown" if told is None else told.judgement


def standing(comparison: Comparison) -> Literal["bad", "watch", "good"]:
    """How the whole came out, apart from the gate: 'bad' where any number got worse beyond noise or a critical finding
    is new, 'watch' where a lesser one is, or something could not be read or compared."""
    fresh = [finding for finding in comparison.findings if finding.status in ("new", "worse") and not finding.accepted]
    worse = any(change.judgement == "worse" for pair in comparison.pairs for change in shown(pair))
    if comparison.gate.failed or worse or any(item.finding.severity == "critical" for item in fresh):
        return "bad"
    unclear = comparison.removed or comparison.problems
    return "watch" if unclear or any(item.finding.severity == "warning" for item in fresh) else "good"


def headline(comparison: Comparison) -> str:
    """`2 new findings, 1 fixed, 3 standing; 1 of 4 runs worse, 1 better`."""
    counts = [
        f"{numbers.counted(count, 'new finding') if status == 'new' else f'{count} {STATUSES[status].lower()}'}"
        for status in ("new", "worse", "fixed", "standing")
        if (count := comparison.count(status))
    ]
    judged = [outcome(pair) for pair in comparison.pairs]
    losses = [f"{count} {word}" for word in ("worse", "better") if (count := judged.count(word))]
    runs = numbers.counted(len(comparison.pairs), "run")
    return f"{', '.join(counts) or 'no findings'}; {runs} compared: {', '.join(losses) or 'no loss beyond the noise'}"


def verdict(pair: RunComparison) -> str:
    """`warning → critical`, one word where it stayed."""
    order = ("healthy", "warning", "critical")
    old, new = (max((run.verdict for run in side), key=order.index) for side in (pair.base, pair.head))
    return words.verdict_title(new) if old == new else f"{words.verdict_title(old)} → {words.verdict_title(new)}"


def cause(pair: RunComparison) -> str:
    """The cause of the first run of each side, once where it stayed."""
    old, new = pair.base[0].cause, pair.head[0].cause
    now = f"{words.cause_title(new.cause)} {numbers.percent(new.probability)}"
    if old.cause == new.cause:
        return now
    return f"{words.cause_title(old.cause)} {numbers.percent(old.probability)} → {now}"


def methods(comparison: Comparison) -> tuple[str, ...]:
    """How the bands were made, each way that was used once."""
    used = {change.method for pair in comparison.pairs for change in pair.changes}
    return tuple(METHODS[item] for item in ("siblings", "stretches") if item in used)


def gate_line(comparison: Comparison, clean: Callable[[str], str]) -> str:
    """What the gate says and why; `clean` makes a sentence that may hold a run's name safe for the output."""
    if comparison.gate.failed:
        return "Gate failed: " + "; ".join(clean(reason) for reason in comparison.gate.reasons) + "."
    if not comparison.gate.fail_on:
        return "No gate was set."
    return f"Gate passed ({', '.join(comparison.gate.fail_on)})."


def finding_line(change: FindingChange) -> tuple[str, str]:
    """Kind and place in words, and the marks beside them."""
    finding = change.finding
    marks: list[str] = [finding.severity]
    if change.status == "worse" and change.before is not None:
        marks = [f"{change.before.severity} → {finding.severity}"]
    if change.accepted:
        marks.append("accepted")
    return f"{words.kind_title(finding.kind)}, {numbers.steps(finding.steps)}", ", ".join(marks)
