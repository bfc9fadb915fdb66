"""Facts about the course of the loss: where the log begins, whether it ran away, stuck, sat at chance level or only
scattered. They hold at any length: a loss from 0.16 to 1.6e18 in five epochs needs no statistics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.ruin import ruin_of
from loglens.advice.facts.schedule import had_no_rate
from loglens.advice.facts.shape import CLEAR, FLAT, SHORT, LossShape
from loglens.model.fact import Fact
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median, quantiles, resolution

LATE_POINTS, LATE_CLASSES, LATE_CHANCE = 30, 100, 0.001
"""Points and classes of a window that lies at chance level, and how exactly each of its thirds does."""
BACK_MOST = 0.8
"""Of what had been learned, what is gone where a loss stands still nearly where it began."""
BACK_AT, BACK_FROM, BACK_SHARE, BACK_WITHIN = 0.015, 0.8, 0.15, 0.03
"""A loss stands again where it began: so near, after it had come down by so much, for so much of the log, and came
there within so much of it."""
LEARNED = 0.3
"""Share of its start by which a loss fell that learned something."""
BEGAN = 0.2
"""An untrained network begins within this share of chance level: one that never was there was not thrown back to it."""
BELOW = 0.97
"""Share of chance level below which a validation loss shows that something was learned."""
BLEW_UP, NEVER_BELOW = 2.0, 1.5  # times chance level, had it been below or not
TRAINED_FROM = 32
"""Steps from which a network that has learned nothing shows that it does not learn."""
CHANCE = 0.01
"""Share of ln k within which a level is the loss of guessing."""
USUAL_CLASSES = (*range(2, 21), 100, 200, 1000, 32_000, 50_257)
CLASSES_SETTING = re.compile(r"(?:^|[/_.])(?:num|n)_?(?:classes|labels|class)$|(?:^|[/_.])vocab_?size$", re.IGNORECASE)
PERPLEXITY = re.compile(r"perplex|(?:^|[^a-z])ppl(?:$|[^a-z])", re.IGNORECASE)
SATURATED, NEAR_SATURATED = (87.3365, 41.4465, 27.6310, 18.4207, 16.1181, 13.8155), 1e-3
"""-ln of the least numbers that losses are clipped at: of single precision, 1e-18, 1e-12, 1e-8, 1e-7, 1e-6."""
GENTLE = 3e-4
"""A peak rate up to which scatter about a level from the first point on is the batches', not the rate's."""
WIDE_SCATTER = 0.2
"""Scatter over level of a loss that scatters by its nature, as that of diffusion does, where no rate is known."""
LARGEST_VOCABULARY = 300_000
FEW_CLASSES, STARTS_NEAR, STARTS_AT = 1000, 0.35, 0.05
"""Share of chance level by which a loss that never learned may begin away from it, up to so many classes and beyond."""
PROGRESS = ("learned", "falls", "flat_noise")
USUAL = (1e-6, 2e-3)
"""Peak rates at which trainings with Adam and its kin are usually run."""
SWINGS, WIDE, SWUNG = 40, 0.4, 0.15
"""Points up to which a loss shows no level that goes up by this share of it so often."""
COARSE = 0.03
"""Share of its level by which a loss is printed at most, where one step of that is no move."""
STILL_POINTS, STILL, STILL_TREND, FIRST_STEP = 8, 0.01, 2e-4, 1.2
"""Points after the first that can show that a loss stands still; shares of its level within which it scatters, and
moves, if it does; times its level at which it may begin."""
SHORT_CHANCE, FEW_CHANCE, EXACTLY = 6, 3, 1e-3
"""Points from which levels are compared with chance; fewer must all be there, to this share of it, three at least."""
FOOT, WHOLE_EPOCHS = 1e-4, 3  # a rate, and epochs after which few steps are many for the data
FROZEN_POINTS, DIGITS = 4, 7  # points that show the same of a loss that is told with so many signs
LATE, FLOOR = 0.1, 0.3
"""A schedule that ran to its end has settled where the second half brought less than this share of the fall, and the
loss stands at a floor: above this share of its start."""


def course_facts(signals: Signals, shape: LossShape, *, joined: bool) -> Iterator[Fact]:
    """`shape`: of the judged loss. `joined`: the loss steps up where something other than training changed, so that
    where it ends says nothing of how it was trained."""
    if not len(shape):
        return
    if len(shape) < SHORT:
        yield say.fact("few_points", f"The log holds {say.points(len(shape))} of the loss, few to judge by.")
    if signals.starts_late:
        first = int(signals.series.steps[0])
        begin = f"at step {first:,}" if first else "with a part of the training done"
        text = f"The log begins {begin}: how the training began is not in it."
        if signals.goes_on:
            text = "The training goes on from a checkpoint: how it began is not in the log."
        yield say.fact("starts_late", text, first, None, signals.series.tag)
    if not signals.is_objective:
        beside = "with the other network, against which it works" if signals.is_game else "with what an agent meets"
        text = f"The loss moves {beside}: its trend does not say how training goes."
        yield say.fact("not_an_objective", text)
        return
    if not joined:
        off = tuple(_runs_off(signals, shape))
        yield from off
        if all(item.kind in PROGRESS for item in off):
            yield from _settled_or_drifting(signals, shape)
    high = _high_start(signals, shape)
    if high:
        yield high


def narrow_window(signals: Signals) -> Fact | None:
    """A window in the middle of a training that is narrow beside all that was trained before it; None otherwise."""
    first, last = int(signals.series.steps[0]), int(signals.series.steps[-1])
    if not signals.in_narrow_window:
        return None
    text = (
        f"The log holds steps {first:,} to {last:,} only, few beside the {first:,} before them: the level of "
        "the loss can hardly move within it."
    )
    return say.fact("narrow_window", text, first, last, signals.series.tag)


def _settled_or_drifting(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """Whether the loss creeps up over the run, or had done its falling by half of it."""
    if len(shape) < 6:
        return
    tag, span = signals.loss.tag, (shape.steps[0], shape.steps[-1])
    first, last = (median(part) for part in (shape.loss[: len(shape) // 3], shape.loss[-(len(shape) // 3) :]))
    error = 1.25 * shape.noise / math.sqrt(max(1, len(shape) // 3))
    if last - first > max(0.03 * abs(first), 5 * error):
        text = f"The loss creeps up, from {say.loss(first)} in its first third to {say.loss(last)} in its last."
        yield say.fact("drifts_up", text, *span, tag)
        return
    if shape.short or (late := _late_share(shape)) is None:
        return
    if _swings(shape):
        low, high = float(np.min(shape.loss)), float(np.max(shape.loss[1:]))
        text = (
            f"The loss swings between {say.loss(low)} and {say.loss(high)}: {say.points(len(shape))} are too few to "
            "show a level in that."
        )
        yield say.fact("swings", text, *span, tag)
        return
    share, noise = late
    peak, schedule = signals.schedule.peak_lr, signals.schedule
    lr = signals.lr
    annealed = lr is not None and peak is not None and float(lr.values[-1]) <= 0.1 * peak and schedule.kind != "step"
    usual = peak is not None and USUAL[0] <= peak <= USUAL[1]
    ran = annealed and usual and share < LATE and shape.end > FLOOR * abs(shape.first)
    if share < 5 * noise or (noise >= 0.008 and share < 0.1) or ran:
        said = (
            "its second half brought nothing that stands out of the noise"
            if share < 5 * noise
            else (f"its second half brought {max(share, 0.0):.0%} of its fall")
        )
        text = f"The loss had settled by half of the run: {said}."
        yield say.fact("settled", text, *span, tag, share=share)


def _swings(shape: LossShape) -> bool:
    """Whether the points of a log are too few for how widely they scatter: of a loss that is four times as high at the
    next line, twenty lines show neither a level nor that it settled."""
    ups = np.diff(shape.loss) > WIDE * abs(median(shape.loss))
    return len(shape) < SWINGS and float(np.mean(ups)) >= SWUNG


def _late_share(shape: LossShape) -> tuple[float, float] | None:
    """(share of the fall that the second half brought, its standard error); None where the loss did not fall."""
    size = max(3, len(shape) // 12)
    half = len(shape) // 2
    middle = median(shape.loss[half - size // 2 : half + size // 2 + 1])
    end = median(shape.loss[-size:])
    gain = shape.first - min(end, middle)
    if gain <= 0:
        return None
    return (middle - end) / gain, 1.25 * shape.noise / math.sqrt(size) / gain


def _runs_off(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """The facts of which a loss has one at most: it sits at chance level, blew up and stuck, ran away, lost ground, or
    only scatters."""
    tag = signals.loss.tag
    if (guess := at_chance(signals, shape)) is not None:
        yield guess
        return
    if (never := _saturated(signals, shape) or _stands_still(signals, shape)) is not None:
        yield never
        return
    if (ruin := ruin_of(signals, shape)) is not None:
        yield ruin
        return
    if shape.first - shape.end > max(LEARNED * abs(shape.first - shape.constant), CLEAR * shape.error):
        text = f"The loss falls from {say.loss(shape.began)} to {say.loss(shape.end)}."
        yield say.fact("learned", text, shape.steps[0], shape.steps[-1], tag)
    elif _falls(shape):
        first, last = _tenths(shape)
        text = f"The loss falls from {say.loss(first)} to {say.loss(last)} through its scatter."
        yield say.fact("falls", text, shape.steps[0], shape.steps[-1], tag)
    elif _scatters(shape):
        rate = signals.schedule.peak_lr
        wide = rate is None and shape.noise >= WIDE_SCATTER * abs(median(shape.loss))
        if signals.starts_late or wide or (rate is not None and 0 < rate <= GENTLE):
            text = (
                f"The loss scatters about {say.loss(median(shape.loss))} from its first point to its last, "
                "neither rising nor falling."
            )
            yield say.fact("flat_noise", text, shape.steps[0], shape.steps[-1], tag)


def _hardly_trained(signals: Signals) -> bool:
    """Whether the log holds nothing but the first few steps, one by one: no network leaves chance level in them.

    Where neither an epoch is counted beside them nor anything is logged now and then only, a row may be an epoch.
    """
    if signals.run.x_axis != "step" or signals.loss.interval > 1 or int(signals.loss.steps[-1]) >= TRAINED_FROM:
        return False
    by_epoch = signals.epochs.steps_per_epoch or 0.0
    if by_epoch and signals.span.steps >= WHOLE_EPOCHS * by_epoch:
        return False  # however few they are, they were all the data, several times
    return by_epoch >= 2 or any(len(series) > 1 and median(np.diff(series.steps)) >= 2 for series in signals.run.series)


def _few_at_chance(signals: Signals, shape: LossShape) -> Fact | None:
    """A handful of losses that all are the logarithm of a usual number of classes, to three digits."""
    if (
        len(shape) < FEW_CHANCE
        or not signals.has_train_loss
        or (classes := _classes(median(shape.loss), signals)) is None
    ):
        return None
    chance = math.log(classes)
    if classes > FEW_CLASSES or float(np.max(np.abs(shape.loss - chance))) > EXACTLY * chance:
        return None
    text = (
        f"All {len(shape)} losses are {say.loss(chance)} = ln {classes:,}, what guessing among {classes:,} classes "
        "gives: nothing is learned so far."
    )
    return say.fact("at_chance", text, shape.steps[0], shape.steps[-1], signals.loss.tag)


def _still_warming(signals: Signals) -> bool:
    """Whether the rate rises to the last point of the log and is small there: what is to move the loss is still to
    come."""
    lr = signals.lr
    if lr is None or len(lr) < FROZEN_POINTS or not signals.schedule.warmup_steps:
        return False
    rising = bool(np.all(np.diff(lr.values) >= 0)) and float(lr.values[-1]) > float(lr.values[len(lr) // 2])
    return rising and float(lr.values[-1]) <= FOOT


def at_chance(signals: Signals, shape: LossShape) -> Fact | None:
    """At the loss of guessing among k classes: from the first point on, or after it had been lower or higher."""
    if signals.starts_late:
        return _late_at_chance(signals, shape)
    if not signals.is_objective or _hardly_trained(signals) or _still_warming(signals):
        return None
    if len(shape) < SHORT_CHANCE:
        return _few_at_chance(signals, shape)
    half = shape.loss[-max(5, len(shape) // 5) :]
    level = median(half)
    spread = 1.4826 * median(np.abs(half - level))
    classes = _classes(level, signals)
    if spread > 1.5 * FLAT * level or abs(median(half[-3:]) - level) > 2 * FLAT * level:
        return None
    if classes is None:
        return _back_at_start(signals, shape, level, spread)
    chance = math.log(classes)
    if signals.val is not None and signals.has_train_loss and median(signals.val.values[-3:]) < BELOW * chance:
        return None
    near = np.abs(shape.loss - chance) <= max(0.04 * chance, 4 * spread)
    settled = _settled(near)
    step = int(shape.steps[settled])
    guess = f"{say.loss(level)} = ln {classes:,}, what guessing among {classes:,} classes gives"
    lowest = shape.low
    # every level is near the logarithm of some large number: there only a loss that began there is at chance
    apart = STARTS_NEAR if classes <= FEW_CLASSES else STARTS_AT
    if settled <= max(1, len(shape) // 20) and lowest > 0.93 * chance and abs(shape.first - chance) < apart * chance:
        text = f"The loss sits at {guess}, from the start to the end: nothing is learned."
        return say.fact("at_chance", text, shape.steps[0], shape.steps[-1], signals.loss.tag, classes=classes)
    was_lower = lowest < 0.85 * chance and median(shape.loss[:settled] if settled else shape.loss) < 1.5 * chance
    times = BLEW_UP if lowest < BELOW * chance else NEVER_BELOW  # what never came below chance learned nothing before
    blew_up = float(shape.loss[:settled].max()) > times * max(abs(shape.first), chance) if settled else False
    rest = shape.loss[settled:]
    drift = abs(median(rest[: len(rest) // 2]) - median(rest[len(rest) // 2 :])) if len(rest) > 3 else 0.0
    began = abs(shape.first - chance) < BEGAN * chance
    if drift > CHANCE * level or not began:
        return None
    if len(shape) - settled < 4 or not (was_lower or blew_up):
        return None
    before = (
        f"had learned to {say.loss(lowest)}"
        if was_lower
        else f"blew up to {say.loss(float(shape.loss[:settled].max()))}"
    )
    text = f"The loss {before} and sits at {guess}, from step {step} on."
    return say.fact("collapsed_to_chance", text, step, shape.steps[-1], signals.loss.tag, classes=classes)


def _late_at_chance(signals: Signals, shape: LossShape) -> Fact | None:
    """A window out of the middle of a training that lies at ln k for a large k, as exactly as its points tell."""
    level = median(shape.loss)
    classes = _classes(level, signals)
    if len(shape) < LATE_POINTS or not signals.is_objective or classes is None or classes < LATE_CLASSES:
        return None
    thirds = [median(part) for part in np.array_split(shape.loss, 3)]
    spread = 1.4826 * median(np.abs(shape.loss - level))
    exact = max(abs(third - math.log(classes)) for third in thirds) <= LATE_CHANCE * level
    if not exact or spread > FLAT / 2 * level:
        return None
    text = (
        f"The loss sits at {say.loss(level)} = ln {classes:,}, what guessing among {classes:,} classes gives, in all "
        "of this window: nothing has been learned."
    )
    return say.fact("at_chance", text, shape.steps[0], shape.steps[-1], signals.loss.tag, classes=classes)


def _back_at_start(signals: Signals, shape: LossShape, level: float, spread: float) -> Fact | None:
    """A loss that had learned and stands again where it began, which is what an untrained network of any task gives."""
    first = median(shape.loss[:3])
    back = abs(first - level) <= BACK_AT * level
    near = level < first and level - shape.low >= BACK_MOST * (first - shape.low)
    if shape.low > BACK_FROM * level or not (back or near) or spread > BACK_AT * level:
        return None
    settled = _settled(np.abs(shape.loss - level) <= max(2 * BACK_AT * level, 4 * spread))
    rest, size = shape.loss[settled:], max(3, len(shape) // 10)
    lowest = int(np.argmin(shape.levels)) * shape.size
    learned = np.flatnonzero(shape.loss < (shape.low + level) / 2)
    if len(rest) < max(4, BACK_SHARE * len(shape)) or settled <= lowest:
        return None
    if not len(learned) or settled - int(learned[-1]) > max(3, BACK_WITHIN * len(shape)):
        return None  # a climb that happens to end there
    if abs(median(rest[:size]) - median(rest[-size:])) > BACK_AT * level:
        return None  # it learns again
    step = int(shape.steps[settled])
    where = "where an untrained network stands" if back else "most of what had been learned is gone"
    text = (
        f"The loss had learned to {say.loss(shape.low)} and sits at {say.loss(level)}, {where} "
        f"({say.loss(first)} at the first lines), from step {step} on."
    )
    return say.fact("collapsed_to_chance", text, step, shape.steps[-1], signals.loss.tag)


def _saturated(signals: Signals, shape: LossShape) -> Fact | None:
    """A loss that begins at the logarithm of the least number its program knows and stands still after it: every output
    was saturated, and nothing is learned since."""
    first, rest = float(shape.loss[0]), shape.loss[1:]
    if len(shape) < 6 or signals.starts_late or not any(abs(first / top - 1) < NEAR_SATURATED for top in SATURATED):
        return None
    level = median(rest)
    if level > 0.8 * first or float(np.max(np.abs(rest - level))) > FLAT * level:
        return None
    text = (
        f"The loss begins at {say.loss(first)}, what saturated outputs give, and sits at {say.loss(level)} from step "
        f"{int(shape.steps[1])} to the end: nothing is learned."
    )
    return say.fact("at_chance", text, shape.steps[1], shape.steps[-1], signals.loss.tag)


def _stands_still(signals: Signals, shape: LossShape) -> Fact | None:
    """A loss that never moves from where it is at the second line: by less than the scatter of any batch, and without a
    trend in that."""
    rest = shape.loss[1:]
    frozen = len(shape) >= FROZEN_POINTS and float(np.ptp(shape.loss)) == 0 and len(f"{shape.loss[0]:.9g}") >= DIGITS
    if len(rest) < STILL_POINTS and not frozen:
        return None
    if signals.starts_late or _hardly_trained(signals) or not signals.has_train_loss:
        return None
    if had_no_rate(signals):
        return None
    level, first = median(rest), float(shape.loss[0])
    apart = quantiles(np.abs(rest - level), 0.9)[0]
    still = max(STILL * level, min(1.01 * resolution(shape.loss), COARSE * level))
    if level <= 0 or apart > still or not 1 - still / level <= first / level <= FIRST_STEP:
        return None
    if frozen:
        text = f"All {len(shape)} losses are {shape.loss[0]:.9g}, to the last digit: the weights are not updated."
        return say.fact("stands_still", text, shape.steps[0], shape.steps[-1], signals.loss.tag)
    early, late = (median(part) for part in np.array_split(rest, 2))
    error = max(1.25 * shape.noise / math.sqrt(len(rest) / 2), STILL_TREND * level)
    val = signals.val
    if early - late > 2 * error or (val is not None and float(val.values[0] - val.values[-1]) > STILL * level):
        return None
    text = (
        f"The loss stands at {say.loss(level)} from its second line to its last and never moves by more than "
        f"{max(apart / level, 1e-4):.2%} of that: nothing is learned."
    )
    return say.fact("stands_still", text, shape.steps[1], shape.steps[-1], signals.loss.tag)


def _settled(near: np.ndarray) -> int:
    """The first index from which on nine in ten points are near."""
    share = np.cumsum(near[::-1])[::-1] / np.arange(len(near), 0, -1)
    good = np.flatnonzero(near & (share >= 0.9))
    return int(good[0]) if len(good) else len(near) - 1


def _classes(level: float, signals: Signals) -> int | None:
    """k where the level is ln k for a usual number of classes, or for the number the run's settings name."""
    named = [
        int(value)
        for name, value in signals.run.config.items()
        if CLASSES_SETTING.search(name) and isinstance(value, int) and value > 1
    ]
    known: tuple[int, ...] = (*named, *USUAL_CLASSES)
    return next((item for item in known if abs(level - math.log(item)) <= CHANCE * math.log(item)), None)


def _tenths(shape: LossShape) -> tuple[float, float]:
    """The levels of the first and of the last tenth."""
    size = max(3, len(shape) // 10)
    return median(shape.loss[:size]), median(shape.loss[-size:])


def _falls(shape: LossShape) -> bool:
    """Whether the loss falls by a tenth of its level, beyond the error of the levels and by thirds that all go down."""
    if shape.short:
        return False
    first, last = _tenths(shape)
    error = 1.25 * shape.noise / math.sqrt(max(3, len(shape) // 10))
    early, middle, late = (median(part) for part in np.array_split(shape.loss, 3))
    return first - last > max(0.1 * abs(first), CLEAR * error) and early > middle and early > late


def _scatters(shape: LossShape) -> bool:
    """Whether the loss does nothing but scatter: thirds alike, and no stretch that leaves them."""
    if shape.short:
        return False
    thirds = [median(part) for part in np.array_split(shape.loss, 3)]
    error = 1.25 * max(shape.noise, 1e-12) / math.sqrt(len(shape) / 3)
    levels: FloatArray = np.array([median(part) for part in np.array_split(shape.loss, 6)])
    alike = max(thirds) - min(thirds) <= 5 * error
    return alike and float(levels.max() - levels.min()) <= 10 * error


def _trainer_lines(signals: Signals) -> bool:
    """Whether the log is the dictionaries that transformers' Trainer prints: its names, and epochs in fractions."""
    series = {series.tag: series for series in signals.run.series}
    epoch = series.get("epoch")
    if epoch is None or not {"loss", "learning_rate"} <= series.keys():
        return False
    return bool(np.any(epoch.values[epoch.finite] % 1.0 > 0))


def _high_start(signals: Signals, shape: LossShape) -> Fact | None:
    """A language model that starts above what guessing among the largest vocabulary gives: from its very first value
    on, for one that was below it has been thrown up."""
    words = (
        signals.run.format.startswith(("hf", "llama"))
        or any(PERPLEXITY.search(series.tag) for series in signals.run.series)
        or _trainer_lines(signals)
    )
    most = math.log(LARGEST_VOCABULARY)
    if not words or not most < shape.first < 100 or signals.loss.values[0] <= most:
        return None
    text = (
        f"The loss starts at {say.loss(shape.first)}, above {most:.1f}, what guessing among "
        f"{LARGEST_VOCABULARY:,} words gives: it is a sum over accumulated steps, or labels or weights do not belong "
        "to this model."
    )
    return say.fact("high_start", text, shape.steps[0], None, signals.loss.tag)
