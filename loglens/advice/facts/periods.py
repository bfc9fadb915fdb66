"""Facts about what comes back with the epochs: the same order of the data, or stairs of what is remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loglens.advice.facts import say
from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding


def period_facts(findings: Sequence[Finding]) -> Iterator[Fact]:
    """`findings`: what the detectors saw. A pattern that is no more than a note to them is none to go by: batches of
    unlike lengths, or a log that takes turns, repeat themselves as well."""
    for finding in findings:
        if finding.kind != "periodic_pattern":
            continue
        stairs = any(item.name == "form" and item.value == "stairs" for item in finding.evidence)
        if stairs or finding.severity != "info":
            kind: FactKind = "epoch_stairs" if stairs else "repeats"
            yield say.fact(kind, finding.summary, finding.steps.start, finding.steps.end, finding.series)
