"""Whether the learning rate itself is right, in words: shared by page, terminal and comment."""

from __future__ import annotations

from loglens.model.diagnosis import LearningRate, RateRegret, RunDiagnosis
from loglens.render import numbers

VERDICTS = {
    "right": "right",
    "too_low": "too low",
    "too_high": "too high",
    "cannot_tell": "cannot be told from this log",
}
OF_CAUSE = {"lr_too_low": "too_low", "lr_too_high": "too_high", "healthy": "right"}
"""The causes that say the same as a verdict on the rate."""
SIDES = ("Speaks for too low a rate: ", "Speaks for too high a rate: ")
HEAD = ("Rate", "Times this run's", "Given away", "80% interval")


def answer(run: RunDiagnosis) -> str:
    """`too high, 92%`; '' where nobody asked. Without a number where it cannot be told, and where the cause says the
    same: two numbers for one answer would only differ."""
    rate = run.learning_rate
    if rate is None:
        return ""
    said = VERDICTS[rate.verdict]
    # documents round: no log makes a verdict certain
    sure = min(rate.probability, 0.999)
    return said if rate.verdict == "cannot_tell" or is_the_cause(run) else f"{said}, {numbers.percent(sure)}"


def is_the_cause(run: RunDiagnosis) -> bool:
    """Whether the verdict on the rate is what the likeliest cause says."""
    return run.learning_rate is not None and OF_CAUSE.get(run.cause.cause) == run.learning_rate.verdict


def rate_line(run: RunDiagnosis) -> str:
    """`Learning rate: too high, 92%` where it stands beside a cause; '' where a fault says the same."""
    rate = run.learning_rate
    if rate is None or (is_the_cause(run) and rate.verdict != "right"):
        return ""
    if run.cause.cause == "unknown" and rate.verdict == "cannot_tell":
        return ""
    return f"Learning rate: {answer(run)}"


def evidence(run: RunDiagnosis) -> tuple[str, ...]:
    """What speaks for a lower and for a higher rate than this one, each in one sentence, the strongest first."""
    rate = run.learning_rate
    if rate is None:
        return ()
    sides: dict[str, list[str]] = {}
    rest: list[str] = []
    for item in rate.because:
        side = next((side for side in SIDES if item.startswith(side)), None)
        if side is None:
            rest.append(item)
        else:
            sides.setdefault(side, []).append(item.removeprefix(side))
    said = [f"{side}{'; '.join(items)}." for side, items in sides.items()]
    return (*said, *rest)


def regret_rows(run: RunDiagnosis) -> tuple[tuple[str, str, str, str], ...]:
    """A row of `HEAD` for each rate worth a look, the lowest first; the run's own is marked."""
    rate = run.learning_rate
    if rate is None or not _agrees(rate):
        return ()
    return tuple(_row(item) for item in sorted(rate.regret, key=lambda point: point.factor) if not _hopeless(item))


def _agrees(rate: LearningRate) -> bool:
    """Whether the rate that gives away least lies where the verdict says: what the curve says of the rates is no answer
    where other facts gave another one."""
    best = min(rate.regret, key=lambda point: point.regret, default=None)
    if best is None or rate.verdict == "cannot_tell":
        return False
    way = {"too_low": 1, "too_high": -1}.get(rate.verdict, 0)
    return way == 0 or way * (best.factor - 1) > 0


def regret_caption(run: RunDiagnosis) -> str:
    """What the table says; the range in which least is given away."""
    rate = run.learning_rate
    if rate is None or not rate.regret:
        return ""
    best = min(rate.regret, key=lambda point: point.regret)
    least = f"{numbers.factor(best.factor)} this run's" if best.lr is None else numbers.advised(best.lr)
    said = f"Expected share of the reachable fall of the loss that a rate gives away; the least at {least}"
    left = sum(_hopeless(item) for item in rate.regret)
    return (
        f"{said}. Left out: {numbers.counted(left, 'rate')} at which even the best case gains nothing" if left else said
    )


def _hopeless(point: RateRegret) -> bool:
    """Whether even the lower end of its interval gives away the whole fall, as far from every good rate."""
    return point.low >= 1 and not _is_own(point)


def _is_own(point: RateRegret) -> bool:
    return abs(point.factor - 1) < 1e-6


def _row(point: RateRegret) -> tuple[str, str, str, str]:
    own = " (this run)" if _is_own(point) else ""
    low, high = min(point.low, point.regret), max(point.high, point.regret)
    return (
        numbers.advised(point.lr) + own,
        numbers.factor(point.factor),
        _given_away(point.regret),
        f"{_given_away(low)} … {_given_away(high)}",
    )


def _given_away(share: float) -> str:
    """Of what can be reached: more than all of it is all of it."""
    return numbers.percent(min(share, 1.0))
