"""`loglens watch`: a live run, with an alert as soon as something is wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loglens.cli.group import EXIT_FINDINGS
from loglens.cli.options import judging_options, options_from

if TYPE_CHECKING:
    from rich.console import Group

    from loglens.fleet.watch import Watcher, WatchEvent
    from loglens.model.diagnosis import RunDiagnosis


@click.command("watch", short_help="Follow a run while it trains, and say so as soon as something is wrong.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--every", type=click.FloatRange(0.05), default=0.5, help="Seconds between two looks (default: 0.5).")
@click.option("--silence", type=click.FloatRange(0), help="Seconds without a point after which the run has ended.")
@click.option("--sure", type=click.FloatRange(0, 1), default=0.8, help="Confidence an alert needs (default: 0.8).")
@click.option("--stop-on-alert", is_flag=True, help="Exit with 1 at the first critical alert, for a script to act on.")
@click.option("--notify", multiple=True, metavar="URL", help="Send alerts there too. Repeatable; see README.")
@judging_options
def command(
    run: Path,
    every: float,
    silence: float | None,
    sure: float,
    stop_on_alert: bool,
    notify: tuple[str, ...],
    **judging: Any,
) -> int:
    """Follow the log RUN (a file or a folder) as it grows. In a terminal a live view, elsewhere a line an alert.

    Ends when the run does: no new point for ten minutes, or twenty times its usual interval. Exits with 1 where an
    alert was critical.

    \b
    loglens watch runs/now
    loglens watch runs/now --stop-on-alert || scancel $JOB
    """
    from loglens.cli import settings
    from loglens.fleet.watch import Watcher

    watcher = Watcher(
        path=run, options=options_from(settings.load(), **judging), every=every, sure=sure, silence=silence
    )
    critical = False
    with _here(watcher), _view() as show:
        for event in watcher.events():
            show(event)
            if event.kind == "alert" and event.finding is not None:
                _notify(notify, event)
                if event.finding.severity == "critical":
                    critical = True
                    if stop_on_alert:
                        return EXIT_FINDINGS
    return EXIT_FINDINGS if critical else 0


@contextmanager
def _here(watcher: Watcher) -> Iterator[None]:
    """A run in a bucket is followed through its mirror, which is brought up to date before each look."""
    from loglens.remote import fetched, is_remote

    if not is_remote(watcher.path):
        yield
        return
    from loglens.readers.runs.elsewhere import is_wanted

    with fetched(watcher.path, is_wanted) as (local, mirror):

        def pause(seconds: float) -> None:
            time.sleep(seconds)
            mirror.refresh()

        watcher.path, watcher.pause = local, pause
        yield


def line(event: WatchEvent) -> str:
    """An event for a log or a pipe; '' for one that says nothing new there."""
    from loglens.render import words

    if event.kind == "alert" and event.run is not None and event.finding is not None:
        run, finding = event.run, event.finding
        cause = f"{words.cause_title(run.cause.cause)} ({run.cause.probability:.0%})"
        return (
            f"{finding.severity}: {words.run_name(run)} at step {run.last_step:,}: {finding.summary} Likely: {cause}; "
            f"do: {words.advice_line(run)}"
        )
    return f"{event.kind}: {event.message}" if event.kind in ("restarted", "ended", "waiting") else ""


class _view:  # noqa: N801 (used as a function)
    """Lines where nobody looks at a terminal; there, the run as it stands, redrawn in place."""

    def __enter__(self) -> Any:
        self._last = ""
        self._alerts: list[str] = []
        if not sys.stdout.isatty():
            return self._line
        from rich.live import Live

        self._live = Live(auto_refresh=False)
        self._live.start()
        return self._draw

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_live"):
            self._live.stop()

    def _line(self, event: WatchEvent) -> None:
        text = line(event)
        if text and text != self._last:
            self._last = text
            click.echo(text)
            sys.stdout.flush()

    def _draw(self, event: WatchEvent) -> None:
        text = line(event)
        if event.kind == "alert":
            self._alerts.append(text)
        if event.run is not None:
            self._live.update(picture(event.run, self._alerts[-5:]), refresh=True)
        elif text:
            self._live.console.print(text)


def picture(run: RunDiagnosis, alerts: list[str]) -> Group:
    """The run as it stands: verdict so far, the loss and the rate as curves, the latest alerts."""
    from rich.console import Group
    from rich.text import Text

    from loglens.render import numbers, words
    from loglens.render.terminal.run import STYLES
    from loglens.render.terminal.sparkline import sparkline

    lines = [
        Text.assemble(
            (words.verdict_title(run.verdict), STYLES[run.verdict]),
            f" so far: {words.run_name(run)}, step {run.last_step:,}. {words.cause_title(run.cause.cause)}, "
            f"{numbers.percent(run.cause.probability)}",
        )
    ]
    for role in ("train_loss", "val_loss", "learning_rate"):
        curve = run.curve(role)
        if curve is not None and len(curve.steps):
            drawn = sparkline(curve, width=60, first=run.first_step, last=max(run.last_step, run.first_step + 1))
            value = numbers.lr if role == "learning_rate" else numbers.sig
            lines.append(Text(f"{words.role_title(role):<18} {drawn} {value(float(curve.values[-1]))}"))
    lines += [Text(alert, style="bold red" if alert.startswith("critical") else "yellow") for alert in alerts]
    return Group(*lines)


def _notify(channels: tuple[str, ...], event: WatchEvent) -> None:
    if not channels or event.run is None or event.finding is None:
        return
    from loglens.fleet.nightly.digest import alert
    from loglens.fleet.nightly.notify import delivered

    for channel in channels:
        delivered(channel, alert(event.run, event.finding), say=lambda text: click.echo(text, err=True))
