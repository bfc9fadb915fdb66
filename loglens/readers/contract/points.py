"""Points gathered one by one as a log gives them, and the numbers in what stores keep as JSON."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import Aggregate, Setting
from loglens.readers.contract.base import Column

NAN_WORDS = frozenset({"nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})
INT64 = 2**63
NO_NUMBER = r"1\.#(?:IND|QNAN|SNAN)\d{0,20}|nan(?:16|32|64)|nan\(\w{0,10}\)|\.nan"
INFINITY = r"1\.#INF\d{0,20}|inf(?:16|32|64)|\.inf|∞"
"""Patterns of no number and infinity as others spell them: Microsoft's C (1.#QNAN, -nan(ind)), Julia (NaN32), YAML."""
DIGITS = 40
"""Of a step as text, signs and blanks among them; Python refuses to make a number of some thousands."""


@dataclass(slots=True)
class Gathered:
    """The points of one tag in order of writing, packed: a text log of 100 MB holds millions."""

    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    wall_times: array[float] = field(default_factory=lambda: array("d"))


class Points:
    """Points by tag, in order of writing. `axes` and `aggregates` hold what is known about a tag beside its points.

    A step that no 64-bit integer holds is damage, and its point is left out.
    """

    def __init__(self) -> None:
        self._tags: dict[str, Gathered] = {}
        self.axes: dict[str, str] = {}
        self.aggregates: dict[str, Aggregate] = {}

    def __len__(self) -> int:
        """How many points there are."""
        return sum(len(tag.steps) for tag in self._tags.values())

    def __contains__(self, tag: str) -> bool:
        return tag in self._tags

    def add(self, tag: str, step: int, value: float, wall_time: float | None = None) -> None:
        gathered = self._tags.get(tag)
        if gathered is None:
            gathered = self._tags[tag] = Gathered()
        if not -INT64 <= step < INT64:
            return
        gathered.steps.append(step)
        gathered.values.append(value)
        if wall_time is not None:
            gathered.wall_times.append(wall_time)

    def add_row(self, step: int, values: Iterable[tuple[str, float]]) -> None:
        """Several tags at one step."""
        if not -INT64 <= step < INT64:
            return
        tags = self._tags
        for tag, value in values:
            gathered = tags.get(tag)
            if gathered is None:
                gathered = tags[tag] = Gathered()
            gathered.steps.append(step)
            gathered.values.append(value)

    def packed(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Steps and values of each tag so far; without times of their own."""
        return {tag: (np.array(points.steps), np.array(points.values)) for tag, points in self._tags.items()}

    @classmethod
    def unpacked(cls, tags: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]) -> Points:
        """Points to which more can be added, from what `packed` gave."""
        points = cls()
        points._tags = {
            tag: Gathered(array("q", steps.tobytes()), array("d", values.tobytes()))
            for tag, (steps, values) in tags.items()
        }
        return points

    def columns(self, *, axis: str = "step", count_zero_steps: bool = False) -> tuple[Column, ...]:
        """One column a tag.

        `count_zero_steps`: the framework writes step 0 where none was given; a tag that lies at step 0 as a whole is
        counted 0, 1, 2, ... in order of writing.
        """
        columns = []
        for tag, points in self._tags.items():
            if not points.steps:
                continue
            steps = np.frombuffer(points.steps, dtype=np.int64)
            stepless = count_zero_steps and len(steps) > 1 and not steps.any()
            timed = len(points.wall_times) == len(points.steps)
            columns.append(
                Column(
                    tag=tag,
                    steps=np.arange(len(steps), dtype=np.int64) if stepless else steps,
                    values=np.frombuffer(points.values, dtype=np.float64),
                    wall_times=np.frombuffer(points.wall_times, dtype=np.float64) if timed else None,
                    stepless=stepless,
                    axis=self.axes.get(tag, axis),
                    aggregate=self.aggregates.get(tag, "unknown"),
                )
            )
        return tuple(columns)


def as_number(value: object) -> float | None:
    """A value out of JSON as a number: NaN and infinities may be words, NumPy scalars may be wrapped by jsonpickle.

    None where it is none: null, text, a truth value, a list.
    """
    match value:
        case bool() | None:
            return None
        case int() | float():
            try:
                return float(value)
            except OverflowError:  # an integer beyond the range of a double
                return float("inf") if value > 0 else float("-inf")
        case str() if value.strip().casefold() in NAN_WORDS:
            return float(value)
        case {"value": inner} if not isinstance(inner, Mapping):
            return as_number(inner)
        case _:
            return None


def as_step(value: object) -> int | None:
    """A whole number as a step, text of digits as well; None where it is none or no 64-bit integer holds it."""
    if isinstance(value, str | bytes):
        if len(value) > DIGITS:
            return None
        try:
            step = int(value)
        except ValueError:
            return None
    else:
        number = as_number(value)
        if number is None or not number.is_integer():
            return None
        step = value if isinstance(value, int) else int(number)
    return step if -INT64 <= step < INT64 else None


def flat_numbers(name: str, value: object, skipped: dict[str, int]) -> Iterator[tuple[str, float]]:
    """The numbers in a value out of JSON with their names, nested ones joined with a dot.

    What is no number (text, media, histograms) is counted in `skipped` by name; null is no point and not counted.
    """
    number = as_number(value)
    if number is not None:
        yield name, number
    elif isinstance(value, Mapping) and "_type" not in value:
        for key, inner in value.items():
            yield from flat_numbers(f"{name}.{key}" if name else str(key), inner, skipped)
    elif value is not None:
        skipped[name] = skipped.get(name, 0) + 1


def flat_settings(values: Mapping[str, object], prefix: str = "") -> dict[str, Setting]:
    """The scalars of a nested configuration, names joined with a dot; lists and other objects are left out."""
    settings: dict[str, Setting] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            settings.update(flat_settings(value, f"{name}."))
        elif value is None or isinstance(value, str | int | float):
            settings[name] = value
    return settings


def unix_seconds(text: object) -> float | None:
    """An ISO time as seconds since 1970, UTC where it names no zone; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def as_setting(text: str) -> Setting:
    """A setting that a store keeps as text: a number, a truth value or null where it reads as one, else the text."""
    text = text.strip()
    if text in ("", "null", "~", "None"):
        return None
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip("\"'")
