"""`loglens render`: draw a saved diagnosis again."""

from __future__ import annotations

from pathlib import Path

import click

from loglens.cli.diagnose import DEFAULT_PAGE, FORMATS


@click.command("render", short_help="Draw a saved diagnosis again, in any format.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), default="html", help="Default: html, to a file.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write here.")
def command(file: Path, format_: str, output: Path | None) -> None:
    """Draw the diagnosis in FILE, saved with `diagnose --format json`, in another format.

    The page goes to loglens-report.html (or -o FILE), every other format to stdout (or -o FILE).

    \b
    loglens render diagnosis.json
    loglens render diagnosis.json --format markdown -o comment.md
    """
    from loglens import pipeline
    from loglens.cli.output import emit, screen, write_output
    from loglens.cli.saved import read_saved

    diagnosis = read_saved(file)
    if format_ == "html":
        output = output or DEFAULT_PAGE
    if output is not None:
        write_output(output, pipeline.render(diagnosis, format_))
        click.echo(f"Report: {output}", err=True)
    elif format_ == "text":
        from loglens.render.text_report import TextReport

        to = screen()
        emit(TextReport(colour=to.colour, width=to.width, height=to.height).render(diagnosis))
    else:
        emit(pipeline.render(diagnosis, format_))
