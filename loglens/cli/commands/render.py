"""`loglens render`: draw a saved diagnosis again."""

from __future__ import annotations

from pathlib import Path

import click

from loglens.cli.commands.diagnose import DEFAULT_PAGE, FORMATS
from loglens.cli.options import FAIL_ON, path_options


@click.command("render", short_help="Render a saved diagnosis, in any format.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: as FILE ends; html, to a file.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Output file.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="critical", help="Where JUnit's failures begin.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Accepted findings, left out of junit and sarif.",
)
@path_options
def command(
    file: Path, format_: str | None, output: Path | None, fail_on: str, baseline: Path | None, full_paths: bool
) -> None:
    """Draw the diagnosis in FILE, saved with `diagnose --format json`, in another format.

    The page goes to loglens-report.html (or -o FILE), every other format to stdout (or -o FILE).

    \b
    loglens render diagnosis.json
    loglens render diagnosis.json --format markdown -o comment.md
    """
    from loglens.cli.baselines import accepted_in
    from loglens.cli.documents import document, format_for, kept_private, say_written
    from loglens.cli.output import PLAIN, emit, protect, screen, write_output
    from loglens.cli.saved import read_saved

    diagnosis = kept_private(read_saved(file), full_paths=full_paths)
    protect([file])
    format_ = format_for(format_, output) or "html"
    if format_ == "html":
        output = output or DEFAULT_PAGE
    to = screen() if output is None else PLAIN
    text = document(diagnosis, format_, to=to, fail_on=fail_on, baseline=accepted_in(baseline))
    if output is None:
        emit(text)
    else:
        write_output(output, text)
        say_written(output, format_)
