"""What the records of one `.wandb` file say: the history row by row, definitions, configuration, name, end."""

from __future__ import annotations

from dataclasses import dataclass, field

from loglens.model.run import Setting
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import flat_numbers, flat_settings
from loglens.readers.trackers.wandb.records import (
    CONFIG,
    EXIT,
    HISTORY,
    METRIC,
    RUN,
    Damage,
    Item,
    MetricDefinition,
    fields,
    history_row,
    key_and_value,
    metric_definition,
    records,
)

CALLS = "_step"


@dataclass(slots=True)
class Contents:
    """What the records of one file say."""

    rows: list[HistoryRow] = field(default_factory=list)
    metrics: list[MetricDefinition] = field(default_factory=list)
    config: dict[str, Setting] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    run_id: str = ""
    name: str = ""
    project: str = ""
    started: float | None = None
    exited: bool = False
    calls_before: int = 0


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One `wandb.log()` call: which one it was, and the numbers in it, nested names joined with a dot."""

    call: int
    values: dict[str, float]


def read_contents(data: bytes) -> Contents:
    """All records of a file; a record that does not hold together is left out and named."""
    contents = Contents()
    names: dict[bytes, str] = {}
    for offset, record in records(data, contents.damage):
        try:
            for number, value in fields(record):
                if number == HISTORY and isinstance(value, bytes):
                    _add_row(contents, value, names)
                elif isinstance(value, bytes):
                    _add_other(contents, number, value)
        except (ValueError, IndexError, RecursionError) as error:
            contents.damage.append(Damage(offset, f"a record that cannot be decoded ({error}); it is left out"))
    return contents


def _add_row(contents: Contents, data: bytes, names: dict[bytes, str]) -> None:
    step, items = history_row(data, names)
    values: dict[str, float] = {}
    media = tuple(item.key.removesuffix("_type") for item in items if item.key.endswith("._type"))
    for item in items:
        if media and item.key.startswith(media):  # a picture's size is no metric
            if item.key.endswith("._type"):
                name = item.key.removesuffix("._type")
                contents.skipped[name] = contents.skipped.get(name, 0) + 1
            continue
        try:
            values[item.key] = float(item.value)  # the usual case: JSON's numbers, and its NaN and Infinity
        except ValueError:
            values.update(flat_numbers(item.key, loaded(item.value), contents.skipped))
    call = values.get(CALLS)
    if call is not None and call.is_integer():
        step = int(call)
    elif step is None:
        step = contents.rows[-1].call + 1 if contents.rows else 0
    contents.rows.append(HistoryRow(step, values))


def _add_other(contents: Contents, number: int, data: bytes) -> None:
    if number == CONFIG:
        _add_config(contents, data)
    elif number == METRIC:
        contents.metrics.append(metric_definition(data))
    elif number == RUN:
        _add_run(contents, data)
    elif number == EXIT:
        contents.exited = True


def _add_run(contents: Contents, data: bytes) -> None:
    """RunRecord: run_id = 1, project = 3, config = 4, display_name = 8, start_time = 17 {seconds = 1, nanos = 2}."""
    for number, value in fields(data):
        if not isinstance(value, bytes):
            continue
        text = value.decode("utf-8", errors="replace") if number in (1, 3, 8) else ""
        if number == 1:
            contents.run_id = text
        elif number == 3:
            contents.project = text
        elif number == 8:
            contents.name = text
        elif number == 4:
            _add_config(contents, value)
        elif number == 17:
            time = {part: amount for part, amount in fields(value) if isinstance(amount, int)}
            contents.started = time.get(1, 0) + time.get(2, 0) / 1e9


def _add_config(contents: Contents, data: bytes) -> None:
    """ConfigRecord: update = 1 {key = 1, nested_key = 2, value_json = 16}."""
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            item: Item = key_and_value(value, value_field=16)
            if item.key and item.key != "_wandb":
                contents.config.update(flat_settings({item.key: loaded(item.value)}))
