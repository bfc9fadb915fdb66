"""`loglens compare`: two sets of runs, what changed between them, and whether a change may go in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from loglens import __version__
from loglens.errors import NotJudgeable
from loglens.fleet.baseline import Baseline
from loglens.fleet.matching import marks, pair_up, slack
from loglens.fleet.metrics import changes, level_of
from loglens.fleet.pairing import PairGroup, Pairing, pair_runs
from loglens.model import figures
from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.finding import SEVERITIES, Severity
from loglens.model.results.comparison import (
    DEFAULT_GATE,
    Comparison,
    Condition,
    FindingChange,
    FindingStatus,
    Gate,
    MetricChange,
    RunComparison,
)

CONFIDENCE = 0.95
"""Probability that no band of the deciding losses is exceeded by noise alone, over all pairs together."""
SURE_ENOUGH = 0.5
"""Findings that are less sure than this are shown, but fail no gate."""
STATUS_RANK: Mapping[FindingStatus, int] = {"new": 0, "worse": 1, "standing": 2, "fixed": 3}
LOSS_WORDS = {
    "val_loss_best": "best validation loss",
    "val_loss": "final validation loss",
    "train_loss": "final train loss",
    "train_loss_common": "train loss",
}


def compare(
    base: Diagnosis,
    head: Diagnosis,
    *,
    pairs: Mapping[str, str] | None = None,
    fail_on: Sequence[Condition] = DEFAULT_GATE,
    baseline: Baseline | None = None,
) -> Comparison:
    """What changed from `base` to `head`.

    Runs are paired by name (see `pair_runs`; `pairs`: BASE name -> HEAD name). `baseline`: accepted findings, which
    fail no gate. Raises NotJudgeable where no run of one side belongs to a run of the other.
    """
    baseline = baseline or Baseline()
    pairing = pair_runs(base.runs, head.runs, pairs)
    if not pairing.groups:
        raise NotJudgeable(_nothing_paired(base, head, pairing))
    # Šidák: with many pairs, a band of 95 % each would be left by one pair in twenty
    level = CONFIDENCE ** (1 / len(pairing.groups))
    compared = tuple(sorted((_compared(group, level, baseline) for group in pairing.groups), key=_worst_first))
    new = tuple(change for run in pairing.added for change in _finding_changes((), (run,), baseline))
    return Comparison(
        base=base.path,
        head=head.path,
        pairs=compared,
        gate=Gate(fail_on=tuple(fail_on), reasons=tuple(_reasons(fail_on, compared, new, pairing.removed))),
        added=pairing.added,
        removed=pairing.removed,
        new=new,
        base_problems=base.problems,
        head_problems=head.problems,
        baseline=baseline.path,
        confidence=CONFIDENCE,
        version=__version__,
    )


def _nothing_paired(base: Diagnosis, head: Diagnosis, pairing: Pairing) -> str:
    def names(runs: tuple[RunDiagnosis, ...]) -> str:
        return ", ".join(run.run for run in runs[:5]) + (", ..." if len(runs) > 5 else "")

    return (
        f"no run of BASE ({base.path}: {names(pairing.removed)}) has the name of a run of HEAD ({head.path}: "
        f"{names(pairing.added)}): say which belong together with --pair BASE_RUN=HEAD_RUN"
    )


def _compared(group: PairGroup, level: float, baseline: Baseline) -> RunComparison:
    return RunComparison(
        name=group.name,
        base=group.base,
        head=group.head,
        changes=changes(group, level=level),
        findings=_finding_changes(group.base, group.head, baseline),
        notes=tuple(_notes(group)),
    )


def _worst_first(pair: RunComparison) -> tuple[int, int, int, str]:
    fresh = [SEVERITIES.index(change.finding.severity) for change in pair.findings if change.status in ("new", "worse")]
    verdicts = {"worse": 0, "unknown": 2, "changed": 2, "same": 3, "better": 4}
    deciding = pair.deciding
    return -max(fresh, default=-1), 3 if deciding is None else verdicts[deciding.judgement], -len(fresh), pair.name


def _finding_changes(
    base: tuple[RunDiagnosis, ...], head: tuple[RunDiagnosis, ...], baseline: Baseline
) -> tuple[FindingChange, ...]:
    """Each run of HEAD against its namesake in BASE, or against the run that stands at its place among the seeds."""
    found: list[FindingChange] = []
    left = list(base)
    partners: list[tuple[RunDiagnosis, RunDiagnosis | None]] = []
    for run in head:
        same = next((item for item in left if item.run == run.run), None)
        if same is not None:
            left.remove(same)
        partners.append((run, same))
    for run, partner in partners:
        if partner is None and left:
            partner = left.pop(0)
        found += _changed(partner, run, baseline)
    # seeds of BASE that HEAD has no more: nothing can be said to be fixed by not running it
    return tuple(
        sorted(found, key=lambda finding: (STATUS_RANK[finding.status], -SEVERITIES.index(finding.finding.severity)))
    )


def _changed(base: RunDiagnosis | None, head: RunDiagnosis, baseline: Baseline) -> Iterable[FindingChange]:
    accepted = baseline.covers(head)
    paired = {} if base is None else pair_up(marks(base), marks(head), slack(head))
    for at, finding in enumerate(head.findings):
        before = base.findings[paired[at]] if base is not None and at in paired else None
        status: FindingStatus = "new"
        if before is not None:
            rose = SEVERITIES.index(finding.severity) > SEVERITIES.index(before.severity)
            status = "worse" if rose else "standing"
        yield FindingChange(status=status, run=head.run, before=before, after=finding, accepted=at in accepted)
    if base is not None:
        still = set(paired.values())
        for was, finding in enumerate(base.findings):
            if was not in still:
                yield FindingChange(status="fixed", run=base.run, before=finding, after=None)


def _notes(group: PairGroup) -> Iterable[str]:
    """What a reader must know before believing the numbers."""
    base, head = group.base[0], group.head[0]
    for role, word in (("train_loss", "train loss"), ("val_loss", "validation loss")):
        old, new = base.roles.get(role), head.roles.get(role)
        if old and new and old != new:
            yield f"the {word} is {old!r} in BASE and {new!r} in HEAD: compare their levels only if they are the same"
        elif bool(old) != bool(new):
            yield f"{'HEAD' if old else 'BASE'} logs no {word}"
    if base.x_axis != head.x_axis:
        yield f"the x axis is {base.x_axis!r} in BASE and {head.x_axis!r} in HEAD"
    for side, runs in (("BASE", group.base), ("HEAD", group.head)):
        live = [run.run for run in runs if run.live]
        if live:
            yield f"{side} was still being written ({', '.join(live[:3])})"
        level = level_of(runs[0], "train_loss")
        if level is not None and level.final is None:
            yield f"{side} ended without a finite train loss"


def _reasons(
    fail_on: Sequence[Condition],
    pairs: tuple[RunComparison, ...],
    new: tuple[FindingChange, ...],
    removed: tuple[RunDiagnosis, ...],
) -> Iterable[str]:
    fresh = [
        item
        for item in (*(change for pair in pairs for change in pair.findings), *new)
        if item.status in ("new", "worse") and not item.accepted and item.finding.confidence >= SURE_ENOUGH
    ]
    floors: tuple[tuple[Condition, Severity], ...] = (("new-warning", "warning"), ("new-critical", "critical"))
    bar = next((severity for condition, severity in floors if condition in fail_on), None)
    if bar is not None:
        bad = [item for item in fresh if SEVERITIES.index(item.finding.severity) >= SEVERITIES.index(bar)]
        if bad:
            kinds = ", ".join(sorted({item.finding.kind for item in bad}))
            yield f"{len(bad)} new {'finding' if len(bad) == 1 else 'findings'} at or above {bar} ({kinds})"
    for pair in pairs:
        for item in _regressed(pair, fail_on):
            said = _regression(LOSS_WORDS[item.metric], item.before, item.after, item.band)
            yield said if pair.name == "." else f"{pair.name}: {said}"
    if "missing-run" in fail_on and removed:
        names = ", ".join(run.run for run in removed[:5]) + (", ..." if len(removed) > 5 else "")
        yield f"{len(removed)} of BASE's runs missing in HEAD ({names})"


def _regressed(pair: RunComparison, fail_on: Sequence[Condition]) -> Iterable[MetricChange]:
    """The losses that rose by more than noise and that the gate looks at: the validation losses, or the one that
    decides; where the best validation loss has, the final one says nothing more."""
    asked = [pair.change(name) for name in ("val_loss_best", "val_loss")] if "val-regression" in fail_on else []
    asked += [pair.deciding] if "regression" in fail_on else []
    seen: list[MetricChange] = []
    for item in asked:
        if item is None or item.judgement != "worse" or item in seen:
            continue
        if item.metric != "val_loss" or not seen:
            seen.append(item)
    return seen


def _regression(word: str, before: float | None, after: float | None, band: float | None) -> str:
    if after is None or before is None or band is None or not math.isfinite(band):
        return f"the {word} is not finite any more"
    return f"the {word} rises from {figures.loss(before)} to {figures.loss(after)}, noise explains {band:.2g}"
