"""Findings that are alike, as one: forty spikes are a line with their count, their range and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglens.model.finding import SEVERITIES, Finding, Severity, worst_first
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan
from loglens.render import words

ALIKE = 3
"""Findings of one kind from which they are told together."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """`findings`: of one kind, the worst first; `steps`: from the first to the last of them."""

    findings: tuple[Finding, ...]
    steps: StepSpan

    @property
    def worst(self) -> Finding:
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        return self.worst.severity

    @property
    def summary(self) -> str:
        """A single finding's own sentence; of several, how many there are and the worst one's."""
        if len(self.findings) == 1:
            return self.worst.summary
        by = [
            f"{many} {severity}"
            for severity in reversed(SEVERITIES)
            if (many := sum(finding.severity == severity for finding in self.findings)) and many < len(self.findings)
        ]
        counts = f" ({', '.join(by)})" if by else ""
        kind = words.lowered(words.kind_title(self.worst.kind))
        return f"{len(self.findings)} × {kind}{counts}; the worst: {self.worst.summary}"


def grouped(findings: Iterable[Finding]) -> tuple[FindingGroup, ...]:
    """The worst group first; fewer than `ALIKE` findings of a kind stay apart."""
    ranked = worst_first(findings)
    kinds: dict[FindingKind, list[Finding]] = {}
    for item in ranked:
        kinds.setdefault(item.kind, []).append(item)
    groups: list[FindingGroup] = []
    for item in ranked:
        alike = kinds[item.kind]
        if len(alike) < ALIKE:
            groups.append(FindingGroup((item,), item.steps))
        elif alike[0] is item:
            span = StepSpan(start=min(each.steps.start for each in alike), end=max(each.steps.end for each in alike))
            groups.append(FindingGroup(tuple(alike), span))
    return tuple(groups)
