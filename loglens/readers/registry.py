"""The formats LogLens reads, in the order in which they are asked; the first that recognises a file reads it.

One line a reader, `module:Class`, the particular before the general: a Lightning table is also a CSV, an event file is
never anything else. Modules are imported when a path is read, not when LogLens starts.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from loglens.readers.contract.base import Reader

READERS: tuple[str, ...] = (
    "tensorboard.reader:TensorBoard",
    # what only its own package reads, then stores of experiments
    "frameworks.unreadable:Unreadable",
    "trackers.wandb.offline:WandbOffline",
    "trackers.mlflow_db:MlflowDb",
    "trackers.mlflow_files:MlflowFiles",
    "trackers.trackio:TrackioDb",
    "trackers.comet:CometZip",
    "trackers.clearml:ClearMl",
    "trackers.sacred:Sacred",
    "frameworks.deepobs:DeepObs",
    # tables and JSON of one framework
    "frameworks.hf_trainer_state:HfTrainerState",
    "frameworks.ray_tune:RayTuneJson",
    "frameworks.ray_tune:RayTuneCsv",
    "frameworks.stable_baselines:StableBaselinesCsv",
    "frameworks.stable_baselines:StableBaselinesJson",
    "frameworks.mmengine:MmEngine",
    "frameworks.detectron2:Detectron2",
    "frameworks.llamafactory:LlamaFactory",
    "frameworks.dvclive:DvcLive",
    "frameworks.stylegan:StyleGan",
    "frameworks.megatron_golden:MegatronGolden",
    "frameworks.notebook:Notebook",
    "tensorboard.csv_download:TensorBoardCsv",
    "tensorboard.json_download:TensorBoardJson",
    "frameworks.catboost:CatBoost",
    "frameworks.allennlp:AllenNlp",
    "trackers.wandb.history:WandbHistory",
    "trackers.wandb.chart:WandbChart",
    "frameworks.ultralytics:Ultralytics",
    "frameworks.flair_tsv:FlairTsv",
    "frameworks.fastai_csv:FastaiCsv",
    "frameworks.lightning_csv:LightningCsv",
    "frameworks.keras_csv:KerasCsv",
    "frameworks.baselines:Baselines",
    # tables and JSON of any program
    "tables.parquet:ParquetTable",
    "tables.csv.reader:CsvTable",
    "tables.json.lines:JsonLines",
    # text that a training printed: the least particular, so the last to be asked
    "console.reader:TextLog",
)


@cache
def readers() -> tuple[Reader, ...]:
    """One instance of every reader, in the order of `READERS`."""
    return tuple(_reader(line) for line in READERS)


def _reader(line: str) -> Reader:
    module, _, name = line.partition(":")
    return cast(Reader, getattr(import_module(f"loglens.readers.{module}"), name)())
