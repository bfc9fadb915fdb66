"""A diagnosis as the document a command was asked for, on the screen or for a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

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

        return JunitReport(fail_on=next((severity for severity in SEVERITIES if severity == fail_on), None)).render(
            diagnosis
        )
    if format_ == "sarif":
        from loglens.explain import finding_pages
        from loglens.render.machine.sarif_report import SarifReport

        return SarifReport(pages=finding_pages(), below=below_repository(Path.cwd())).render(diagnosis)
    return pipeline.render(diagnosis, format_)


SUFFIXES = {
    ".html": "html", ".htm": "html", ".json": "json", ".md": "markdown", ".sarif": "sarif", ".txt": "text",
    ".xml": "junit",
}  # fmt: skip
TITLES = {
    "html": "the page", "json": "the JSON document", "markdown": "a comment in Markdown", "sarif": "SARIF 2.1.0",
    "text": "the summary as text", "junit": "JUnit XML",
}  # fmt: skip


def format_for(format_: str | None, output: Path | None) -> str | None:
    """The format that was asked for, else the one the output's name ends in; None where neither says."""
    return format_ or (None if output is None else SUFFIXES.get(output.suffix.lower()))


def say_written(output: Path, format_: str) -> None:
    """One line on stderr: which file now holds what."""
    click.echo(f"Wrote {output}: {TITLES[format_]}", err=True)


def below_repository(folder: Path) -> str:
    """Where in its repository `folder` lies, '' at the top or outside of one: code scanning wants paths from there."""
    for above in (folder, *folder.parents):
        if (above / ".git").exists():
            return "" if above == folder else folder.relative_to(above).as_posix()
    return ""


def kept_private(diagnosis: Diagnosis, *, full_paths: bool) -> Diagnosis:
    """`diagnosis` as it may leave this machine: paths relative to where the command was given."""
    from loglens.model.places import relative

    return diagnosis if full_paths else relative(diagnosis, Path.cwd())
