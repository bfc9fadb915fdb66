"""The words every output shares: titles of kinds, causes, actions and roles, and the recommendation as one line."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import lru_cache

import numpy as np

from loglens.model.diagnosis import OPEN, Cause, Recommendation, RunDiagnosis
from loglens.model.run import configured_rate
from loglens.model.schedule import LrSchedule
from loglens.render import numbers
from loglens.render.titles import (
    ABBREVIATIONS,
    ACTIONS,
    CAUSES,
    FORMATS,
    KINDS,
    LR_EVENTS,
    PHASES,
    REPLAYS,
    ROLES,
    SCHEDULES,
    SCORES,
    SHORT_ACTIONS,
    VERDICTS,
)

QUOTED = re.compile(r"""(“[^“”]*”|(?<!\w)'[^']*'(?!\w)|(?<!\w)"[^"]*"(?!\w))""")
"""Words in quotes: names, which stay as they are. An apostrophe inside or at the end of a word opens nothing."""
LONG_NUMBER = re.compile(r"(?<![\w.,:/\-−])\d{4,18}+(?![\w.,:/\-−]*\w)")
"""An integer of four digits or more that stands alone in a sentence; one that no counter reaches is none."""
TRIAL = 0.75
"""Octaves from which a rate beside the kept one is named."""
NUMBERED_STEP = re.compile(r"\bstep(?=s? \d)|(?<=\d )step(?=s?\b)")
"""`step` beside a number, as in `at step 23`, `steps 23–99` and `within 4 steps`."""


def verdict_title(verdict: str) -> str:
    return VERDICTS.get(verdict, plain(verdict))


def kind_title(kind: str) -> str:
    return KINDS.get(kind, plain(kind))


def cause_title(cause: str) -> str:
    return CAUSES.get(cause, plain(cause))


def lead(run: RunDiagnosis, *, brackets: bool = False) -> str:
    """The likeliest cause with its probability: `Overfitting 93%`, or `Overfitting (93%)`. A run in which nothing was
    found has no cause that could be unknown."""
    title, sure = lead_title(run), lead_sure(run)
    return title if not sure else f"{title} ({sure})" if brackets else f"{title} {sure}"


def lead_title(run: RunDiagnosis) -> str:
    if any(fact.kind == "lr_range_test" for fact in run.facts):
        return RANGE_TEST
    if lacked_memory(run):
        return LACKED_MEMORY
    return NOTHING_FOUND if is_cleared(run) else cause_title(run.cause.cause)


def lead_sure(run: RunDiagnosis) -> str:
    """How likely the leading cause is; '' where none is named."""
    return "" if leads_alone(run) else numbers.percent(run.cause.probability)


def lacked_memory(run: RunDiagnosis) -> bool:
    """Whether the run ended because memory ran out, and its curve shows no fault."""
    return run.cause.cause in {"healthy", "unknown"} and any(fact.kind == "out_of_memory" for fact in run.facts)


def leads_alone(run: RunDiagnosis) -> bool:
    """Whether the headline names no cause that had a probability, and others beside it."""
    return is_cleared(run) or lacked_memory(run)


def is_cleared(run: RunDiagnosis) -> bool:
    """Whether nothing was found, by a log that does not tell whether there is anything."""
    return run.verdict == "healthy" and run.cause.cause == "unknown"


def action_title(action: str) -> str:
    return ACTIONS.get(action, plain(action))


def short_action(action: str) -> str:
    """The action for a column of a table."""
    return SHORT_ACTIONS.get(action, lowered(action_title(action)))


def replay_title(outcome: str) -> str:
    return REPLAYS.get(outcome, plain(outcome))


def role_title(role: str) -> str:
    return ROLES.get(role, plain(role))


def score_title(name: str) -> str:
    return SCORES.get(name, plain(name))


def phase_title(phase: str) -> str:
    return PHASES.get(phase, plain(phase).lower())


RANGE_TEST = "A test of learning rates, not a training"
LACKED_MEMORY = "Ran out of memory"
NOTHING_FOUND = "Nothing found; the log does not tell more"
INSTEAD: dict[str, str] = {
    "lr_range_test": "run the test again, over other rates",
    "several_trainings": "give every training a log of its own",
    "interleaved": "give every writer a log of its own",
    "not_an_objective": "judge it by its return or samples, not by its loss",
    "high_start": "check labels, tokenizer and weights",
    "starts_late": "give the whole log to have its start judged",
}
"""What to do instead of logging more, where a fact says why the log does not tell."""
SAID = {
    "overflow": "overflow",
    "nan_stop": "stop at NaN",
    "diverged": "said to diverge",
    "out_of_memory": "out of memory",
    "killed": "killed",
    "resumed": "resumed",
    "checkpoint_loaded": "checkpoint loaded",
    "started": "start",
    "scheduler_changed": "scheduler changed",
    "lr_changed": "rate changed",
    "stage_changed": "stage changed",
}


def event_title(event: str) -> str:
    return LR_EVENTS.get(event, plain(event).lower())


def said_title(kind: str) -> str:
    """What a line of words in a log tells, as a mark on the chart says it."""
    return SAID.get(kind, plain(kind).lower())


def format_title(name: str) -> str:
    return FORMATS.get(name, name)


def detector_title(detector: str) -> str:
    """Detectors are named after the kind they find; one of another name is shown as it is written."""
    return KINDS.get(detector.replace("-", "_"), plain(detector))


def severity(name: str) -> str:
    return {"info": "Info", "warning": "Warning", "critical": "Critical"}.get(name, plain(name))


@lru_cache(maxsize=512)
def plain(identifier: str) -> str:
    """`gradient_lead` → Gradient lead, for names no table knows."""
    said = [ABBREVIATIONS.get(word, word) for word in identifier.replace("_", " ").replace("-", " ").split()]
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def axis_noun(x_axis: str) -> str:
    """What the x axis counts, in the plural: steps, epochs, samples."""
    return x_axis if x_axis.endswith("s") else f"{x_axis}s"


def on_axis(text: str, x_axis: str) -> str:
    """`text` with its numbered steps called epochs where that is what the run's x axis counts, and its long numbers in
    groups of three digits: step 23 → epoch 23, step 68250 → step 68,250. What is quoted is a name and stays."""
    pieces = QUOTED.split(text)
    for place in range(0, len(pieces), 2):  # between the quoted ones
        grouped = LONG_NUMBER.sub(lambda found: numbers.count(int(found.group())), pieces[place])
        pieces[place] = NUMBERED_STEP.sub("epoch", grouped) if x_axis == "epoch" else grouped
    return "".join(pieces)


def steps_logged(run: RunDiagnosis) -> str:
    """`steps 0–399`; `steps 0–399 (finite to 28)` where the loss ends in values that are not numbers."""
    curve, ended = run.curve("train_loss"), ""
    if curve is not None and len(curve.steps) and not math.isfinite(curve.values[-1]):
        finite = np.flatnonzero(np.isfinite(curve.values))
        ended = f" (finite to {numbers.count(int(curve.steps[finite[-1]]))})" if len(finite) else " (none finite)"
    return f"{axis_noun(run.x_axis)} {numbers.count(run.first_step)}–{numbers.count(run.last_step)}{ended}"


def reasons(run: RunDiagnosis, cause: Cause | None = None) -> tuple[str, ...]:
    """The sentences behind `cause` (the likeliest where None), in the units of the run's x axis."""
    return tuple(on_axis(item, run.x_axis) for item in (cause or run.cause).because)


def why(run: RunDiagnosis) -> str:
    """What to do, in the units of the run's x axis."""
    return on_axis(run.recommendation.why, run.x_axis)


def lowered(title: str) -> str:
    """A title inside a sentence: Loss spike → loss spike, but NaN stays NaN."""
    first = title.split(" ", 1)[0]
    return title if any(letter.isupper() for letter in first[1:]) else title[:1].lower() + title[1:]


def run_name(run: RunDiagnosis) -> str:
    """What a run is called: its name, or that of the folder or file it is."""
    return run.title


def lr_range(low: float | None, high: float | None) -> str:
    """`5e-4 … 1.2e-3`, '' where there is no interval, or one that leaves everything open."""
    return (
        "" if low is None or high is None or high > OPEN * low else f"{numbers.advised(low)} … {numbers.advised(high)}"
    )


def action_line(advice: Recommendation, schedule: LrSchedule | None = None) -> str:
    """The recommendation to copy: `peak_lr 3e-3 → 8e-4 (5e-4 … 1.2e-3), warm-up 200 → 1000, clip gradients at 1`.

    `schedule` supplies the present warm-up. Starts with the action where that is not about a rate.
    """
    parts = [_lr_part(advice)]
    if advice.warmup_steps is not None:
        now = None if schedule is None else schedule.warmup_steps
        wanted = str(advice.warmup_steps)
        if now is None:
            parts.append(f"warm-up {wanted} steps")
        elif now != advice.warmup_steps:
            parts.append(f"warm-up {now} → {wanted}")
    if advice.gradient_clip is not None:
        parts.append(f"clip gradients at {numbers.sig(advice.gradient_clip)}")
    said = [part for part in parts if part]
    if advice.action not in {"keep", "lower_lr", "raise_lr", "lengthen_warmup"}:
        said.insert(0, action_title(advice.action).lower())
    return ", ".join(said) or action_title(advice.action).lower()


def brief_line(run: RunDiagnosis) -> str:
    """What to do in the few columns of a table: the action or the rate, without its interval."""
    advice = run.recommendation
    rate = _lr_part(replace(advice, peak_lr_low=None, peak_lr_high=None))
    said = rate if rate and advice.action in {"keep", "lower_lr", "raise_lr"} else short_action(advice.action)
    said = instead(run) or said
    return f"nothing; to try: {said}" if is_hint(run) else said


def is_hint(run: RunDiagnosis) -> bool:
    """Whether the likeliest cause is only something to try: the run needs nobody, and the headline has to say so
    beside that cause. One of which nothing is known has none (`is_cleared`)."""
    return run.verdict == "healthy" and run.cause.cause not in {"healthy", "unknown"}


def advice_line(run: RunDiagnosis) -> str:
    """`action_line` where it stands beside a verdict, and must not contradict a healthy one."""
    line = to_do(run)
    return f"nothing; to try: {line}" if is_hint(run) else line


def to_do(run: RunDiagnosis) -> str:
    """`action_line`, or what is to be done instead of logging more."""
    return instead(run) or action_line(run.recommendation, run.schedule)


def instead(run: RunDiagnosis) -> str:
    """What to do where the rate is not what to look at, or where it would be to log more and a fact says why that is
    not it; '' elsewhere."""
    if lacked_memory(run):
        return "use less memory, then resume"
    if run.recommendation.action != "collect_more":
        return ""
    there = {fact.kind: fact for fact in run.facts}
    kind = next((kind for kind in INSTEAD if kind in there), None)
    if kind is None:
        return ""
    rate = there[kind].number("suggested")
    return INSTEAD[kind] if rate is None else f"peak_lr {numbers.advised(rate)}, as the range test suggests"


def _lr_part(advice: Recommendation) -> str:
    now, then = advice.current_peak_lr, advice.peak_lr
    if advice.action == "keep" and (now is None or then is None):
        return "keep the learning rate" if now is None else f"keep peak_lr {numbers.lr(now)}"
    interval = lr_range(advice.peak_lr_low, advice.peak_lr_high)
    around = f" ({interval})" if interval else ""
    if then is None:
        if now == 0:
            return "set a learning rate"
        changes = advice.lr_factor is not None and abs(advice.lr_factor - 1) > 1e-9
        return f"peak_lr {numbers.factor(advice.lr_factor)}" if changes else ""
    if now is None:
        return f"peak_lr {numbers.advised(then)}{around}"
    if numbers.lr(now) == numbers.lr(then) or advice.action == "keep":
        # half an octave is no change to speak of; an octave is worth a try where the run is trained again anyway
        far = advice.action == "keep" and now > 0 and then > 0 and abs(math.log2(then / now)) >= TRIAL
        trial = f", or try {numbers.advised(then)}" if far else ""
        return f"keep peak_lr {numbers.lr(now)}{trial}"
    return f"peak_lr {numbers.lr(now)} → {numbers.advised(then)}{around}"


def headline(run: RunDiagnosis) -> str:
    """The verdict in one sentence: the worst finding's own words, or what a healthy run shows."""
    if is_cleared(run):
        return "Nothing was found that calls for a change; the log does not tell more."
    if is_hint(run):
        return "Nothing was found that needs you: take the likeliest cause as a hint to try, not as a fault."
    if run.findings and not lacked_memory(run):
        ranks = {"info": 0, "warning": 1, "critical": 2}
        worst = max(run.findings, key=lambda finding: (ranks[finding.severity], finding.score * finding.confidence))
        # a note is the headline of a fault only where the fault has no reason of its own
        if worst.severity != "info" or (run.cause.cause != "healthy" and not run.cause.because):
            return on_axis(worst.summary, run.x_axis)
    if run.cause.cause == "healthy" and (run.verdict == "healthy" or not run.cause.because):
        return "The loss falls and stays down; no fault in this log calls for a change."
    return reasons(run)[0] if run.cause.because else action_title(run.recommendation.action) + "."


def schedule_of(run: RunDiagnosis) -> str:
    """The schedule of a run, on its own axis."""
    if any(fact.kind == "lr_range_test" for fact in run.facts):
        return f"range test up to {numbers.lr(run.schedule.peak_lr)}, as logged"
    rate = configured_rate(run.config)
    if run.schedule.source == "unknown" and rate is not None:
        return f"learning rate {numbers.lr(rate)} by its settings"
    # a window of a training does not show whether there was a warm-up before it
    late = run.starts_late and not run.schedule.warmup_steps
    return on_axis(schedule_line(replace(run.schedule, warmup_steps=None) if late else run.schedule), run.x_axis)


def schedule_line(schedule: LrSchedule) -> str:
    """`cosine decay, peak 3e-3, warm-up 50 steps, as logged`."""
    if schedule.source == "unknown":
        return "no learning rate in the log"
    without = schedule.kind == "wsd" and not schedule.warmup_steps
    parts = ["stable, then decay" if without else SCHEDULES.get(schedule.kind, plain(schedule.kind).lower())]
    if schedule.peak_lr is not None:
        parts.append(f"peak {numbers.lr(schedule.peak_lr)}")
    if schedule.warmup_steps is not None:
        parts.append(
            f"warm-up {numbers.counted(schedule.warmup_steps, 'step')}" if schedule.warmup_steps else "no warm-up"
        )
    parts.append("as logged" if schedule.source == "logged" else "as given by you")
    return ", ".join(parts)
