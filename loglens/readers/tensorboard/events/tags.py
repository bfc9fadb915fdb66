"""The tags met so far, a number each."""

from __future__ import annotations

from dataclasses import dataclass, field

from loglens.readers.tensorboard.events.records.wire import SCALARS, Scalar


@dataclass(slots=True)
class Tags:
    """`names`: by number, in order of appearance. `plugins`: per tag the plugin its metadata named, for later values
    that come without metadata."""

    names: list[str] = field(default_factory=list)
    plugins: dict[str, str] = field(default_factory=dict)
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def number(self, name: bytes) -> int:
        """The number of a tag, a new one if it was not met yet."""
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = len(self.names)
            self.names.append(name.decode("utf-8", errors="replace"))
        return known

    def of(self, scalar: Scalar) -> int:
        """The number of a scalar's tag."""
        number = self.number(scalar.tag)
        if scalar.tensor:
            self.plugins[self.names[number]] = SCALARS
        return number
