"""`loglens diagnose`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loglens.cli.group import EXIT_FINDINGS
from loglens.cli.options import fail_options, judging_options, options_from, path_options, paths_argument
from loglens.errors import LogLensError
from loglens.render import RENDERERS

if TYPE_CHECKING:
    from loglens.fleet.baseline import Baseline
    from loglens.model.diagnosis import Diagnosis

FORMATS = tuple(RENDERERS)
DEFAULT_PAGE = Path("loglens-report.html")
MANY = 50
"""Runs above which one page that holds them all would open slowly and be read by nobody."""


@click.command("diagnose", short_help="Say what went wrong, why, and which learning rate to use next.")
@paths_argument
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(FORMATS),
    help="Print this format instead of the summary and the page; html goes to a file.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Output file; its end (.xml, .sarif, .md, .json) chooses the format.",
)
@judging_options
@path_options
@fail_options
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Accepted findings: only others make the command fail.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Accept everything found: write it to this file and exit with 0.",
)
@click.option("--github-summary", is_flag=True, help="Also append the Markdown to $GITHUB_STEP_SUMMARY.")
def command(
    paths: tuple[Path, ...],
    format_: str | None,
    output: Path | None,
    fail_on: str | None,
    exit_zero: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    github_summary: bool,
    full_paths: bool,
    **judging: Any,
) -> int:
    """Diagnose every run under PATH: a log, a folder of logs, several of either, or - for standard input.

    Prints a summary and writes the page loglens-report.html (or -o FILE). With --format json, markdown, ... it prints
    that document instead, to stdout or to -o FILE; -o junit.xml, report.sarif, comment.md, ... choose it by their end.
    Above 50 runs the page is an index, and every run gets a page of its own in a folder beside it.

    \b
    loglens diagnose runs/bert-base
    loglens diagnose runs/ --format json -o diagnosis.json
    loglens diagnose log.csv --lr 3e-4 --schedule cosine:warmup=100 --map train_loss=total
    """
    from loglens import pipeline
    from loglens.cli import settings
    from loglens.cli.baselines import accept, accepted_in
    from loglens.cli.documents import kept_private
    from loglens.cli.output import progress_bar, protect

    said = settings.load()
    gate = fail_on or said.get("fail_on", "critical")
    accepted_path = baseline or said.get("baseline")
    accepted = accepted_in(accepted_path)
    options = options_from(said, **judging)
    with progress_bar("diagnosing") as progress:
        diagnosis = pipeline.diagnose(paths, options=options, progress=progress)
    protect([*paths, *(file for run in diagnosis.runs for file in run.files)])
    diagnosis = kept_private(diagnosis, full_paths=full_paths)
    _show(diagnosis, format_, output, fail_on=gate, baseline=accepted)
    if github_summary:
        from loglens.cli.github import append_summary

        append_summary(pipeline.render(diagnosis, "markdown"))
    if write_baseline is not None:
        accept(diagnosis, write_baseline, accepted_path)
        return 0
    return 0 if exit_zero or not fails(diagnosis, gate, accepted) else EXIT_FINDINGS


def _show(
    diagnosis: Diagnosis, format_: str | None, output: Path | None, *, fail_on: str, baseline: Baseline | None
) -> None:
    """The page and the summary, or the one document that was asked for."""
    from loglens.cli.documents import document, format_for, say_written
    from loglens.cli.output import PLAIN, emit, screen, write_output

    format_ = format_for(format_, output)
    if format_ in (None, "html"):
        show_page(diagnosis, output or DEFAULT_PAGE)
        return
    to = screen() if output is None else PLAIN
    text = document(diagnosis, format_, to=to, fail_on=fail_on, baseline=baseline)
    if output is None:
        emit(text)
    else:
        write_output(output, text)
        say_written(output, format_)


def show_page(diagnosis: Diagnosis, page: Path) -> None:
    """Write the page and print the summary; where the page cannot be written, the summary is not lost with it.

    Above 50 runs the page is an index, and each run has a page of its own beside it."""
    from loglens import pipeline
    from loglens.cli.output import write_output

    try:
        if len(diagnosis.runs) > MANY:
            from loglens.fleet.site import write_site

            write_site(diagnosis, page)
        else:
            write_output(page, pipeline.render(diagnosis, "html"))
    except LogLensError:
        print_summary(diagnosis, None)
        raise
    print_summary(diagnosis, page)


def print_summary(diagnosis: Diagnosis, page: Path | None) -> None:
    """The terminal summary, in colour and within the screen where a person looks at it. `page`: where the page is."""
    from loglens.cli.output import screen
    from loglens.render.terminal.report import TextReport

    to = screen()
    text = TextReport(colour=to.colour, width=to.width, height=to.height, page=str(page) if page else None).render(
        diagnosis
    )
    click.echo(text.rstrip("\n"), color=to.colour)


def fails(diagnosis: Diagnosis, fail_on: str, baseline: Baseline | None) -> bool:
    """Whether a finding is at or above `fail_on`; accepted findings and ones that are hardly sure do not count."""
    from loglens.model.finding import SEVERITIES

    if fail_on == "never":
        return False
    if baseline is not None:
        from loglens.cli.baselines import without_accepted

        diagnosis = without_accepted(diagnosis, baseline)
    bar = SEVERITIES.index(fail_on)
    return any(
        SEVERITIES.index(finding.severity) >= bar and finding.confidence >= 0.5
        for run in diagnosis.runs
        for finding in run.findings
    )
