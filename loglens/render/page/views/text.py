"""How much of a stranger's text the page shows."""

from __future__ import annotations

from loglens.render.printable import printable

NAME_LIMIT = 140
"""Characters of a run's or a series' name; the full name stands once, with the run's inputs."""


def shown(text: str, limit: int = NAME_LIMIT) -> str:
    return printable(text, limit)
