"""`loglens ack`: a finding of the nightly is accepted, until a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from loglens.errors import SettingsError

DAYS = 30


@click.command("ack", short_help="Accept a finding of the nightly until a day.")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="The nightly's site.")
@click.option("--until", metavar="DATE", help="The last day, as 2026-12-31 (default: in 30 days).")
@click.option("--why", default="", help="What the next reader should know.")
@click.option("--by", help="Who says so (default: you).")
def command(ids: tuple[str, ...], out: Path, until: str | None, why: str, by: str | None) -> int:
    """Accept findings of `loglens nightly`: until that day they fail no night and nobody is told of them. They stay on
    the page, marked as accepted. ID is what the index page and nightly.json show.

    \b
    loglens ack 3f9a2c81d0 --out site/ --until 2026-12-31 --why "known: data loader of week 48"
    """
    import time

    from loglens.fleet.nightly.lock import whoami
    from loglens.fleet.nightly.night import HIDDEN
    from loglens.fleet.nightly.state import State

    path = out / HIDDEN / "state.sqlite"
    if not path.is_file():
        raise SettingsError(f"{out} is no site of a nightly: run loglens nightly ROOT --out {out} first")
    today = datetime.now(UTC).date()
    day = _day(until) if until else today + timedelta(days=DAYS)
    if day < today:
        raise SettingsError(f"--until {day} is over; give a day that is to come")
    with State(path) as state:
        known = {finding["id"]: finding for finding in state.findings()}
        unknown = [item for item in ids if item not in known]
        if unknown:
            raise SettingsError(f"no finding {', '.join(unknown)} in {out}: the ids are on its index page")
        with state.whole():
            for item in ids:
                state.ack(item, day.isoformat(), why, by or whoami(), time.time())
        for item in ids:
            click.echo(f"accepted until {day}: {known[item]['run']}, {known[item]['summary']}")
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"--until {text!r} is no day; write it as 2026-12-31") from error
