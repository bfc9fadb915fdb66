"""From rich's building blocks to plain text, the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


def printed(blocks: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """The blocks one below the other, no spaces at line ends, one newline at the end."""
    from io import StringIO

    from rich.console import Console

    # an environment of its own: NO_COLOR, COLUMNS and the like are the caller's to heed
    console = Console(
        file=StringIO(), width=width, color_system="standard" if colour else None, force_terminal=colour,
        no_color=not colour, highlight=False, markup=False, emoji=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    with console.capture() as capture:
        for block in blocks:
            console.print(block, soft_wrap=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def wrapped(text: Text, width: int, most: int | None) -> list[Text]:
    """`text` in lines of at most `width` columns; the last of `most` lines ends in an ellipsis where more follows."""
    from io import StringIO

    from rich.console import Console

    lines = list(text.wrap(Console(file=StringIO(), width=width, _environ={}), width))
    for line in lines:
        line.rstrip()
    if most is not None and len(lines) > most:
        lines = lines[:most]
        lines[-1].truncate(width - 2)
        lines[-1].append(" …")
    return lines


def hanging(text: Text, width: int, indent: int, most: int | None) -> list[Text]:
    """`text` in lines of which all but the first begin at column `indent`; at most `most` lines."""
    lines = wrapped(text, width, None)
    if len(lines) < 2 or most == 1:
        return wrapped(text, width, most)
    _, rest = text.divide([len(lines[0].plain) + 1])
    following = wrapped(rest, width - indent, None if most is None else most - 1)
    for line in following:
        line.pad_left(indent)
    return [lines[0], *following]
