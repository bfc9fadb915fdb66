"""How runs and results show themselves: a name for people, and a picture in a notebook.

The drawing lies in `loglens.render`, above this layer: it is reached by its name, and only when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path, PurePath
from typing import TypeVar

T = TypeVar("T")


def shown_name(run: str, source: str) -> str:
    """What a run is called in front of people: its path below what was read or, where that is the run itself ('.'),
    the name of its folder or file."""
    return run if run not in {"", "."} else PurePath(source).name or "run"


def counted(items: Iterable[object], noun: str) -> str:
    """`1 run`, `3 runs`; `series` stays as it is."""
    count = sum(1 for _ in items)
    return f"{count:,} {noun if count == 1 or noun.endswith('s') else noun + 's'}"


def picked(items: Sequence[T], which: int | str, names: Sequence[tuple[str, ...]]) -> T:
    """The item at that place or of that name. IndexError, KeyError with the names there are."""
    if isinstance(which, int):
        return items[which]
    found = [item for item, called in zip(items, names, strict=True) if which in called]
    if not found:
        there = ", ".join(called[-1] for called in names[:8]) + (", ..." if len(names) > 8 else "")
        raise KeyError(f"no run is called {which!r}; there are {there or 'none'}")
    return found[0]


class Displayed:
    """Shows itself as a small self-contained piece of HTML in a notebook, and whole by `show()`."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """At most 60 kB of HTML with one static chart; no script, nothing from the network."""
        html: str = import_module("loglens.render.notebook").cell(self)
        return html

    def show(self, path: str | Path | None = None) -> Path:
        """Write the whole page to `path` (a temporary file where none is given) and open it: below the cell in a
        notebook, else in the browser. Returns where the page lies."""
        written: Path = import_module("loglens.render.notebook").show(self, None if path is None else Path(path))
        return written
