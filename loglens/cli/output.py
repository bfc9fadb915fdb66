"""Where output goes: one place writes files, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loglens.errors import LogLensError
from loglens.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Progress = Callable[[int, int, str], None]
"""Called with how many runs are done, how many there are, and what is at work."""


_READ: set[tuple[int, int]] = set()


def protect(paths: Iterable[str | Path]) -> None:
    """Files that were read: no output is written over them, by whatever name it is given."""
    for path in paths:
        try:
            found = Path(path).stat()
        except OSError:
            continue
        _READ.add((found.st_dev, found.st_ino))


def check_output(path: Path) -> None:
    """LogLensError where `path` is a file that was read."""
    try:
        found = path.stat()
    except OSError:
        return
    if (found.st_dev, found.st_ino) in _READ:
        raise LogLensError(f"{path} is what was read, and is not written over. Give another place with -o")


def write_output(path: Path, text: str) -> None:
    """Write to a temporary name and rename: whoever reads the file meanwhile sees the old one or the whole new one.
    Half a surrogate, as in the name of a folder that is no UTF-8, is written as its escape. An address such as
    `s3://bucket/report.html` is written there."""
    from loglens.remote.places import is_remote

    if is_remote(path):
        from loglens.remote.upload import upload_text

        upload_text(path, text)
        return
    check_output(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mask = os.umask(0)
        os.umask(mask)
        write_whole(path, text, mode=0o666 & ~mask)
    except OSError as error:
        raise LogLensError(f"cannot write {path}: {error.strerror}. Give another place with -o") from error


STDOUT_CLOSED = "LOGLENS_STDOUT_CLOSED"
"""Set, within the process, where it was started without a standard output."""
PIPE_WIDTH = 100
"""Columns of a text that goes to a file or another program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What stdout can show. `height`: lines a summary may take so that the command above it and the prompt below it
    stay in sight; None where nobody's screen limits it."""

    colour: bool
    width: int
    height: int | None


PLAIN = Screen(colour=False, width=PIPE_WIDTH, height=None)


def screen() -> Screen:
    """The terminal, in colour unless NO_COLOR is set or it cannot; a pipe or a file gets `PLAIN`."""
    import shutil
    import sys

    if not sys.stdout.isatty():
        return PLAIN
    size = shutil.get_terminal_size((PIPE_WIDTH, 24))
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(colour=colour, width=size.columns, height=size.lines - 2)


def emit(text: str) -> None:
    """Print a document to stdout, exactly one newline at its end."""
    if STDOUT_CLOSED in os.environ:
        raise LogLensError("standard output is closed; write the document to a file with -o FILE")
    click.echo(text.rstrip("\n"))


def say(text: str, *, err: bool = False) -> None:
    """Print lines that hold names, values or messages out of a log: nothing in them can drive a terminal."""
    from loglens.render.printable import printable

    click.echo("\n".join(map(printable, text.split("\n"))), err=err)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress | None]:
    """A progress bar on stderr, where a person looks at it; it shows only once the work has taken a second."""
    import sys
    import time

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from loglens.render.printable import printable

    began = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None)
    shown = False

    def report(done: int, total: int, what: str) -> None:
        nonlocal shown
        if not shown and time.monotonic() - began > 1:
            bar.start()
            shown = True
        bar.update(task, completed=done, total=total, description=escape(printable(f"{title} {what}", 50)))

    try:
        yield report
    finally:
        if shown:
            bar.stop()
