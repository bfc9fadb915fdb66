"""What is said, against the numbers and against what the log holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from loglens.model.diagnosis import RunDiagnosis
from tests.contradictions.rules_verdict import Rule, facts

STEP = re.compile(r"\bstep (\d[\d,]*)\b")
PERCENT = re.compile(r"(-?\d[\d,]*(?:\.\d+)?) ?%")
POINTS = re.compile(r"\([+\-−]\d+\.\d\)")
QUOTED = re.compile(r"“[^”]*”")
"""Words of the log itself."""
RAN_OFF = {"ends_non_finite", "lost_at_once", "ran_away", "blew_up_and_stuck", "collapsed_to_chance", "stopped_on_nan"}


QUOTED = re.compile("“[^”]*”")


def sentences(run: RunDiagnosis) -> Iterator[str]:
    yield run.recommendation.why
    yield from (one.text for one in run.facts)
    yield from (one.summary for one in run.findings)
    yield from () if run.learning_rate is None else run.learning_rate.because
    yield from (said for cause in run.causes for said in cause.because)


def not_the_rate_without_a_rate(run: RunDiagnosis) -> str:
    known = run.schedule.source != "unknown" or run.recommendation.current_peak_lr is not None
    said = [
        one for one in sentences(run) if "learning rate is not the cause" in one or "against this learning rate" in one
    ]
    return said[0] if said and not known else ""


def a_raise_after_ruin(run: RunDiagnosis) -> str:
    factor = run.recommendation.lr_factor or 1.0
    raised = factor > 1.5 or run.recommendation.action == "raise_lr"
    return f"raise x{factor:.3g} after {sorted(facts(run) & RAN_OFF)}" if raised and facts(run) & RAN_OFF else ""


def best_worse_than_the_start(run: RunDiagnosis) -> str:
    for one in run.findings:
        start, best = one.evidence_value("start"), one.evidence_value("best")
        if "its lowest level was" in one.summary and start is not None and best is not None and best > start + 1e-12:
            return one.summary
    return ""


def time_that_runs_backwards(run: RunDiagnosis) -> str:
    for one in run.findings:
        for name in ("rise_steps", "warning_steps", "gradient_lead", "steps_back"):
            value = one.evidence_value(name)
            if value is not None and value < 0:
                return f"{name} {value} in: {one.summary}"
    backwards = [one for one in sentences(run) if re.search(r"within -\d|-\d+ steps before|after -\d", one)]
    return backwards[0] if backwards else ""


def spans_that_run_backwards(run: RunDiagnosis) -> str:
    for said in sentences(run):
        for first, last in re.findall(r"between steps (\d+) and (\d+)", said):
            if int(last) < int(first):
                return said
    return ""


def a_step_the_log_does_not_hold(run: RunDiagnosis) -> str:
    steps = [int(step) for curve in run.curves for step in (curve.steps[:1].tolist() + curve.steps[-1:].tolist())]
    if not steps:
        return ""
    last = max(
        [
            *steps,
            run.last_step,
            *(one.last_step for one in run.rewinds),
            *(one.steps.end for one in run.facts if one.steps),
        ]
    )
    first = min(*steps, run.first_step, *(one.resumed_at for one in run.rewinds), 10**12)
    for said in sentences(run):
        for found in STEP.findall(QUOTED.sub("", said)):  # a job's step that the log itself names is none of a training
            if not first - 1 <= int(found.replace(",", "")) <= last + 1:
                return f"step {found} is not in {first}..{last}: {said}"
    return ""


def a_percentage_beyond_sense(run: RunDiagnosis) -> str:
    for said in sentences(run):
        for found in PERCENT.findall(said):
            if abs(float(found.replace(",", ""))) > 1000:
                return said
    return ""


def points_nobody_understands(run: RunDiagnosis) -> str:
    return next((one for one in sentences(run) if POINTS.search(one)), "")


def a_number_that_is_none(run: RunDiagnosis) -> str:
    return next((one for one in sentences(run) if re.search(r"(?<![\w])(?:nan|inf|-inf)\b", QUOTED.sub("", one))), "")


def a_period_in_step_with_neither(run: RunDiagnosis) -> str:
    for one in run.findings:
        period = one.evidence_value("period")
        if one.kind != "periodic_pattern" or period is None or "neither" not in one.summary:
            continue
        epochs = next(
            (curve.epochs for curve in run.curves if curve.epochs is not None and len(curve.epochs) > 2), None
        )
        if epochs is not None and len(run.curves[0].steps) == len(epochs) and epochs[-1] > epochs[0]:
            curve = run.curves[0]
            length = float(curve.steps[-1] - curve.steps[0]) / float(epochs[-1] - epochs[0])
            if abs(period / length - 1) < 0.02:
                return f"the period {period} is the epoch: {one.summary}"
    return ""


def a_change_that_is_none(run: RunDiagnosis) -> str:
    for one in run.findings:
        ratio = one.evidence_value("ratio")
        if (
            one.severity != "info"
            and ratio is not None
            and one.kind in ("lr_jump", "gradient_explosion")
            and 0.95 < ratio < 1.05
        ):
            return f"x{ratio:.3g} is no change: {one.summary}"
    return ""


def a_rate_that_moves_against_the_action(run: RunDiagnosis) -> str:
    advice = run.recommendation
    factor = advice.lr_factor
    if factor is None:
        return ""
    wrong = (advice.action == "lower_lr" and factor >= 1) or (advice.action == "raise_lr" and factor <= 1)
    # what may as well be tried is said to be a trial, and no more than an octave away
    trial = 1.01 if advice.action == "keep" and "is worth a try" in advice.why else 0.51
    kept = advice.action not in ("lower_lr", "raise_lr", "remove_lr_jump") and abs(math.log2(factor)) > trial
    return f"{advice.action} by {factor:.4g}" if wrong or kept else ""


def an_interval_without_its_rate(run: RunDiagnosis) -> str:
    low, rate, high = (getattr(run.recommendation, name) for name in ("peak_lr_low", "peak_lr", "peak_lr_high"))
    if low is None or rate is None or high is None:
        return ""
    return f"{rate} is not within {low}..{high}" if not low * (1 - 1e-9) <= rate <= high * (1 + 1e-9) else ""


def an_interval_on_the_wrong_side(run: RunDiagnosis) -> str:
    advice = run.recommendation
    now, low, high = advice.current_peak_lr, advice.peak_lr_low, advice.peak_lr_high
    if now is None or low is None or high is None:
        return ""
    up = advice.action == "raise_lr" and low < now * (1 - 1e-9)
    down = advice.action == "lower_lr" and high > now * (1 + 1e-9)
    return f"{advice.action} from {now}, but {low}..{high}" if up or down else ""


def asked_to_log_what_is_logged(run: RunDiagnosis) -> str:
    why = run.recommendation.why
    words = {"learning_rate": "the learning rate", "grad_norm": "the gradient norm", "val_loss": "a validation loss"}
    asked = re.search(r"what would tell: ([^.]*)|log every step, with ([^.]*)", why)
    if asked is None:
        return ""
    lacking = (asked.group(1) or "") + (asked.group(2) or "")
    had = [word for role, word in words.items() if word in lacking and run.roles.get(role) is not None]
    return f"asked for {had[0]}, which is logged" if had else ""


def nothing_against_it_beside_something(run: RunDiagnosis) -> str:
    said = "Nothing speaks against" in run.recommendation.why or "Nothing calls for" in run.recommendation.why
    bad = [one for one in run.findings if one.severity == "critical"]
    return f"nothing speaks against it, but: {bad[0].summary}" if said and (bad or run.verdict == "critical") else ""


def the_same_sentence_twice(run: RunDiagnosis) -> str:
    twice = [one for cause in run.causes for one in cause.because if cause.because.count(one) > 1]
    return twice[0] if twice else ""


def a_warmup_longer_than_the_run(run: RunDiagnosis) -> str:
    steps = run.recommendation.warmup_steps
    long = (
        steps is not None and run.cause.cause == "warmup_too_short" and steps > max(1, run.last_step - run.first_step)
    )
    return f"a warm-up of {steps} steps in a run of {run.last_step - run.first_step}" if long else ""


def a_clip_that_is_none(run: RunDiagnosis) -> str:
    clip = run.recommendation.gradient_clip
    return f"clip at {clip}" if clip is not None and not (math.isfinite(clip) and clip > 0) else ""


def too_sure_of_a_few_points(run: RunDiagnosis) -> str:
    few = 0 < run.points < 8 and run.cause.probability > 0.97 and run.cause.cause != "unknown"
    return f"{run.cause.probability:.2f} from {run.points} points" if few else ""


def one_thing_both_high_and_low(run: RunDiagnosis) -> str:
    said = " ".join((*run.cause.because, run.recommendation.why))
    both = "is 0 at every one" in said and run.cause.cause == "lr_too_high"
    return "the rate is 0 and too high" if both else ""


def a_spike_that_is_a_jump_of_nothing(run: RunDiagnosis) -> str:
    for one in run.findings:
        rises = re.search(r"loss rises from (\S+) to (\S+) at", one.summary)
        if one.kind == "loss_spike" and rises and rises.group(1) == rises.group(2):
            return one.summary
    return ""


WORD_RULES: tuple[Rule, ...] = (
    not_the_rate_without_a_rate, a_raise_after_ruin, best_worse_than_the_start, time_that_runs_backwards,
    spans_that_run_backwards, a_step_the_log_does_not_hold, a_percentage_beyond_sense, points_nobody_understands,
    a_number_that_is_none, a_period_in_step_with_neither, a_change_that_is_none, a_rate_that_moves_against_the_action,
    an_interval_without_its_rate, an_interval_on_the_wrong_side, asked_to_log_what_is_logged,
    nothing_against_it_beside_something, the_same_sentence_twice, a_warmup_longer_than_the_run, a_clip_that_is_none,
    too_sure_of_a_few_points, one_thing_both_high_and_low, a_spike_that_is_a_jump_of_nothing,
)  # fmt: skip
