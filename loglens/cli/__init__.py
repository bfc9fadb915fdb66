"""The command line: one command a file in `commands/`, exit codes in `group.py`, what they share beside it."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

EXIT_INTERRUPTED, EXIT_TERMINATED = 130, 143


def main() -> None:
    """Entry point of the `loglens` script. Ctrl-C and SIGTERM end it in good order from here on, imports included: no
    traceback, and no temporary file is left."""
    try:
        signal.signal(signal.SIGTERM, _terminated)
        _main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        _leave()
    except SystemExit as ending:
        if ending.code == EXIT_INTERRUPTED:
            _leave()
        raise


def _main() -> None:
    _with_streams()
    for stream in (sys.stdout, sys.stderr):
        # names come from strangers' files: a pipe in another encoding must not turn one of them into a crash
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if sys.stdout.isatty():
        # a person is looking: help in colour. Scripts and pipes get plain click, which starts in half the time.
        from rich_click import patch

        patch.patch()
    from loglens.cli.group import cli

    cli()


def _leave() -> NoReturn:
    """Ends the program at once: what was open is closed by now, and where the interpreter itself saw the interrupt in
    code that it was compiling, it would end by the signal instead of with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(EXIT_INTERRUPTED)


def _with_streams() -> None:
    """Something to write to where the program was started with standard streams closed (`>&-`): the next file that is
    opened would otherwise get their numbers, and be written into."""
    while True:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            break
    if sys.stdout is None:
        from loglens.cli.output import STDOUT_CLOSED

        os.environ[STDOUT_CLOSED] = "1"
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 (for as long as the program runs)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def _terminated(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature of a signal handler
    sys.exit(EXIT_TERMINATED)
