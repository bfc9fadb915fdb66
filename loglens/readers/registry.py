"""The formats LogLens reads and in which order they are asked: the first that recognises a file reads it.

One line a reader: its priority and where it is, the particular before the general: a Lightning table is also a CSV, an
event file is never anything else. Readers of one priority are asked in the order of their lines. A module is imported
when a file stands at its door: what it can never recognise does not bring it in.

Another package adds a reader by an entry point of the group `loglens.readers` that names a class of the `Reader` shape;
its `meta.priority` says where it stands among these.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple, cast

from loglens.model.run import Problem
from loglens.readers.contract.base import Probe, Reader
from loglens.readers.contract.doors import (
    braces,
    brackets,
    comments,
    in_metrics,
    is_parquet,
    is_sqlite,
    is_zip,
    listed,
    may_be_clearml,
    may_be_events,
    may_be_notebook,
    may_be_wandb,
    open_door,
)

GROUP = "loglens.readers"
"""The entry points by which other packages add readers."""


class RegisteredReader(NamedTuple):
    """A reader of LogLens itself. `priority`: the lowest is asked first. `where`: `module:Class` below this package, or
    `module:NAME` of a reader that is a declaration. `door`: whether it is worth asking, without its module."""

    priority: int
    where: str
    door: Callable[[Probe], bool] = open_door


READERS: tuple[RegisteredReader, ...] = (
    RegisteredReader(10, "tensorboard.reader:TensorBoard", may_be_events),
    # what only its own package reads, then stores of experiments
    RegisteredReader(20, "frameworks.unreadable:Unreadable"),
    RegisteredReader(20, "trackers.wandb.offline:WandbOffline", may_be_wandb),
    RegisteredReader(20, "trackers.mlflow_db:MlflowDb", is_sqlite),
    RegisteredReader(20, "trackers.mlflow_files:MlflowFiles", in_metrics),
    RegisteredReader(20, "trackers.trackio:TrackioDb", is_sqlite),
    RegisteredReader(20, "trackers.comet:CometZip", is_zip),
    RegisteredReader(20, "trackers.clearml:ClearMl", may_be_clearml),
    RegisteredReader(20, "trackers.sacred:Sacred", braces),
    RegisteredReader(20, "frameworks.deepobs:DeepObs", braces),
    # tables and JSON of one framework
    RegisteredReader(40, "frameworks.hf_trainer_state:HfTrainerState", braces),
    RegisteredReader(40, "frameworks.ray_tune:RayTuneJson", braces),
    RegisteredReader(40, "frameworks.ray_tune:RayTuneCsv"),
    RegisteredReader(40, "frameworks.tables:STABLE_BASELINES_CSV"),
    RegisteredReader(40, "frameworks.tables:STABLE_BASELINES_JSON"),
    RegisteredReader(40, "frameworks.mmengine:MmEngine", braces),
    RegisteredReader(40, "frameworks.tables:DETECTRON2"),
    RegisteredReader(40, "frameworks.tables:LLAMA_FACTORY"),
    RegisteredReader(40, "frameworks.dvclive:DvcLive"),
    RegisteredReader(40, "frameworks.stylegan:StyleGan", braces),
    RegisteredReader(40, "frameworks.megatron_golden:MegatronGolden", braces),
    RegisteredReader(40, "console.notebook:Notebook", may_be_notebook),
    RegisteredReader(40, "tensorboard.csv_download:TensorBoardCsv"),
    RegisteredReader(40, "tensorboard.json_download:TensorBoardJson", brackets),
    RegisteredReader(40, "frameworks.catboost:CatBoost"),
    RegisteredReader(40, "frameworks.deepxde:DeepXde", comments),
    RegisteredReader(40, "frameworks.allennlp:AllenNlp"),
    RegisteredReader(40, "trackers.wandb.history:WandbHistory"),
    RegisteredReader(40, "trackers.wandb.parquet:WandbParquet", is_parquet),
    RegisteredReader(40, "trackers.wandb.chart:WandbChart"),
    RegisteredReader(40, "frameworks.tables:ULTRALYTICS"),
    RegisteredReader(40, "frameworks.tables:FLAIR"),
    RegisteredReader(40, "frameworks.tables:FASTAI"),
    RegisteredReader(40, "frameworks.tables:LIGHTNING"),
    RegisteredReader(40, "frameworks.tables:KERAS"),
    RegisteredReader(40, "frameworks.tables:BASELINES"),
    # tables and JSON of any program
    RegisteredReader(80, "tables.parquet:ParquetTable", is_parquet),
    RegisteredReader(80, "tables.number_list:NumberList", listed),
    RegisteredReader(80, "tables.csv.reader:CsvTable"),
    RegisteredReader(80, "tables.json.lines:JsonLines", brackets),
    # text that a training printed: the least particular, so the last to be asked
    RegisteredReader(90, "console.reader:TextLog"),
)


@cache
def _ranked() -> tuple[tuple[int, RegisteredReader | Reader], ...]:
    ranked: list[tuple[int, RegisteredReader | Reader]] = [(row.priority, row) for row in READERS]
    ranked += [(reader.meta.priority, reader) for reader in _added()[0]]
    return tuple(sorted(ranked, key=lambda row: row[0]))


@cache
def reader_at(place: int) -> Reader:
    """One instance of each, in the order in which they are asked."""
    _, found = _ranked()[place]
    return _reader(f"{__package__}.{found.where}") if isinstance(found, RegisteredReader) else found


def readers() -> tuple[Reader, ...]:
    """All of them, in that order."""
    return tuple(map(reader_at, range(len(_ranked()))))


def place_of(probe: Probe) -> int | None:
    """The place of the first reader that recognises the file."""
    for place, (_, found) in enumerate(_ranked()):
        if (not isinstance(found, RegisteredReader) or found.door(probe)) and reader_at(place).recognises(probe):
            return place
    return None


def broken_readers() -> tuple[Problem, ...]:
    """The readers of other packages that cannot be used, and why: they cost no run but their own."""
    return _added()[1]


@cache
def _added() -> tuple[tuple[Reader, ...], tuple[Problem, ...]]:
    found: list[Reader] = []
    problems: list[Problem] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            reader = cast(Reader, entry.load()())
            _ = reader.meta.id, reader.meta.priority, reader.recognises, reader.read
        except Exception as error:  # whatever another package raises when it is imported
            problems.append(Problem(path=_package(entry), message=_failure(entry, error)))
        else:
            found.append(reader)
    return tuple(found), tuple(problems)


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _failure(entry: EntryPoint, error: Exception) -> str:
    why = f"{type(error).__name__}: {error}"
    return f"its reader {entry.name!r} ({entry.value}) cannot be used ({why}); repair or uninstall the package"


def _reader(where: str) -> Reader:
    module, _, name = where.partition(":")
    found = getattr(import_module(module), name)
    return cast(Reader, found() if isinstance(found, type) else found)
