"""Tables in HTML, as notebooks and what is made of them hold them: their rows as lines with bars."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

BEGINS, ENDS = b"<table", b"</table>"
LARGEST = 1 << 22
"""Bytes of a table that is looked at."""


class _Tables(HTMLParser):
    """The rows of all tables in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._row is not None and self._cell is not None:
            self._row.append(" ".join("".join(self._cell).split()).replace("|", "/"))
            self._cell = None
        elif tag == "tr" and self._row:
            self.lines.append(f"| {' | '.join(self._row)} |")
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)


def table_lines(html: str) -> list[str]:
    """The rows of the tables in it, their cells between bars."""
    parser = _Tables()
    parser.feed(html)
    return parser.lines


def holds_tables(text: bytes) -> bool:
    return BEGINS in text and b"<tr" in text


def with_tables(text: bytes) -> bytes:
    """The text with each table as lines with bars, and as many lines as before unless a line held several rows."""
    return b"".join(_pieces(text))


def _pieces(text: bytes) -> Iterator[bytes]:
    at = 0
    while (begin := text.find(BEGINS, at)) >= 0:
        end = text.find(ENDS, begin)
        end = len(text) if end < 0 else end + len(ENDS)
        yield text[at:begin]
        table = text[begin:end]
        rows = table_lines(table.decode("utf-8", errors="replace")) if len(table) <= LARGEST else []
        lines = table.count(b"\n")
        drawn = [row.encode() for row in rows]
        yield b"\n".join(drawn) + b"\n" * (lines - len(drawn) + 1) if drawn else table
        at = end
    yield text[at:]
