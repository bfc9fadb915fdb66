"""`loglens export`: every point of a log, as one long table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglens.cli.options import parse_mapping, paths_argument, reading_options

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".parquet", ".csv", ".jsonl")


@click.command("export", short_help="Write every point of a log as one long table.")
@paths_argument
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"One of {', '.join(SUFFIXES)}.",
)
@click.option("--keep-rewritten", is_flag=True, help="Keep the points that a resume overwrote.")
@reading_options
def command(paths: tuple[Path, ...], output: Path, keep_rewritten: bool, mapping: tuple[str, ...]) -> int:
    """Write run, tag, step, wall_time and value, a row a point, with nothing sampled.

    Steps that a resume wrote again count once, with the later value; --keep-rewritten keeps the earlier ones too.

    \b
    loglens export runs/ -o points.parquet
    """
    import polars as pl

    from loglens import pipeline
    from loglens.cli.output import protect, say

    if output.suffix not in SUFFIXES:
        raise click.BadParameter(f"{output.name} must end in {', '.join(SUFFIXES)}", param_hint="-o")
    found = pipeline.read(paths, mapping=parse_mapping(mapping))
    protect([*paths, *(file for run in found.runs for file in run.files)])
    table = pl.concat([run.frame(keep_rewritten=keep_rewritten) for run in found.runs])
    _write(table, output)
    rewritten = sum(len(part.steps) for run in found.runs for part in run.rewritten)
    left_out = f"; {rewritten:,} points overwritten by a resume left out" if rewritten and not keep_rewritten else ""
    runs = "1 run" if len(found.runs) == 1 else f"{len(found.runs):,} runs"
    say(f"{len(table):,} points of {runs} in {output}{left_out}", err=True)
    for problem in found.problems:
        place = "" if problem.offset is None else f" (at {problem.offset})"
        say(f"problem: {problem.path}{place}: {problem.message}", err=True)
    return 0


def _write(table: pl.DataFrame, output: Path) -> None:
    import polars as pl

    from loglens.cli.output import check_output
    from loglens.errors import LogLensError
    from loglens.whole_file import whole_file

    check_output(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(output) as temporary:
            match output.suffix:
                case ".parquet":
                    with temporary.open("wb") as file:  # Polars takes no name that is no UTF-8
                        table.write_parquet(file)
                case ".csv":
                    with temporary.open("wb") as file:
                        table.write_csv(file)
                case _:
                    _write_json_lines(table, temporary)
    except (OSError, pl.exceptions.PolarsError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise LogLensError(f"cannot write {output}: {why}. Give another place with -o") from error


def _write_json_lines(table: pl.DataFrame, path: Path) -> None:
    """Non-finite values as the strings JSON readers agree on: a bare NaN would make the line invalid JSON."""
    import polars as pl

    value = pl.col("value")
    words = (
        pl.when(value.is_nan())
        .then(pl.lit("NaN"))
        .when(value == float("inf"))
        .then(pl.lit("Infinity"))
        .when(value == float("-inf"))
        .then(pl.lit("-Infinity"))
    )
    odd = value.is_nan() | value.is_infinite()
    plain = table.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    worded = table.with_columns(value=words).select(pl.struct(pl.all()).struct.json_encode()).to_series()
    lines = pl.DataFrame({"plain": plain, "worded": worded, "odd": table.select(odd.fill_null(False)).to_series()})
    text = lines.select(pl.when("odd").then("worded").otherwise("plain").alias("line")).to_series()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in text:
            file.write(line)
            file.write("\n")
