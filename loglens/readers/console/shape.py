"""The shape of a printed line: its words as a pattern with a group for each number, which reads all lines like it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from loglens.readers.console.values import BEYOND, LineValues

VALUE = (
    rb"(?:[-+]?(?:\d{1,3}(?:,\d{3})++(?:\.\d++)?|\d++(?:\.\d*+)?(?:[eE][-+]?\d++)?|\.\d++(?:[eE][-+]?\d++)?)"
    rb"|[-+]?(?i:nan|inf(?:inity)?))"
)


class NumberPlace(NamedTuple):
    """Where in a line a number stands and what it is: 'epoch', 'step', 'total', or the value of `name`."""

    start: int
    end: int
    kind: str
    name: str = ""
    scale: float = 1.0


COUNTERS = ("epoch", "step", "total")


@dataclass(frozen=True)
class LineShape:
    """A line's words around its numbers and what the numbers are, in the order in which they stand."""

    words: tuple[bytes, ...]
    places: tuple[NumberPlace, ...]

    @classmethod
    def of(cls, line: bytes, places: tuple[NumberPlace, ...]) -> LineShape:
        ends = (0, *(place.end for place in places))
        starts = (*(place.start for place in places), len(line))
        return cls(tuple(line[end:start] for end, start in zip(ends, starts, strict=True)), places)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        # a number is taken as it stands: other ways to cut digits would be tried in every combination
        first, *between = self.words
        words = [_loose(first), *(rb"\s++" if word.isspace() else _loose(word) for word in between[:-1])]
        return re.compile((b"((?>" + VALUE + b"))").join([*words, *map(_loose, between[-1:])]) + rb"\s*+\Z")

    @cached_property
    def _counters(self) -> tuple[tuple[int, int, float], ...]:
        """Of each counter which number it is, its place in COUNTERS, and its scale."""
        return tuple(
            (at, COUNTERS.index(place.kind), place.scale)
            for at, place in enumerate(self.places)
            if place.kind != "value"
        )

    @cached_property
    def _measured(self) -> tuple[tuple[int, float], ...]:
        """Of each number with a name which it is, and its scale."""
        return tuple((at, place.scale) for at, place in enumerate(self.places) if place.kind == "value")

    @cached_property
    def _plain_from(self) -> int | None:
        """From which number on all have names and no scale, where the counters stand before them."""
        behind = len(self._counters)
        plain = all(place.kind == "value" and place.scale == 1.0 for place in self.places[behind:])
        return behind if plain else None

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(place.name for place in self.places if place.kind == "value")

    def read(self, line: bytes) -> LineValues | None:
        found = self._pattern.match(line)
        return None if found is None else self.reading(found.groups())

    def reading(self, texts: tuple[bytes, ...]) -> LineValues | None:
        """The numbers at their places; None where a counter is no whole number."""
        counters: list[int | None] = [None, None, None]
        for at, kind, scale in self._counters:
            text = texts[at]
            if scale != 1.0 and text[:1].isdigit():  # 6.4 thousand
                text = b"%d" % round(min(float(text.replace(b",", b"")) * scale, float(BEYOND)))
            if not text.isdigit():
                text = text.replace(b",", b"")
                if not text.isdigit():
                    return None
            counters[kind] = count = int(text)
            if count > BEYOND:
                counters[kind] = BEYOND
        try:
            if self._plain_from is None:
                numbers = tuple([float(texts[at]) * scale for at, scale in self._measured])
            else:
                numbers = tuple(map(float, texts[self._plain_from :]))
        except ValueError:  # 1,234.5
            numbers = tuple([float(texts[at].replace(b",", b"")) * scale for at, scale in self._measured])
        return LineValues(counters[0], counters[1], counters[2], self._names, numbers)


def _loose(text: bytes) -> bytes:
    """A pattern for the text between two numbers: other digits (times, addresses) and other padding are the same."""
    parts = re.findall(rb"\d+|\s+|[^\d\s]+", text)
    spaces, digits = rb"\s*+", rb"\d++"
    return b"".join(
        digits if part[:1].isdigit() else spaces if part[:1].isspace() else re.escape(part) for part in parts
    )
