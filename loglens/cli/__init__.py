"""The command line. One command a file; what they share is in `group.py` (exit codes), `options.py` and `output.py`."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main() -> None:
    """Entry point of the `loglens` script."""
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
