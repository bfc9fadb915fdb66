"""Why there is no predicted curve, in sentences."""

from __future__ import annotations

LOWER = (
    "No curve is drawn for a lower rate: the laws of the loss know progress and noise but no instability, and would "
    "call every higher rate better; a replay can show it."
)
WARMUP = (
    "No curve is drawn for a longer warm-up: it is there against an instability, and the laws of the loss know none; a "
    "replay can show it."
)
JUMP = (
    "No curve is drawn for the run without the jump: the laws of the loss know no instability; a replay from before "
    "the jump can show it."
)
ENDS_BROKEN = (
    "No curve is drawn: the log ends in losses that are not finite, and holds nothing of how it would have gone on."
)
ENORMOUS = "No curve is drawn: the loss exploded, and no law of the loss holds for that."
NO_FALL = (
    "No curve is drawn for the higher rate: the loss did not fall by more than its noise, so there is none to rescale."
)
NO_RATE = (
    "No curve is drawn for another schedule: the log holds no learning rate, so what a decay did to the loss cannot be "
    "told; log it, or give it with --lr and --schedule."
)
NO_DECAY = (
    "No curve is drawn for another schedule: the rate does not decay in this log, and no other run read with it shows "
    "what a decay takes off this loss."
)
UNCLEAR_DECAY = (
    "No curve is drawn for another schedule: the decay in this log leaves no clear mark on the loss, and no other run "
    "read with it shows what a decay takes off."
)
TOO_FEW_AT_RATE = (
    "No curve is drawn for another schedule: the rate came down before the log holds enough of the loss at a rate that "
    "trains."
)


def short(points: int, needed: int) -> str:
    """The log is too short for any curve."""
    said = f"{points} finite losses" if points != 1 else "a single finite loss"
    return f"No curve is drawn: the log holds {said}, and {needed} are needed."


def rose(step: int) -> str:
    """The loss was lower before its end: a faster run would do the same sooner, or worse."""
    return (
        f"No curve is drawn for the higher rate: the loss rose again after step {step:,}, and whether a higher rate "
        "gets past that cannot be told from it."
    )


def lawless(share: float) -> str:
    """The loss does not follow the annealing law."""
    return (
        "No curve is drawn for another schedule: the loss does not follow the law that would predict it (it wanders "
        f"{100 * share:.2g}% of its fall about it)."
    )


def too_far(times: float, most: float) -> str:
    """The new schedule trains much further than the log shows."""
    return (
        f"No curve is drawn for the later decay: it would train ×{times:.2g} as far as this log (by the sum of the "
        f"rates), and more than ×{most:.0f} cannot be predicted from it."
    )


def too_coarse(factor: float, left: float, interval: int) -> str:
    """At the higher rate the whole run is over before a few points were logged."""
    each = "every step" if interval == 1 else f"every {interval:,} steps"
    return (
        f"No curve is drawn for a rate {_times(factor)} as high: this log would be over after {left:.2g} steps, and it "
        f"is logged {each}; take a part of the step and ask again."
    )


def _times(factor: float) -> str:
    """`1.7 times`, `2,000 times`."""
    return f"{factor:.2g} times" if factor < 100 else f"{float(f'{factor:.2g}'):,.0f} times"
