"""A diagnosis as the document a command was asked for, on the screen or for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglens.cli.output import Screen
    from loglens.fleet.baseline import Baseline
    from loglens.model.diagnosis import Diagnosis


def document(diagnosis: Diagnosis, format_: str, *, to: Screen, fail_on: str, baseline: Baseline | None) -> str:
    """The document in that format.

    JUnit and SARIF fail builds by themselves: they see what the gate sees, without accepted findings, and JUnit's
    failures begin at `fail_on`. Every other format shows everything.
    """
    from loglens import pipeline

    if format_ == "text":
        from loglens.render.terminal.report import TextReport

        return TextReport(colour=to.colour, width=to.width).render(diagnosis)
    if format_ in ("junit", "sarif") and baseline is not None:
        from loglens.fleet.baseline import apply_baseline

        diagnosis = apply_baseline(diagnosis, baseline)
    if format_ == "junit":
        from loglens.model.finding import SEVERITIES
        from loglens.render.machine.junit_report import JunitReport

        return JunitReport(fail_on=next((one for one in SEVERITIES if one == fail_on), None)).render(diagnosis)
    return pipeline.render(diagnosis, format_)
