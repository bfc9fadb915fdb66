"""`loglens schema`: the contract of the JSON document."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click


@click.command("schema", short_help="Print the JSON Schema of `--format json`.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Output file instead of stdout.")
def command(output: Path | None) -> int:
    """Print the JSON Schema that every document of `loglens diagnose --format json` keeps.

    \b
    loglens schema -o diagnosis.schema.json
    """
    from loglens.cli.output import emit, write_output

    text = resources.files("loglens.model").joinpath("diagnosis.schema.json").read_text(encoding="utf-8")
    if output is None:
        emit(text)
    else:
        write_output(output, text)
        click.echo(f"Wrote {output}: JSON Schema of a diagnosis", err=True)
    return 0
