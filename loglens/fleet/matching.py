"""Whether two findings of two logs are the same one: the same kind, in the same series, at about the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Severity
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan

SLACK = 0.02
"""How far a finding may move, as a share of the run's length, before it counts as another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingMark:
    """What a finding is recognised by. `place`: the role its series plays, so that renaming a series changes nothing;
    the series' own name where it plays none."""

    kind: FindingKind
    place: str
    span: StepSpan
    severity: Severity


def marks(run: RunDiagnosis) -> tuple[FindingMark, ...]:
    """One mark for each finding of `run`, in their order."""
    roles = {series: role for role, series in run.roles.items() if series is not None}
    return tuple(
        FindingMark(
            kind=finding.kind,
            place=roles.get(finding.series, finding.series),
            span=finding.steps,
            severity=finding.severity,
        )
        for finding in run.findings
    )


def slack(run: RunDiagnosis) -> float:
    """Steps by which two spans may miss each other: a share of the run, and at least two logging intervals."""
    length = run.last_step - run.first_step
    return max(SLACK * length, 2 * length / max(1, run.points))


def pair_up(before: Sequence[FindingMark], after: Sequence[FindingMark], slack_steps: float) -> dict[int, int]:
    """Index of `after` -> index of `before`. One to one, the closest first: a second spike beside an old one is new."""
    candidates = sorted(
        (abs(old.span.start - new.span.start) + abs(old.span.end - new.span.end), at, was)
        for at, new in enumerate(after)
        for was, old in enumerate(before)
        if old.kind == new.kind and old.place == new.place and _gap(old.span, new.span) <= slack_steps
    )
    paired: dict[int, int] = {}
    taken: set[int] = set()
    for _, at, was in candidates:
        if at not in paired and was not in taken:
            paired[at] = was
            taken.add(was)
    return paired


def _gap(span: StepSpan, other: StepSpan) -> int:
    """Steps between two spans, 0 where they touch."""
    return max(0, span.start - other.end, other.start - span.end)
