"""Tables of one framework that are rows under names of its own and nothing else: each is a declaration.

Three questions each: by which names is it known, what do its columns mean (`Dialect`), and which file beside it holds
the settings. A framework whose log needs code has a file of its own in this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from loglens.readers.contract.base import NOTHING_SNIFFED, TABLE, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.per_file import per_file
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.settings.beside import settings_beside
from loglens.readers.tables.csv.dialect import layout_of
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.csv.reader import names_of
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table_log import Dialect, table_logs

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkTable:
    """A reader made of data; its format is the dialect's.

    `knows(names, probe)`: whether these names are this framework's: the header of a CSV (trimmed, casefolded), or the
    keys of the first object of JSON lines. `settings`: files beside the table that may hold the run's configuration.
    """

    title: str
    dialect: Dialect
    knows: Callable[[Names, Probe], bool]
    rows: Literal["csv", "json"] = "csv"
    settings: tuple[str, ...] = ()

    @property
    def meta(self) -> ReaderMeta:
        return ReaderMeta(id=self.dialect.format, title=self.title, sniffs=self.rows == "csv")

    def recognises(self, probe: Probe) -> bool:
        names = names_of(probe) if self.rows == "csv" else _keys(probe)
        return names is not None and self.knows(names, probe)

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: self._logs(path, sniffed))

    def _logs(self, path: Path, sniffed: Sniffed) -> Iterator[Log]:
        table = read_csv(path, sniffed) if self.rows == "csv" else read_json_rows(path)
        config = settings_beside(table.path.parent, *self.settings) if self.settings else None
        return table_logs(table, self.dialect, config=config)


def _keys(probe: Probe) -> Names | None:
    first = first_object(probe)
    return None if first is None else frozenset(first)


def _keras(names: Names, _probe: Probe) -> bool:
    """`loss` beside `epoch`, or beside nothing but metrics and their `val_` duplicates (older callbacks)."""
    if "loss" not in names or any(axis_role(name) == "step" for name in names):
        return False
    measured = names - {"epoch", "lr", "learning_rate"}
    duplicates = {f"val_{name}" for name in measured if not name.startswith("val_")}
    validated = {name for name in measured if name.startswith("val_")}
    return validated == duplicates and (bool(validated) or "epoch" in names)


def _lightning(names: Names, probe: Probe) -> bool:
    layout = layout_of(probe)
    if not {"step", "epoch"} <= names or layout is None or layout.header is None or not _named("metrics.csv", probe):
        return False
    # Lightning sorts its columns; before 2.0 it did not, but wrote its settings beside the table as it still does
    return list(layout.header) == sorted(layout.header) or (probe.path.parent / "hparams.yaml").is_file()


def _ultralytics(names: Names, _probe: Probe) -> bool:
    parts = any(name.startswith("train/") and name.endswith("loss") for name in names)
    return "epoch" in names and parts and any(name.startswith(("lr/pg", "x/lr", "metrics/")) for name in names)


def _named(name: str, probe: Probe) -> bool:
    return probe.name.removesuffix(".gz") == name


KERAS = FrameworkTable(
    title="Keras CSVLogger",  # one row per epoch, `NA` where a metric was not measured, appended without a header
    dialect=Dialect(
        format="keras-csv", facts=TABLE, rank=20, steps=("epoch",), axis="epoch", appended=True, aggregate="epoch",
        aggregates={"learning_rate": "point", "lr": "point"},
    ),
    knows=_keras,
)  # fmt: skip
FASTAI = FrameworkTable(
    title="fastai history.csv",  # `time` is minutes and seconds
    dialect=Dialect(
        format="fastai-csv", facts=TABLE, rank=20, steps=("epoch",), axis="epoch", appended=True, aggregate="epoch"
    ),
    knows=lambda names, _: {"epoch", "train_loss", "valid_loss", "time"} <= names,
)
FLAIR = FrameworkTable(
    title="flair loss.tsv",
    dialect=Dialect(
        format="flair", facts=TABLE, rank=10, steps=("epoch",), axis="epoch", canonical=("loss.tsv",),
        aggregate="epoch", aggregates={"learning_rate": "point"},
    ),
    knows=lambda names, _: {"epoch", "timestamp", "train_loss"} <= names
    and bool({"bad_epochs", "learning_rate"} & names),
)  # fmt: skip
LIGHTNING = FrameworkTable(
    # sparse rows: training, validation, epoch means and learning rate each on rows of their own
    title="Lightning metrics.csv",
    dialect=Dialect(format="lightning-csv", facts=TABLE, rank=10, steps=("step",), canonical=("metrics.csv",)),
    knows=_lightning,
    settings=("hparams.yaml",),
)
ULTRALYTICS = FrameworkTable(
    # also YOLOv5; it minimises the sum of the parts and logs the parts alone: `naming.sums` adds them up
    title="Ultralytics results.csv",
    dialect=Dialect(
        format="ultralytics", facts=TABLE, rank=10, steps=("epoch",), axis="epoch", canonical=("results.csv",),
        aggregate="epoch",
        aggregates={f"{split}/{part}_loss": "component" for split in ("train", "val")
                    for part in ("box", "cls", "dfl", "obj", "seg", "pose", "kobj")},
    ),
    knows=_ultralytics,
    settings=("args.yaml", "opt.yaml"),
)  # fmt: skip
BASELINES = FrameworkTable(
    title="OpenAI baselines progress.csv",  # guided-diffusion and many others carry that logger along
    dialect=Dialect(
        format="baselines", facts=TABLE, rank=15, canonical=("progress.csv",),
        steps=("step", "total_timesteps", "misc/total_timesteps", "total timesteps", "timestepssofar", "steps",
               "totalenvinteracts", "misc/nupdates", "nupdates", "epoch", "iteration"),
    ),
    knows=lambda _, probe: _named("progress.csv", probe),
)  # fmt: skip
STABLE_BASELINES_CSV = FrameworkTable(
    title="stable-baselines3 progress.csv",  # the x axis is environment steps
    dialect=Dialect(
        format="sb3", facts=TABLE, rank=10, steps=("time/total_timesteps",), canonical=("progress.csv", "progress.json")
    ),
    knows=lambda names, _: "time/total_timesteps" in names,
)
STABLE_BASELINES_JSON = FrameworkTable(
    title="stable-baselines3 progress.json",
    dialect=replace(STABLE_BASELINES_CSV.dialect, format="sb3-json", facts=frozenset(), rank=11),
    knows=STABLE_BASELINES_CSV.knows,
    rows="json",
)
LLAMA_FACTORY = FrameworkTable(
    title="LLaMA-Factory trainer_log.jsonl",  # the Trainer's rows once more, with the step as `current_steps`
    dialect=Dialect(
        format="llama-factory", rank=15, steps=("current_steps",), canonical=("trainer_log.jsonl",),
        hidden=frozenset({"total_steps", "percentage"}), aggregates={"loss": "window"},
    ),
    knows=lambda names, _: {"current_steps", "total_steps"} <= names,
    rows="json",
)  # fmt: skip
DETECTRON2 = FrameworkTable(
    title="detectron2 metrics.json",  # values are the median of the last 20 iterations, evaluation on sparse rows
    dialect=Dialect(
        format="detectron2", rank=10, steps=("iteration",), canonical=("metrics.json",), aggregate="median20",
        aggregates={"lr": "point"},
    ),
    knows=lambda names, _: "iteration" in names and bool({"total_loss", "eta_seconds", "data_time"} & names),
    rows="json",
)  # fmt: skip
