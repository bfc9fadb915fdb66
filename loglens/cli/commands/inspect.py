"""`loglens inspect`: what would be read, before any verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from loglens.cli.options import parse_mapping, paths_argument, reading_options
from loglens.model.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loglens.model.run import RoleChoice, Run, Series

SHOWN = 30


@click.command("inspect", short_help="Show what would be read: series, roles, repairs.")
@paths_argument
@click.option("--all", "show_all", is_flag=True, help=f"Every series, not only the first {SHOWN} of a run.")
@reading_options
def command(paths: tuple[Path, ...], show_all: bool, mapping: tuple[str, ...]) -> int:
    """Show each run under PATH: its series, which one plays which role and which were passed over, and every repair.

    \b
    loglens inspect runs/bert-base
    """
    from loglens import pipeline
    from loglens.cli.output import say

    found = pipeline.read(paths, mapping=parse_mapping(mapping))
    for place, run in enumerate(found.runs):
        if place:
            click.echo()
        for line in describe(run, limit=None if show_all else SHOWN):
            say(line)
    for problem in found.problems:
        at = "" if problem.offset is None else f" (at {problem.offset})"
        click.echo()
        say(f"problem: {problem.path}{at}: {problem.message}")
    return 0


def describe(run: Run, *, limit: int | None) -> Iterator[str]:
    """One run in lines of text."""
    yield f"{run.title}  [{run.format}{', still being written' if run.live else ''}]"
    yield f"  x axis: {run.x_axis}; files: {len(run.files)}"
    yield "  roles"
    width = max((len(choice.role) for choice in run.roles), default=0)
    for choice in run.roles:
        yield from _role(choice, width, limit)
    yield from _series_table(run.series[: limit or None])
    if limit is not None and len(run.series) > limit:
        yield f"    ... and {len(run.series) - limit} more series (--all shows them)"
    for rewind in run.rewinds:
        yield (
            f"  resume: at step {rewind.resumed_at} after {rewind.last_step} ({rewind.how}), "
            f"{rewind.rewritten} points written again"
        )
    if run.starts_late:
        yield "  the log begins late: it does not hold the start of the training"
    yield from _events(run, limit)
    places = Places(Path.cwd(), (Path(run.source),))
    for note in run.notes:
        where = f"{places.path(note.path)}{'' if note.offset is None else f' at {note.offset}'}: " if note.path else ""
        yield f"  {note.kind}: {where}{note.message}"
    for name, value in run.config.items():
        yield f"  config: {name} = {value}"


def _events(run: Run, limit: int | None) -> Iterator[str]:
    """What the log says in words, in its order."""
    for event in run.events[: limit or None]:
        at = "before the first step" if event.step is None else f"at step {event.step}"
        line = "" if event.line is None else f", line {event.line}"
        yield f"  event: {event.kind.replace('_', ' ')} {at}{line}: {event.text}"
    if limit is not None and len(run.events) > limit:
        yield f"    ... and {len(run.events) - limit} more events (--all shows them)"


def _role(choice: RoleChoice, width: int, limit: int | None) -> Iterator[str]:
    """The series chosen and the next best, each with its reason, and what else was passed over."""
    chosen = "none" if choice.series is None else repr(choice.series)
    yield f"    {choice.role:<{width}}  {chosen}{f'  ({choice.reason})' if choice.reason else ''}"
    if choice.doubt:
        yield f"    {'':<{width}}  doubtful: {choice.doubt}"
    for place, other in enumerate(choice.passed_over[: limit or None]):
        word = "next best" if place == 0 and choice.series is not None else "passed over"
        yield f"    {'':<{width}}  {word} {other.series!r}: {other.reason}"


def _series_table(series: tuple[Series, ...]) -> Iterator[str]:
    name = min(60, max([6, *(len(item.tag) for item in series)]))
    yield f"  series{'':{name - 2}}{'points':>9} {'non-finite':>10} {'first':>10} {'last':>10}  value"
    for item in series:
        bad = len(item) - int(np.count_nonzero(item.finite))
        ends = (
            f"{item.steps[0]:>10} {item.steps[-1]:>10}  {item.values[0]:.6g} → {item.values[-1]:.6g}"
            if len(item)
            else ""
        )
        yield f"    {item.tag:<{name}}{len(item):>9} {bad:>10} {ends}"
