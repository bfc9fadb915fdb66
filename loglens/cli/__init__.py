"""The command line. One command a file; what they share is in `group.py` (exit codes), `options.py` and `output.py`."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `loglens` script."""
    if sys.stdout.isatty():
        # a person is looking: help in colour. Scripts and pipes get plain click, which starts in half the time.
        from rich_click import patch

        patch.patch()
    from loglens.cli.group import cli

    cli()
