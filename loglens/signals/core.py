"""What is derived from a run, once, for everyone who judges it.

All properties are computed when they are first asked for and kept. Nothing here judges.
"""

from __future__ import annotations

import re
from functools import cached_property

import numpy as np

from loglens.errors import NotJudgeable
from loglens.model.run import FloatArray, IntArray, Run, Series, StepSpan
from loglens.model.schedule import UNKNOWN_SCHEDULE, LrSchedule
from loglens.signals.constant import constant_of
from loglens.signals.epoch import EpochClock, epoch_clock
from loglens.signals.excursions import Excursion, excursions
from loglens.signals.local import Local, local_statistics
from loglens.signals.log_scale_outliers import log_scale_outliers
from loglens.signals.lr.schedule import planned_peak, recognise
from loglens.signals.masked_nan import hidden_non_finite, nothing_left, placeholders
from loglens.signals.numerics.change_points import ChangePoint, change_points
from loglens.signals.numerics.spectrum import Periodicity, periodicities
from loglens.signals.numerics.trend import Progress, Trend, growth_rate, progress_of, trend_of
from loglens.signals.track import Track

SCORE = re.compile(r"(?<![a-z])(?:acc(?:uracy)?|auc|bleu|score|f1)(?![a-z])|_[fpr]$", re.IGNORECASE)
"""What networks are scored by, the more the better; spaCy's end in the letter of the measure."""
NOT_AN_OBJECTIVE = re.compile(
    r"ep_?rew|reward|(?:episod(?:e|ic)|average|avg|mean|total)[_ ]?return|policy_?(?:gradient_?)?loss"
    r"|(?<![a-z])actor(?![a-z])|critic(?!al)|advantage|(?:^|[/_. ])td[_-]?(?:loss|error)|(?:^|[/_. ])q_?values?\b"
    r"|discriminator|generator|(?:^|[/_. ])[dg][_ .-]?loss\b"
    r"|loss[/_. ]?[dg](?:[/_. ]|$)|(?:^|/)[dg]_(?:gan|adv|real|fake)\b",
    re.IGNORECASE,
)
LOADED, FIRST_STEPS = ("checkpoint_loaded", "resumed"), 32
"""Words of a checkpoint; steps below which a log holds the first few steps only."""
NARROW = 0.1
"""A window of up to this share of the steps done before it holds too little of a training for its level to move."""
WANDERS = 0.2
"""Share of its level by which a loss wanders in such a window without having gained or lost anything."""
LATE_INTERVALS, LATE_SHARE = 20, 0.02
"""A log whose first step is so many log lines, and this share of its last step, away from 0 begins late."""
PLAYERS = tuple(
    re.compile(rf"(?:^|[/_. ]){name}[_ .-]?loss\b|loss[/_. -]?{name}(?:[/_. ]|$)", re.IGNORECASE)
    for name in ("gen", "disc?")
)
"""Short names of two networks at play: either alone may be another loss (generative, distance)."""


class Signals:
    """Everything derived from one run.

    `given_lr`: rates the user named, for a run that logs none (see `signals.spec`); the log's own rates yield to them.
    Raises NotJudgeable where the run has neither a train nor a validation loss with a finite point.
    """

    def __init__(self, run: Run, *, given_lr: Track | None = None) -> None:
        self.run = run
        self._given_lr = given_lr
        self._trends: dict[tuple[float | None, float | None], Trend] = {}
        self.series = _judged_series(run)
        """The series behind `loss`, non-finite points included."""

    # what was logged

    @cached_property
    def loss(self) -> Track:
        """The judged loss: the train loss, or the validation loss where no train loss is logged."""
        return Track.from_series(self.series, drop=np.union1d(self.hidden_non_finite_steps, placeholders(self.series)))

    @cached_property
    def has_train_loss(self) -> bool:
        train = self.run.role("train_loss")
        return train is not None and train.tag == self.series.tag

    @cached_property
    def non_finite_steps(self) -> IntArray:
        """Steps at which the judged loss is NaN or infinite, (k,) int64."""
        return np.asarray(self.series.steps[~self.series.finite])

    @cached_property
    def hidden_non_finite_steps(self) -> IntArray:
        """Steps whose logged loss stands for a NaN (see `signals.hidden`), (k,) int64."""
        scores = [series for series in self.run.series if SCORE.search(series.tag)]
        return hidden_non_finite(self.series, self.run.role("grad_norm"), self.run.role("val_loss"), scores)

    @cached_property
    def learned_all(self) -> int | None:
        """The step from which the logged loss is exactly 0 to the end and a number; None where it is not."""
        return nothing_left(self.series, self.hidden_non_finite_steps)

    @cached_property
    def val(self) -> Track | None:
        """The validation loss, also where it is itself the judged loss."""
        return _track(self.run.role("val_loss"))

    @cached_property
    def grad(self) -> Track | None:
        """The gradient norm."""
        return _track(self.run.role("grad_norm"))

    @cached_property
    def lr(self) -> Track | None:
        """The learning rate: given by the user, or as logged."""
        return self._given_lr if self._given_lr is not None else _track(self.run.role("learning_rate"))

    def track(self, role: str) -> Track | None:
        """The finite points of a role; 'train_loss' is the judged loss, whatever stands in for it."""
        known = {"train_loss": self.loss, "val_loss": self.val, "grad_norm": self.grad, "learning_rate": self.lr}
        return known[role] if role in known else _track(self.run.role(role))

    @cached_property
    def span(self) -> StepSpan:
        """First to last logged step of the judged loss, non-finite points included."""
        return StepSpan(start=int(self.series.steps[0]), end=int(self.series.steps[-1]))

    # level and noise

    @cached_property
    def local(self) -> Local:
        """Level, noise and z of the loss on its working scale."""
        return local_statistics(self.loss.values, self.constant)

    @cached_property
    def constant(self) -> float:
        """What of the loss no training takes away, in its unit; ratios of levels are taken above it."""
        return constant_of(self.loss.values, None if self.val is None else self.val.values)

    @property
    def log_scale(self) -> bool:
        """Whether the loss is judged by ratios."""
        return self.local.log

    @cached_property
    def level(self) -> FloatArray:
        """The robust local level of the loss, (n,), in its own unit."""
        return self.local.to_values(self.local.level)

    @cached_property
    def noise(self) -> FloatArray:
        """The robust local noise of the loss, (n,), in its own unit."""
        return (self.level - self.constant) * self.local.noise if self.local.log else self.local.noise

    @property
    def z(self) -> FloatArray:
        """How far each point rises above the level before it, (n,), in sigmas of the noise."""
        return self.local.z

    @cached_property
    def grad_local(self) -> Local | None:
        """Level, noise and z of the gradient norm; None where there are fewer than eight points."""
        return local_statistics(self.grad.values) if self.grad is not None and len(self.grad) >= 8 else None

    @cached_property
    def val_local(self) -> Local | None:
        """Level, noise and z of the validation loss; None where there are fewer than eight points."""
        return local_statistics(self.val.values) if self.val is not None and len(self.val) >= 8 else None

    # course

    @cached_property
    def progress(self) -> Progress:
        """Where the loss began, how low it came and where it ended."""
        return progress_of(self.loss.steps, self.loss.values, self.noise)

    def trend(self, first: float | None = None, last: float | None = None) -> Trend:
        """The trend of the loss between two steps (the whole run by default), on the working scale."""
        if (first, last) not in self._trends:
            take = self.loss.between(-np.inf if first is None else first, np.inf if last is None else last)
            self._trends[first, last] = trend_of(self.loss.steps[take].astype(np.float64), self.local.x[take])
        return self._trends[first, last]

    def growth_rate(self, first: float, last: float, *, over: float) -> float | None:
        """The exponential growth rate per step of the loss above the level `over` (loss units) between two steps."""
        take = self.loss.between(first, last)
        return growth_rate(self.loss.steps[take].astype(np.float64), self.loss.values[take] - over)

    @cached_property
    def change_points(self) -> tuple[ChangePoint, ...]:
        """Where the level of the loss shifts within a few points."""
        return change_points(self.loss, self.local)

    @cached_property
    def excursions(self) -> tuple[Excursion, ...]:
        """Where the loss leaves its level upwards; a jump of the gradient norm at the same step speaks for it."""
        support = self._gradient_outliers
        outliers = log_scale_outliers(self.loss.values, self.local, initial=self.progress.initial, support=support)
        return excursions(self.loss, self.local, support=support, outliers=outliers)

    @cached_property
    def grad_excursions(self) -> tuple[Excursion, ...]:
        """Where the gradient norm leaves its level upwards; () where there is none."""
        return () if self.grad is None or self.grad_local is None else excursions(self.grad, self.grad_local)

    @cached_property
    def val_excursions(self) -> tuple[Excursion, ...]:
        """Where the validation loss leaves its level upwards; () where there is none, or where it is itself judged."""
        if self.val is None or self.val_local is None or not self.has_train_loss:
            return ()
        return excursions(self.val, self.val_local)

    @cached_property
    def _gradient_outliers(self) -> IntArray:
        """Indices of the loss at whose step the gradient norm is an outlier."""
        if self.grad is None or self.grad_local is None:
            return np.zeros(0, dtype=np.int64)
        at = self.grad.steps[self.grad_local.z > self.grad_local.limit]
        place = np.minimum(self.loss.steps.searchsorted(at), len(self.loss) - 1)
        return place[self.loss.steps[place] == at] if len(self.loss) else np.zeros(0, dtype=np.int64)

    @cached_property
    def starts_late(self) -> bool:
        """Whether the log is a window that begins in the middle of a training."""
        first, last = int(self.series.steps[0]), int(self.series.steps[-1])
        away = first > LATE_INTERVALS * self.loss.interval and first > LATE_SHARE * last
        return self.run.starts_late or away or self.goes_on

    @cached_property
    def in_narrow_window(self) -> bool:
        """Whether the log is a window that is narrow beside all that was trained before it."""
        first, last = int(self.series.steps[0]), int(self.series.steps[-1])
        return self.starts_late and last - first <= NARROW * first

    @cached_property
    def goes_on(self) -> bool:
        """Whether the log holds a few steps only and tells of a checkpoint before the first of them: where the loss
        stands it had come to before."""
        loaded = any(
            event.kind in LOADED and event.step is None and "pretrain" not in event.text.casefold()
            for event in self.run.events
        )
        return loaded and self.run.x_axis == "step" and int(self.series.steps[-1]) < FIRST_STEPS

    @cached_property
    def spectrum(self) -> tuple[Periodicity, ...]:
        """The periodicities of the loss, strongest first."""
        return periodicities(self.loss, self.local)

    @cached_property
    def is_objective(self) -> bool:
        """Whether the loss is what the training minimises and nothing else. Losses of reinforcement learning and of
        adversarial games are not: they move with the data the agent meets or with the other player, and neither their
        level nor their trend says how training goes."""
        return not self.is_game and not any(NOT_AN_OBJECTIVE.search(series.tag) for series in self.run.series)

    @cached_property
    def is_game(self) -> bool:
        """Whether two networks work against each other."""
        tags = [series.tag for series in self.run.series]
        return all(any(player.search(tag) for tag in tags) for player in PLAYERS)

    # schedule and clock

    @cached_property
    def schedule(self) -> LrSchedule:
        """The schedule as recognised; `UNKNOWN_SCHEDULE` where there is no learning rate."""
        if self.lr is None:
            return UNKNOWN_SCHEDULE
        resumed = tuple(rewind.resumed_at for rewind in self.run.rewinds)
        return recognise(self.lr, run_span=self.span, resumed_at=resumed, given=self._given_lr is not None)

    @cached_property
    def planned_peak_lr(self) -> float | None:
        """The peak of the schedule as planned: before any step up that does not belong to it."""
        return planned_peak(self.schedule)

    def lr_at(self, steps: IntArray | FloatArray) -> FloatArray | None:
        """The rate at each of the (m,) `steps`: that of the last log line, interpolated on a slope; None without LR."""
        return None if self.lr is None else self.lr.at(steps)

    def phase_at(self, step: int) -> str | None:
        """The kind of the schedule's phase at a step: what goes into `Finding.lr_phase`."""
        phase = self.schedule.phase_at(step)
        return None if phase is None else phase.kind

    @cached_property
    def epochs(self) -> EpochClock:
        """The epoch clock."""
        return epoch_clock(self.run)


def _judged_series(run: Run) -> Series:
    candidates = [run.role("train_loss"), run.role("val_loss")]
    present = [series for series in candidates if series is not None and len(series)]
    if not present:
        raise NotJudgeable(f"{run.name}: no loss series to judge; name one with --map train_loss=SERIES")
    judged = next((series for series in present if bool(series.finite.any())), None)
    if judged is None:
        raise NotJudgeable(
            f"{run.name}: the loss {present[0].tag!r} has no finite point: the log holds nothing to judge"
        )
    return judged


def _track(series: Series | None) -> Track | None:
    """None for a series that is missing or has no finite point."""
    return None if series is None or not bool(series.finite.any()) else Track.from_series(series)
