"""What the lines of a log say, packed: the names once for all lines that have the same, the numbers in arrays.

A tuple of names with numbers takes some 600 bytes a line; packed it takes 8 a number and 20 for the line.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray
from loglens.readers.console.bars import Frame
from loglens.readers.contract.base import Column
from loglens.readers.contract.points import INT64

NOWHERE = -INT64
"""In an array of steps: this line has none, or one that no 64-bit integer holds."""
BEYOND = INT64 - 1
"""What a counter that no 64-bit integer holds is read as."""


class LineValues(NamedTuple):
    """A line: the counters it holds (`total`: how many steps the step is out of), and its names with numbers.

    `bar`: the frame of a progress bar, else None.
    """

    epoch: int | None
    step: int | None
    total: int | None
    names: tuple[str, ...]
    numbers: tuple[float, ...]
    bar: Frame | None = None

    @property
    def values(self) -> tuple[tuple[str, float], ...]:
        return tuple(zip(self.names, self.numbers, strict=True))


Numbered = tuple[int, LineValues]
"""The number of a line, from 1, and what it says."""


def _counts() -> array[int]:
    return array("q")


@dataclass(slots=True, eq=False)
class Block:
    """The lines that have the same names and counters, in their order; arrays of what they do not have stay empty.

    `held_out`: whether they are frames of a test's bar, None where they draw no bar.
    """

    place: int  # among all blocks
    names: tuple[str, ...]
    held_out: bool | None
    count: int = 0
    epochs: array[int] = field(default_factory=_counts)
    steps: array[int] = field(default_factory=_counts)
    totals: array[int] = field(default_factory=_counts)
    bars_done: array[int] = field(default_factory=_counts)
    bars_total: array[int] = field(default_factory=_counts)
    numbers: tuple[array[float], ...] = field(init=False)  # of each name

    def __post_init__(self) -> None:
        self.numbers = tuple(array("d") for _ in self.names)

    def __iter__(self) -> Iterator[LineValues]:
        rows: Iterable[tuple[float, ...]] = zip(*self.numbers, strict=True) if self.names else repeat(())
        epochs, steps, totals = (item or repeat(None, self.count) for item in (self.epochs, self.steps, self.totals))
        return map(LineValues, epochs, steps, totals, repeat(self.names), rows, self._frames())

    def _frames(self) -> Iterator[Frame | None]:
        if self.held_out is None:
            return repeat(None)
        return map(Frame, self.bars_done, self.bars_total or repeat(None), repeat(self.held_out), repeat(b""))

    def add(self, reading: LineValues) -> None:
        epoch, step, total, _, numbers, bar = reading
        if epoch is not None:
            self.epochs.append(epoch)
        if step is not None:
            self.steps.append(step)
        if total is not None:
            self.totals.append(total)
        if bar is not None:
            self.bars_done.append(bar.done)
            if bar.total is not None:
                self.bars_total.append(bar.total)
        for column, number in zip(self.numbers, numbers, strict=True):
            column.append(number)
        self.count += 1


_PARTS = ("epochs", "steps", "totals", "bars_done", "bars_total")


def _again(kind: str, numbers: NDArray[Any]) -> array[Any]:
    return array(kind, numbers.tobytes())


class Readings:
    """Readings with the numbers of their lines, in order. Going through them makes each anew."""

    def __init__(self, readings: Iterable[Numbered] = ()) -> None:
        self._blocks: dict[tuple[object, ...], Block] = {}
        self._lines = array("q")
        self._places = array("i")  # the block of each line
        for number, reading in readings:
            self.append(number, reading)

    def append(self, number: int, reading: LineValues) -> None:
        epoch, step, total, names, _, bar = reading
        frame = None if bar is None else (bar.held_out, bar.total is None)
        kind = (names, epoch is None, step is None, total is None, frame)
        block = self._blocks.get(kind)
        if block is None:
            block = Block(len(self._blocks), names, None if bar is None else bar.held_out)
            self._blocks[kind] = block
        block.add(reading)
        self._lines.append(number)
        self._places.append(block.place)

    def packed(self) -> tuple[list[list[Any]], dict[str, NDArray[Any]]]:
        """What the blocks are, as plain JSON, and all numbers; `unpacked` makes the same readings of it."""
        kinds, arrays = [], {"lines": np.array(self._lines), "places": np.array(self._places)}
        for (names, *without, frame), block in self._blocks.items():
            kinds.append([names, without, frame, block.count])
            for part in _PARTS:
                if numbers := getattr(block, part):
                    arrays[f"{part}{block.place}"] = np.array(numbers)
            for at, numbers in enumerate(block.numbers):
                arrays[f"numbers{block.place}.{at}"] = np.array(numbers)
        return kinds, arrays

    @classmethod
    def unpacked(cls, kinds: Sequence[Sequence[Any]], arrays: Mapping[str, NDArray[Any]]) -> Readings:
        """Readings to which more can be added. Raises KeyError and the like where it is not what `packed` made."""
        readings = cls()
        readings._lines, readings._places = _again("q", arrays["lines"]), _again("i", arrays["places"])
        for place, (names, without, frame, count) in enumerate(kinds):
            block = Block(place, tuple(names), None if frame is None else frame[0], count)
            for part in _PARTS:
                if (numbers := arrays.get(f"{part}{place}")) is not None:
                    setattr(block, part, _again("q", numbers))
            block.numbers = tuple(_again("d", arrays[f"numbers{place}.{at}"]) for at in range(len(names)))
            readings._blocks[(block.names, *without, None if frame is None else tuple(frame))] = block
        return readings

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Numbered]:
        made = [iter(block) for block in self.blocks]
        return ((number, next(made[place])) for number, place in zip(self._lines, self._places, strict=True))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """In the order of their first lines."""
        return tuple(self._blocks.values())

    @property
    def lines(self) -> IntArray:
        """(n,) the number of each line."""
        return np.frombuffer(self._lines, dtype=np.int64) if self._lines else np.empty(0, dtype=np.int64)

    @property
    def block_places(self) -> Sequence[int]:
        """(n,) which of `blocks` each reading is in."""
        return self._places

    def split(self) -> list[tuple[Block, NDArray[np.intp]]]:
        """The blocks, each with which of the readings are its own (block.count,)."""
        blocks = self.blocks
        if not blocks:
            return []
        order = np.argsort(np.frombuffer(self._places, dtype=np.int32), kind="stable")
        ends = np.cumsum([block.count for block in blocks])
        return list(zip(blocks, np.split(order, ends[:-1]), strict=True))

    def spread(self, values_of: Callable[[Block], IntArray | bool], dtype: type[np.generic]) -> NDArray[Any]:
        """(n,) what each reading has, out of what each block's readings have, `values_of(block)`."""
        spread = np.empty(len(self), dtype=dtype)
        for block, at in self.split():
            spread[at] = values_of(block)
        return spread

    def columns(self, steps: IntArray, tags_of: Callable[[Block], tuple[str, ...]], axis: str) -> tuple[Column, ...]:
        """One column a tag, in the order in which tags first appear. `steps` (n,): that of each reading, NOWHERE for
        those that are left out. `tags_of`: what a block's names are called."""
        shown = steps != NOWHERE
        blocks = [(block, at, shown[at]) for block, at in self.split() if bool(np.any(shown[at]))]
        parts: dict[str, list[ValuePart]] = {}
        for block, at, kept in sorted(blocks, key=lambda block: int(block[1][np.argmax(block[2])])):
            whole = bool(np.all(kept))
            here = at if whole else at[kept]
            own = steps if len(here) == len(self) else steps[here]
            for tag, numbers in zip(tags_of(block), block.numbers, strict=True):
                values = np.frombuffer(numbers, dtype=np.float64)
                parts.setdefault(tag, []).append(ValuePart(here, own, values if whole else values[kept]))
        return tuple(_column(tag, those, axis) for tag, those in parts.items())


class ValuePart(NamedTuple):
    """The points of a tag in one block (m,): which readings they are of, their steps and values."""

    at: NDArray[np.intp]
    steps: IntArray
    values: FloatArray


def _column(tag: str, parts: list[ValuePart], axis: str) -> Column:
    if len(parts) == 1:
        return Column(tag=tag, steps=parts[0].steps, values=parts[0].values, axis=axis)
    order = np.argsort(np.concatenate([part.at for part in parts]), kind="stable")
    steps = np.concatenate([part.steps for part in parts])[order]
    values = np.concatenate([part.values for part in parts])[order]
    return Column(tag=tag, steps=steps, values=values, axis=axis)
