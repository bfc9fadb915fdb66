"""Verdict, causes, facts and findings against one another."""

from __future__ import annotations

from collections.abc import Callable

from loglens.advice import verdict
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Clean, Found, NotApplicable

Rule = Callable[[RunDiagnosis], str]
RUIN = {"ends_non_finite", "lost_at_once", "ran_away", "blew_up_and_stuck", "collapsed_to_chance", "ends_in_zeros"}
LR_CAUSES = {"lr_too_high", "lr_too_low", "lr_jump", "lr_decays_too_early", "warmup_too_short"}


def facts(run: RunDiagnosis) -> set[str]:
    return {one.kind for one in run.facts}


def _outcome(run: RunDiagnosis, detector: str) -> object:
    return next((one for one in run.outcomes if one.detector == detector), None)


def healthy_with_a_finding_to_act_on(run: RunDiagnosis) -> str:
    bad = [one for one in run.findings if one.severity != "info"]
    return f"healthy beside: {bad[0].summary}" if run.verdict == "healthy" and bad else ""


def healthy_with_sick_advice(run: RunDiagnosis) -> str:
    action = run.recommendation.action
    return f"healthy, but {action}" if run.verdict == "healthy" and action not in ("keep", "collect_more") else ""


def healthy_with_a_faulty_cause(run: RunDiagnosis) -> str:
    cause = run.cause.cause
    return f"healthy, but {cause}" if run.verdict == "healthy" and cause not in ("healthy", "unknown") else ""


def critical_with_nothing_to_change(run: RunDiagnosis) -> str:
    return "critical, but nothing to change" if run.verdict == "critical" and run.cause.cause == "healthy" else ""


def ruin_that_is_not_critical(run: RunDiagnosis) -> str:
    ruined = facts(run) & RUIN
    return f"{run.verdict} though {sorted(ruined)}" if ruined and run.verdict != "critical" else ""


def probabilities_that_are_none(run: RunDiagnosis) -> str:
    shares = [one.probability for one in run.causes]
    wrong = (
        abs(sum(shares) - 1) > 1e-6
        or any(not 0 <= one <= 1 for one in shares)
        or len({one.cause for one in run.causes}) < len(shares)
    )
    return f"{shares} do not sum to 1" if wrong else ""


def causes_out_of_order(run: RunDiagnosis) -> str:
    shares = [round(one.probability, 6) for one in run.causes]
    return f"not the likeliest first: {shares}" if shares[0] < max(shares) - 1e-6 else ""


def overfitting_without_a_validation_loss(run: RunDiagnosis) -> str:
    likely = next((one.probability for one in run.causes if one.cause == "overfitting"), 0.0)
    return (
        f"overfitting {likely:.2f} without a validation loss"
        if likely > 0 and run.roles.get("val_loss") is None
        else ""
    )


def overfitting_that_ends_at_its_best(run: RunDiagnosis) -> str:
    level = next((one for one in run.levels if one.role == "val_loss"), None)
    if run.cause.cause != "overfitting" or level is None or level.final is None or level.best is None:
        return ""
    return "overfitting, but the validation loss ends at its best" if level.final <= level.best else ""


def a_jump_without_a_rate(run: RunDiagnosis) -> str:
    likely = next((one.probability for one in run.causes if one.cause == "lr_jump"), 0.0)
    return f"lr_jump {likely:.2f} without a rate" if likely > 0 and run.schedule.source == "unknown" else ""


def a_jump_the_schedule_does_not_know(run: RunDiagnosis) -> str:
    known = any(one.kind in ("step_up", "reset", "restart") for one in run.schedule.events)
    return "lr_jump without a jump in the schedule" if run.cause.cause == "lr_jump" and not known else ""


def a_jump_inside_a_warmup(run: RunDiagnosis) -> str:
    end = next((one.step for one in run.schedule.events if one.kind == "warmup_end"), None)
    inside = [one for one in run.schedule.events if one.kind == "step_up" and end is not None and one.step < end]
    return f"a jump at {inside[0].step} inside the warm-up that ends at {end}" if inside else ""


def a_cause_whose_detector_saw_nothing(run: RunDiagnosis) -> str:
    needed = {
        "overfitting": ("overfitting", {"validation_turned", "validation_rises"}),
        "lr_jump": ("lr_jump", {"lr_reset"}),
    }
    detector, instead = needed.get(run.cause.cause, ("", set()))
    if not detector or facts(run) & instead:
        return ""
    return f"{run.cause.cause}, but {detector} found nothing" if isinstance(_outcome(run, detector), Clean) else ""


def a_cause_whose_detector_was_not_asked(run: RunDiagnosis) -> str:
    detector = {"overfitting": "overfitting", "lr_jump": "lr_jump"}.get(run.cause.cause, "")
    known = facts(run) & {"validation_turned", "validation_rises", "lr_reset"}
    asked = not isinstance(_outcome(run, detector), NotApplicable)
    return "" if not detector or asked or known else f"{run.cause.cause}, but {detector} was not asked"


def a_resume_that_did_not_happen(run: RunDiagnosis) -> str:
    known = facts(run) & {"resumed_worse", "started_anew", "level_stepped", "lr_reset", "several_trainings",
                          "thrown_back"}  # fmt: skip
    return (
        "resume_discontinuity without a fact of one" if run.cause.cause == "resume_discontinuity" and not known else ""
    )


def harmless_and_harmful_at_one_step(run: RunDiagnosis) -> str:
    places = {
        kind: {str(one.steps) for one in run.facts if one.kind == kind}
        for kind in ("resumed_worse", "resumed_unharmed")
    }
    both = places["resumed_worse"] & places["resumed_unharmed"]
    return f"one resume both harmless and harmful: {both}" if both else ""


def numerics_without_a_sign_of_it(run: RunDiagnosis) -> str:
    known = facts(run) & {
        "ends_non_finite", "lost_at_once", "some_non_finite", "often_non_finite", "no_step_taken",
        "gradient_non_finite", "part_non_finite", "overflow",
        "validation_non_finite", "loss_scale_minimum", "stopped_on_nan", "blew_up_and_stuck", "ends_in_zeros",
    }  # fmt: skip
    return "numerical_failure without a sign of it" if run.cause.cause == "numerical_failure" and not known else ""


def nan_told_healthy(run: RunDiagnosis) -> str:
    bad = facts(run) & {"ends_non_finite", "lost_at_once", "stopped_on_nan"} and run.cause.cause in (
        "healthy",
        "lr_too_low",
    )
    return f"ends in NaN, but {run.cause.cause}" if bad else ""


def dead_though_it_learned(run: RunDiagnosis) -> str:
    return "dead_network though it learned" if run.cause.cause == "dead_network" and "learned" in facts(run) else ""


def flat_though_it_learned(run: RunDiagnosis) -> str:
    flat = [
        one
        for one in run.findings
        if one.kind == "stagnation" and "hardly moved" in one.summary and one.severity != "info"
    ]
    return f"learned, but: {flat[0].summary}" if flat and "learned" in facts(run) else ""


def one_training_of_many(run: RunDiagnosis) -> str:
    mixed = facts(run) & {"several_trainings", "interleaved"}
    return f"{run.cause.cause} of a log with {sorted(mixed)}" if mixed and run.cause.cause in LR_CAUSES else ""


def a_start_that_is_not_in_the_log(run: RunDiagnosis) -> str:
    flat = [
        one
        for one in run.findings
        if one.kind == "stagnation" and "since the start" in one.summary and one.severity != "info"
    ]
    return f"begins late, but: {flat[0].summary}" if flat and "starts_late" in facts(run) else ""


def a_finding_owned_by_an_unlikely_cause(run: RunDiagnosis) -> str:
    shares = {one.cause: one.probability for one in run.causes}
    for one in run.findings:
        if one.cause is not None and one.severity != "info" and shares.get(one.cause, 0.0) < 0.05:
            return f"{one.kind} is {one.cause}'s, which has {shares.get(one.cause, 0.0):.2f}"
    return ""


def found_nothing_and_something(run: RunDiagnosis) -> str:
    found = {one.detector for one in run.outcomes if isinstance(one, Found)}
    lost = [one for one in run.findings if one.detector not in found]
    return f"a finding of no detector: {lost[0].kind}" if lost else ""


def a_rate_both_right_and_wrong(run: RunDiagnosis) -> str:
    rate = run.learning_rate
    said = {"healthy": {"right", "cannot_tell"}, "lr_too_low": {"too_low"}, "lr_too_high": {"too_high"}}.get(
        run.cause.cause
    )
    return f"{run.cause.cause}, but the rate is {rate.verdict}" if rate and said and rate.verdict not in said else ""


def a_rate_that_moves_against_its_verdict(run: RunDiagnosis) -> str:
    rate, factor = run.learning_rate, run.recommendation.lr_factor or 1.0
    against = rate is not None and (
        (rate.verdict == "too_low" and factor < 0.67) or (rate.verdict == "too_high" and factor > 1.5)
    )
    return f"the rate is {rate.verdict}, moved by {factor:.3g}" if rate is not None and against else ""


def cleared_though_wrong(run: RunDiagnosis) -> str:
    rate, why = run.learning_rate, run.recommendation.why
    wrong = rate is not None and rate.verdict in ("too_low", "too_high")
    return why if wrong and "learning rate is not the cause" in why else ""


def a_warning_without_its_reason(run: RunDiagnosis) -> str:
    if run.verdict == "healthy" or run.cause.cause not in ("healthy", "unknown"):
        return ""
    seen = any(finding.severity != "info" for finding in run.findings)
    said = [*run.cause.because, run.recommendation.why]
    told = any(
        fact.kind in {*verdict.HARM, *verdict.RUIN} and any(fact.text in sentence for sentence in said)
        for fact in run.facts
    )
    return "" if seen or told else f"{run.verdict}: {run.cause.cause}"


VERDICT_RULES: tuple[Rule, ...] = (
    healthy_with_a_finding_to_act_on, healthy_with_sick_advice, healthy_with_a_faulty_cause,
    critical_with_nothing_to_change, ruin_that_is_not_critical, probabilities_that_are_none, causes_out_of_order,
    overfitting_without_a_validation_loss, overfitting_that_ends_at_its_best, a_jump_without_a_rate,
    a_jump_the_schedule_does_not_know, a_jump_inside_a_warmup, a_cause_whose_detector_saw_nothing,
    a_cause_whose_detector_was_not_asked, a_resume_that_did_not_happen, harmless_and_harmful_at_one_step,
    numerics_without_a_sign_of_it, nan_told_healthy, dead_though_it_learned, flat_though_it_learned,
    one_training_of_many, a_start_that_is_not_in_the_log, a_finding_owned_by_an_unlikely_cause,
    found_nothing_and_something, a_rate_both_right_and_wrong, a_rate_that_moves_against_its_verdict,
    cleared_though_wrong, a_warning_without_its_reason,
)  # fmt: skip
