"""GitHub Actions: the job summary, a Markdown file that every step may append to."""

from __future__ import annotations

import os
from pathlib import Path

import click

from loglens.errors import LogLensError

VARIABLE = "GITHUB_STEP_SUMMARY"


def append_summary(markdown: str) -> None:
    """Append to the job's summary. Outside of GitHub Actions there is none, and a line on stderr says so.

    GitHub drops a step's whole summary beyond 1 MiB; a comment of ours has at most 60,000 characters.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        click.echo(f"--github-summary: {VARIABLE} is not set, nothing was appended", err=True)
        return
    try:
        with Path(name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown.rstrip("\n") + "\n\n")
    except OSError as error:
        raise LogLensError(f"cannot append to {name} ({VARIABLE}): {error.strerror}") from error
