"""What a finding is known by from one reading of a log to the next, though the log has grown meanwhile.

The kind, the role of its series and the region of its onset. A fault with a place (a spike, a jump, a resume) is named
by the eighth of an octave its place lies in, which a step or two more or less does not change; a fault of the whole run
by its kind alone, as its onset moves while the run goes on. Two of one region are counted.
"""

from __future__ import annotations

import hashlib
import math

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind

LOCATED: frozenset[FindingKind] = frozenset({"loss_spike", "lr_jump", "resume", "gradient_explosion", "non_finite"})
REGIONS_PER_OCTAVE = 8


def fingerprints(run: RunDiagnosis) -> tuple[str, ...]:
    """One for each finding of `run`, in their order; unique within the run."""
    roles = {series: role for role, series in run.roles.items() if series is not None}
    seen: dict[str, int] = {}
    marks: dict[int, str] = {}
    # in order of place: a later one like it must not change the number of an earlier one
    for at in sorted(range(len(run.findings)), key=lambda at: (run.findings[at].steps.start, at)):
        finding = run.findings[at]
        mark = f"{finding.kind} {roles.get(finding.series, finding.series)} {_region(finding)}"
        seen[mark] = seen.get(mark, 0) + 1
        again = "" if seen[mark] == 1 else f" {seen[mark]}"
        marks[at] = hashlib.sha256(f"{mark}{again}".encode("utf-8", "backslashreplace")).hexdigest()[:16]
    return tuple(marks[at] for at in range(len(run.findings)))


def _region(finding: Finding) -> str:
    if finding.kind not in LOCATED:
        return ""
    place = finding.peak_step if finding.peak_step is not None else finding.steps.start
    return str(math.floor(REGIONS_PER_OCTAVE * math.log2(1 + max(0, place))))
