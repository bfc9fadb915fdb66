"""Non-finite values: the loss or the gradient norm is NaN or infinite.

What it is. A logged value that is NaN or infinite, or that hides one: Hugging Face's Trainer logs a loss of exactly 0.0
where it was NaN, while the gradient norm beside it says NaN; Megatron counts skipped and NaN iterations.

Why it matters. One NaN in the weights makes every later step NaN: the run is dead from there on. A few that pass
(mixed precision skips such a step) are a warning that activations or the loss scale are at their limit.

How it decides. Every non-finite value of the judged loss and of the gradient norm counts; a loss of 0.0 counts where
the gradient norm at that step is not finite, or where the log ends in zeros out of nowhere. Critical where no finite
value follows and there are at least `dead_points` of them or the loss had left its level before; else a warning. What
led up to it is told, from the `lead_points` before: loss, gradient norm, and since when they rose.

Stays silent when. A series merely has gaps (an empty cell is no point).

What to try. If the loss or the gradient norm rose before: lower the learning rate, lengthen the warm-up, clip
gradients. If it came out of nowhere: look for a bad batch, log(0), a division by zero, fp16 overflow (use bf16).

References. Micikevicius et al. 2018 (mixed precision, loss scaling); Transformers' `logging_nan_inf_filter`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding
from loglens.model.run import IntArray, Series, StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import distinct, median

SPAN_STEPS = 100
"""The span of what passes points at the place where it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NonFinite:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="non_finite",
        kinds=("non_finite",),
        title="NaN and infinite values",
        helped_by=("grad_norm", "skipped_or_nan_steps"),
        min_points=1,
        score_name="divergence",
    )
    dead_points: int = 3
    lead_points: int = 20

    def detect(self, signals: Signals) -> Iterator[Finding]:
        bad = distinct(np.concatenate((signals.non_finite_steps, signals.hidden_non_finite_steps)))
        if len(bad):
            yield self._loss_finding(signals, bad)
        grad = signals.run.role("grad_norm")
        if grad is not None and not len(bad) and not bool(grad.finite.all()):
            yield self._gradient_finding(signals, grad)
        counter = signals.run.role("skipped_or_nan_steps")
        # fairseq's `clip` is the share of clipped updates: a clipped step is neither skipped nor broken
        if counter is not None and not counter.tag.endswith("clip") and (counted := _counted(counter)) is not None:
            yield self._counter_finding(signals, counter, *counted)

    def _loss_finding(self, signals: Signals, bad: IntArray) -> Finding:
        loss = signals.loss
        first, last = int(bad[0]), int(bad[-1])
        to_the_end = not bool(np.any(loss.steps > first))
        before = loss.between(-np.inf, first - 1)
        rose = next(
            (
                excursion
                for excursion in signals.excursions
                if excursion.calm >= len(loss.values[before]) and excursion.recovered is None
            ),
            None,
        )
        dead = to_the_end and (len(bad) >= self.dead_points or rose is not None)
        span = StepSpan(start=first, end=last if to_the_end else min(last, first + SPAN_STEPS))
        hidden = len(signals.hidden_non_finite_steps)
        words = "is logged as 0.0 where it is NaN" if hidden == len(bad) else "is NaN or infinite"
        lead = (
            ""
            if rose is None
            else f", after it rose from {figures.loss(rose.before)} since step {loss.steps[rose.onset]}"
        )
        return Finding(
            kind="non_finite",
            severity="critical" if dead else "warning",
            score=clip01(1.0 if dead else 0.3 + 0.4 * len(bad) / max(1, len(loss) + len(bad))),
            confidence=1.0 if hidden < len(bad) else 0.9,
            steps=span,
            series=loss.tag,
            lr_phase=signals.phase_at(first),
            summary=f"The loss {words} {'from step' if to_the_end else 'at step'} {first}"
            f"{' to the end' if to_the_end else f' and {len(bad) - 1} more' if len(bad) > 1 else ''}{lead}.",
            evidence=tuple(self._evidence(signals, bad, hidden, None if rose is None else int(loss.steps[rose.onset]))),
        )

    def _evidence(self, signals: Signals, bad: IntArray, hidden: int, rose: int | None) -> Iterator[Evidence]:
        loss, first = signals.loss, int(bad[0])
        yield Evidence(name="first_step", value=first, unit="steps")
        yield Evidence(name="count", value=len(bad), note=f"of {len(loss) + len(bad)} points")
        if hidden:
            yield Evidence(name="hidden", value=hidden, note="logged as exactly 0.0 in place of NaN")
        take = loss.between(-np.inf, first - 1)
        lead = loss.values[take][-self.lead_points :]
        if len(lead):
            yield Evidence(name="last_finite", value=float(lead[-1]), note="loss at the last finite point before")
            yield Evidence(name="level_before", value=median(lead), note=f"median of {len(lead)} points before")
        if rose is not None:
            yield Evidence(name="warning_steps", value=first - rose, unit="steps", note="the loss had left its level")
        if signals.grad is not None and signals.grad_local is not None:
            grad = signals.grad.between(-np.inf, first)
            z = signals.grad_local.z[grad][-self.lead_points :]
            hot = np.flatnonzero(z > max(3.0, 0.7 * signals.grad_local.limit))
            if len(hot):
                since = first - int(signals.grad.steps[grad][-self.lead_points :][hot[0]])
                yield Evidence(name="gradient_lead", value=since, unit="steps", note="gradient norm had left its level")

    def _gradient_finding(self, signals: Signals, grad: Series) -> Finding:
        bad = grad.steps[~grad.finite]
        count, first = len(bad), int(bad[0])
        return Finding(
            kind="non_finite",
            severity="warning" if count >= self.dead_points else "info",
            score=clip01(0.2 + 0.5 * count / len(grad)),
            confidence=1.0,
            steps=StepSpan(start=first, end=min(int(bad[-1]), first + SPAN_STEPS)),
            series=grad.tag,
            lr_phase=signals.phase_at(first),
            summary=f"The gradient norm is NaN or infinite at {count} of {len(grad)} points, first at step {first}, "
            "while the loss stays finite: steps were skipped, or mixed precision overflows.",
            evidence=(
                Evidence(name="first_step", value=first, unit="steps"),
                Evidence(name="count", value=count, note=f"of {len(grad)} points"),
            ),
        )

    def _counter_finding(self, signals: Signals, counter: Series, first: int, total: float) -> Finding:
        return Finding(
            kind="non_finite",
            severity="info" if total < self.dead_points else "warning",
            score=clip01(0.1 + 0.4 * total / max(1, signals.span.steps)),
            confidence=0.9,
            steps=StepSpan(start=first, end=first),
            series=counter.tag,
            lr_phase=signals.phase_at(first),
            summary=f"{total:g} steps were skipped or not finite according to {counter.tag!r}, first by step {first}.",
            evidence=(Evidence(name="count", value=total, note="of skipped or non-finite steps"),),
        )


def _counted(counter: Series) -> tuple[int, float] | None:
    """The step at which a counter of skipped steps first moved and how many it counted; None where it never did.

    A series that only grows is a running total; any other is a count per log line.
    """
    values, steps = counter.values[counter.finite], counter.steps[counter.finite]
    if not len(values) or values.max() <= 0:
        return None
    running = len(values) > 1 and bool(np.all(np.diff(values) >= 0))
    first = int(steps[int(np.argmax(values > (values[0] if running and values[0] < values[-1] else 0)))])
    return first, float(values[-1] if running else values.sum())
