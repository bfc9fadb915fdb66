"""What to do about a cause that no number of the rate mends, in words: from the cause and the facts alone."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.advice.facts.numbers import ENDINGS
from loglens.model.causes import CAUSES, CauseName
from loglens.model.fact import Fact
from loglens.model.run import Run
from loglens.signals.core import Signals

CLEARED = "The learning rate is not the cause. "
"""Said only where a rate was logged or given, without which nothing is known of it, and is not told to be wrong."""


MEMORY = (
    "Give the training less to keep: a smaller batch (with gradients accumulated it counts the same), shorter "
    "sequences or smaller images, recomputed activations, half precision; then resume it from its last checkpoint. "
    "No learning rate changes that."
)
HERE_AND_THERE = frozenset({"often_non_finite", "some_non_finite"})


def remedy(cause: CauseName, facts: Sequence[Fact], signals: Signals, *, wrong: bool = False) -> str:
    """One or two sentences. `wrong`: the rate is told to be too low or too high beside this cause."""
    if cause == "numerical_failure":
        return numerics(facts, signals.run)
    if cause in ("unknown", "healthy") and any(fact.kind == "out_of_memory" for fact in facts):
        return MEMORY
    if cause == "unknown":
        return _lacking(facts, signals)
    if cause == "healthy":
        return _nothing(facts, signals)
    cleared = CLEARED if CAUSES[cause].rate_free and signals.lr is not None and not wrong else ""
    return f"{cleared}{CAUSES[cause].advice}"


def numerics(facts: Sequence[Fact], run: Run) -> str:
    """Where to look first, then what holds the numbers."""
    there = {fact.kind: fact for fact in facts}
    bad = next(
        (
            there[kind]
            for kind in ("ends_non_finite", "ends_in_zeros", "often_non_finite", "some_non_finite")
            if kind in there
        ),
        None,
    )
    if (part := there.get("part_non_finite")) is not None:
        first = f"Look first at “{part.series}”, the only part that is NaN or infinite: a logarithm or a division by 0."
    elif "loss_scale_minimum" in there or "overflow" in there:
        first = "Half precision overflows: use bfloat16, or keep the layers that overflow in 32 bits."
    elif there.keys() & HERE_AND_THERE and "learned" in there and bad is not None and bad.steps is not None:
        return (
            f"Look first at the batch of step {bad.steps.start}: a mean over nothing (0/0), a target that cannot be "
            "met, a logarithm of 0. Leave out the term where there is nothing to take it of."
        )
    elif bad is not None and bad.steps is not None:
        first = (
            f"Look first at the batch of step {bad.steps.start} and at what divides or takes a logarithm there; "
            "with float16, use bfloat16."
        )
    else:
        first = CAUSES["numerical_failure"].advice
    clip = "" if run.config.get("max_grad_norm") else " Clip the gradient norm, and stop at the first NaN."
    return f"{first}{clip}"


def ended_early(facts: Sequence[Fact]) -> bool:
    """Whether something else than the curve ended the run: that is to be mended first."""
    return any(fact.kind in ENDINGS for fact in facts)


def no_rate(facts: Sequence[Fact]) -> str:
    """What to do where the rate is 0 at every point."""
    zero = next(fact for fact in facts if fact.kind == "lr_zero")
    return (
        "Find out what sets the learning rate to 0: a schedule planned for 0 steps, a warm-up longer than the run, a "
        f"scheduler loaded from a finished run, or a rate rounded to 0 where it is logged. {zero.text}"
    )


def _nothing(facts: Sequence[Fact], signals: Signals) -> str:
    there = {fact.kind for fact in facts}
    if "killed" in there:
        return "Nothing in the curve calls for a change: resume the run from its last checkpoint."
    if "several_trainings" in there:
        return "Nothing calls for a change; give every training a log of its own to have each judged."
    if signals.lr is None:
        return "Nothing calls for a change."
    return CAUSES["healthy"].advice


def _lacking(facts: Sequence[Fact], signals: Signals) -> str:
    """What an answer would need: only what this log does not hold."""
    there = {fact.kind for fact in facts}
    if "lr_range_test" in there:
        suggests = next(fact for fact in facts if fact.kind == "lr_range_test").number("suggested") is not None
        return "Train with the rate that the test suggests." if suggests else "Run the test again, over other rates."
    if "several_trainings" in there or "interleaved" in there:
        return "Give every training a log of its own: this file mixes several."
    if "high_start" in there:
        return (
            "Check that labels, tokenizer and weights belong to each other, and whether the logged loss is a sum over "
            "accumulated steps."
        )
    if "not_an_objective" in there:
        return "Judge this run by its return or its samples, not by its loss."
    lacks = [
        word
        for missing, word in (
            (signals.lr is None, "the learning rate"),
            (signals.grad is None, "the gradient norm"),
            (signals.val is None or not signals.has_train_loss, "a validation loss"),
        )
        if missing
    ]
    if "starts_late" in there:
        return "The log shows a window of the training: give the whole log to have its start judged."
    if "few_points" in there:
        return f"The log is too short to tell: log every step{f', with {lacks[0]}' if lacks else ''}."
    return f"The log does not tell more; what would tell: {', '.join(lacks)}." if lacks else CAUSES["unknown"].advice
