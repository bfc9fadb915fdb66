"""`loglens nightly`: every run under a folder that changed since last night, and what that means this morning."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loglens.cli.group import EXIT_FINDINGS, EXIT_USAGE
from loglens.cli.options import judging_options, options_from

if TYPE_CHECKING:
    from loglens.fleet.nightly.night import Plan
    from loglens.fleet.nightly.report import Report


@click.command("nightly", short_help="Judge every run that changed since last night; index, pages, message.")
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where the site goes.")
@click.option("--rebuild", is_flag=True, help="Judge everything again, whatever was judged before.")
@click.option("--keep-nights", type=click.IntRange(2), help="Nights whose counts are kept (default: 90).")
@click.option("--notify", multiple=True, metavar="URL", help="Tell this channel what changed. Repeatable; see README.")
@click.option("--base-url", default="", metavar="URL", help="Where the site can be seen, for links in messages.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is new.")
@click.option("--log-json", is_flag=True, help="Lines of JSON on stderr instead of sentences.")
@judging_options
def command(
    root: Path,
    out: Path,
    rebuild: bool,
    keep_nights: int | None,
    notify: tuple[str, ...],
    base_url: str,
    exit_zero: bool,
    log_json: bool,
    **judging: Any,
) -> int:
    """Judge every run under ROOT that changed since the last time, and write a site into the folder --out: index.html,
    a page a run, nightly.json, and loglens.prom for Prometheus.

    Exits with 1 where a critical finding is new, with 2 where nothing could be judged. What is known from one night to
    the next lies in OUT/.loglens.

    \b
    loglens nightly runs/ --out site/
    loglens nightly runs/ --out site/ --backend dask --address tcp://scheduler:8786
    """
    from loglens.cli.output import progress_bar, say
    from loglens.fleet.nightly.night import night

    plan = _plan(root, out, rebuild, keep_nights, notify, base_url, judging)
    with progress_bar("judging") as progress:
        report = night(plan, say=json_line if log_json else _line, progress=progress)
    if log_json:
        json_line("told", night=report.night, new_critical=report.new_critical, **report.counts)
    say(summary(report, out))
    if not report.counts["runs"]:
        return EXIT_USAGE
    return EXIT_FINDINGS if report.new_critical and not exit_zero else 0


def _plan(
    root: Path,
    out: Path,
    rebuild: bool,
    keep_nights: int | None,
    notify: tuple[str, ...],
    base_url: str,
    judging: dict[str, Any],
) -> Plan:
    """Flags over `loglens.toml` over defaults."""
    from loglens.cli import settings
    from loglens.fleet.nightly.night import KEEP_NIGHTS, Plan
    from loglens.fleet.nightly.notify import check_channels
    from loglens.fleet.nightly.owners import nightly_settings
    from loglens.parallel import Workers

    said = settings.load()
    options = options_from(said, **judging)
    workers = Workers(
        jobs=options.jobs,
        backend=options.backend,
        address=options.address,
        run_timeout=options.run_timeout,
        run_memory=options.run_memory,
    )
    own = nightly_settings(said.get("nightly", {}))
    for channel in check_channels((*notify, *own.notify, *(url for owner in own.owners for url in owner.notify))):
        raise click.BadParameter(f"{channel!r} is no address such as https://… or mailto://…", param_hint="--notify")
    return Plan(
        root=root,
        out=out,
        options=options,
        workers=workers,
        rebuild=rebuild,
        keep_nights=keep_nights or own.keep_nights or KEEP_NIGHTS,
        settings=replace(own, notify=(*own.notify, *notify)),
        base_url=base_url,
    )


def _line(text: str) -> None:
    from loglens.cli.output import say

    say(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}", err=True)


def json_line(text: str, **fields: Any) -> None:
    """A line of JSON on stderr: `at`, `message`, and the fields."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    click.echo(json.dumps({"at": at, "message": text, **fields}), err=True)


def summary(report: Report, out: Path) -> str:
    """The morning in a few lines."""
    from loglens.render import numbers

    counts = report.counts
    first = (
        f"Night {report.night}: {counts['runs']:,} runs, {counts['critical']:,} critical, "
        f"{counts['warning']:,} warning, "
        f"{counts['healthy']:,} healthy; {numbers.counted(counts['unreadable'], 'place')} unreadable"
    )
    second = (
        f"Findings: {counts['new']:,} new, {counts['worse']:,} worse, {counts['fixed']:,} fixed, "
        f"{counts['standing']:,} standing. Runs: {counts['running']:,} running, {counts['stalled']:,} stalled"
    )
    lines = [first, second]
    for group in report.index.groups[:5]:
        shared = f", {group.shared}" if group.shared else ""
        place = "" if group.sweep == "." else f" in {group.sweep}"
        many = len(group.members)
        worst = f", worst {report.index.rows[group.members[0]].run}" if many > 1 else ""
        lines.append(f"  {many:,} × {group.cause}{place}{shared}{worst}: {group.advice}")
    return "\n".join([*lines, f"{out / 'index.html'}"])
