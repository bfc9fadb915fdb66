"""A training run as it was logged: what every reader returns and everything after it starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from loglens.model.display import Displayed, counted, picked, shown_name
from loglens.model.event import Event, EventKind

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = [
    "Aggregate", "Event", "EventKind", "FloatArray", "IntArray", "Note", "PassedOver", "Problem", "ReadResult",
    "Rewind", "RewrittenPoints", "RoleChoice", "Run", "Series", "Setting", "StepSpan", "configured_rate",
    "frozen_array",
]  # fmt: skip

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Aggregate = Literal["point", "window", "epoch", "component", "total", "max", "median20", "unknown"]
"""What one logged value stands for: a single batch, the mean since the last log line, a whole epoch, ..."""

Setting = str | int | float | bool | None

LARGEST_RATE = 1e30
"""What is larger is no rate, and an integer that large may be no float."""
RATE_SETTINGS = frozenset({"lr", "learning_rate", "peak_lr", "max_lr", "base_lr", "init_lr", "initial_lr", "lr0"})


def configured_rate(config: Mapping[str, Setting]) -> float | None:
    """The learning rate a run's settings name, None where they name none or several different ones."""
    named = {
        float(value)
        for name, value in config.items()
        if name.replace("-", "_").replace("/", ".").split(".")[-1].lower() in RATE_SETTINGS
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 < value < LARGEST_RATE
    }
    return named.pop() if len(named) == 1 else None


def frozen_array(values: object, dtype: type[np.generic]) -> NDArray[Any]:
    """A read-only one-dimensional array. Copies only where the dtype or the layout asks for it, or others may write."""
    array = np.asarray(values, dtype=dtype)
    if array.ndim != 1:
        raise ValueError(f"one-dimensional values expected, not shape {array.shape}")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def whole_text(text: str) -> str:
    """Text that any encoding of Unicode holds: half a surrogate, as in a name that is no UTF-8, as its escape."""
    return text if text.isascii() else text.encode("utf-8", errors="backslashreplace").decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSpan:
    """A closed interval of training steps."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span that ends ({self.end}) before it starts ({self.start})")

    @property
    def steps(self) -> int:
        """Length in steps; a single step has length 0."""
        return self.end - self.start

    def touches(self, other: StepSpan) -> bool:
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Series:
    """One logged quantity over the steps of a run.

    `steps` (n,) int64, strictly increasing; `values` (n,) float64 with NaN and infinities kept as they were logged;
    `wall_times` (n,) seconds since 1970, or None; `low`, `high` (n,) the envelope where the log is an export that
    binned its points, else None. Arrays are read-only.
    """

    tag: str
    steps: IntArray
    values: FloatArray
    wall_times: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    aggregate: Aggregate = "unknown"
    axis: str = "step"

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))
        for name in ("wall_times", "low", "high"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, frozen_array(array, np.float64))
                if len(getattr(self, name)) != len(self.steps):
                    raise ValueError(f"series {self.tag!r}: {name} and steps differ in length")
        if len(self.values) != len(self.steps):
            raise ValueError(f"series {self.tag!r}: {len(self.values)} values for {len(self.steps)} steps")
        if not bool(np.all(self.steps[1:] > self.steps[:-1])):
            raise ValueError(f"series {self.tag!r}: steps must increase")

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        if not len(self):
            return f"<Series {self.tag!r}: no point>"
        ends = f"{self.axis} {self.steps[0]} to {self.steps[-1]}, {self.values[0]:.4g} → {self.values[-1]:.4g}"
        return f"<Series {self.tag!r}: {len(self):,} points, {ends}>"

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(n,) True where the value is a number."""
        return np.isfinite(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A series that could have had a role and did not get it, with the reason a user is shown."""

    series: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """Which series plays a role (a key of `metric_names.toml`), and why; `series` is None where there is none.

    `doubt`: why the choice may be wrong, '' where it is clear. `passed_over`: the next best first.
    """

    role: str
    series: str | None
    reason: str = ""
    passed_over: tuple[PassedOver, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the reader repaired, guessed or left out; shown in `loglens inspect` and in the report.

    `kind`: repair (mended, nothing lost), dropped (points or rows left out), guess (a decision the user can override),
    info. `count`: how many points, rows or bytes it is about. `offset`: byte or line where it happened.
    """

    kind: Literal["repair", "dropped", "guess", "info"]
    message: str
    path: str = ""
    series: str = ""
    count: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewind:
    """The run went back: after `last_step` it went on at `resumed_at` (a restart from a checkpoint, a new process).

    `rewritten`: points that the restart undid (0 where it went on without overlap). `how`: 'new file', 'new folder',
    'purge event', 'repeated header', 'step went back', 'counter restarted'.
    """

    resumed_at: int
    last_step: int
    rewritten: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What could not be read: one entry each, nothing is skipped in silence. `offset`: byte or line. `bug`: LogLens
    itself failed on it."""

    path: str
    message: str
    offset: int | None = None
    bug: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Run(Displayed):
    """One training run.

    `name`: its path relative to what was read ('.' where that is the run; 'file#name' where a file holds several).
    `source`: the path on disk. `series` in the order of the log. `roles`: one choice per role that matters.
    `rewritten`: the points a resume overwrote, for `export --keep-rewritten`. `config`: settings the log itself
    holds (batch size, optimizer, ...). `live`: the log looked as if it was still being written. `events`: what the log
    says in words, in the order of the log. `starts_late`: the log does not hold the beginning of the training, so
    nothing can be concluded about its start.
    `shown_as`: the name of the folder or file that was read, where the run is that itself.
    """

    name: str
    source: str
    format: str
    series: tuple[Series, ...]
    roles: tuple[RoleChoice, ...] = ()
    notes: tuple[Note, ...] = ()
    rewinds: tuple[Rewind, ...] = ()
    rewritten: tuple[RewrittenPoints, ...] = ()
    config: Mapping[str, Setting] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    x_axis: str = "step"
    live: bool = False
    shown_as: str = ""
    events: tuple[Event, ...] = ()
    starts_late: bool = False

    def __repr__(self) -> str:
        return f"<Run {self.title!r} ({self.format}): {counted(self.series, 'series')}>"

    @property
    def title(self) -> str:
        """What the run is called in front of people: never '.'."""
        return self.shown_as or shown_name(self.name, self.source)

    def get(self, tag: str) -> Series | None:
        """The series of that name, None where there is none."""
        return next((series for series in self.series if series.tag == tag), None)

    def role(self, role: str) -> Series | None:
        """The series that plays `role` ('train_loss', 'learning_rate', ...), None where none does."""
        tag = next((choice.series for choice in self.roles if choice.role == role), None)
        return None if tag is None else self.get(tag)

    def frame(self, *, keep_rewritten: bool = False) -> pl.DataFrame:
        """The long table: `run`, `tag`, `step` (int64), `wall_time` (seconds, null where unknown), `value`."""
        from loglens.model.long_table import long_table

        return long_table(self, keep_rewritten=keep_rewritten)

    to_polars = frame

    def to_pandas(self, *, keep_rewritten: bool = False) -> pd.DataFrame:
        """`frame()` as a pandas DataFrame: NumPy columns, so that no Arrow library is needed."""
        import pandas as pd

        frame = self.frame(keep_rewritten=keep_rewritten)
        return pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns})

    @classmethod
    def from_arrays(
        cls,
        columns: Mapping[str, Iterable[float]],
        *,
        steps: Iterable[int] | None = None,
        name: str = ".",
        roles: Mapping[str, str] | None = None,
    ) -> Self:
        """A run from arrays of equal length, for tests and notebooks; `roles` maps a role to a column's name."""
        values = {tag: np.asarray(list(column), dtype=np.float64) for tag, column in columns.items()}
        length = max((len(column) for column in values.values()), default=0)
        at = np.arange(length) if steps is None else np.asarray(list(steps))
        return cls(
            name=name,
            source=name,
            format="arrays",
            series=tuple(Series(tag=tag, steps=at, values=column) for tag, column in values.items()),
            roles=tuple(RoleChoice(role=role, series=tag, reason="given") for role, tag in (roles or {}).items()),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RewrittenPoints:
    """Points of `tag` that a resume overwrote, in order of writing: steps (n,) int64, values and wall_times (n,)."""

    tag: str
    steps: IntArray
    values: FloatArray
    wall_times: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))
        if self.wall_times is not None:
            object.__setattr__(self, "wall_times", frozen_array(self.wall_times, np.float64))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReadResult:
    """Everything found under a path: the runs, sorted by name, and what could not be read. Iterates over its runs;
    `result[0]` and `result["name"]` give one of them."""

    path: str
    runs: tuple[Run, ...]
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __getitem__(self, which: int | str) -> Run:
        return picked(self.runs, which, [(run.name, run.title) for run in self.runs])

    def __repr__(self) -> str:
        missed = f", {counted(self.problems, 'problem')}" if self.problems else ""
        return f"<ReadResult of {self.path}: {counted(self.runs, 'run')}{missed}>"
