"""The formats LogLens reads, in the order in which they are asked; the first that recognises a file reads it.

One line a reader, `module:Class`, the particular before the general: a Lightning table is also a CSV, an event file is
never anything else. Modules are imported when a path is read, not when LogLens starts.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import cast

from loglens.readers.base import Reader

READERS: tuple[str, ...] = (
    "tensorboard:TensorBoard",
    # what only its own package reads, then stores of experiments
    "unreadable:Unreadable",
    "wandb_offline:WandbOffline",
    "mlflow_db:MlflowDb",
    "mlflow_files:MlflowFiles",
    "trackio_db:TrackioDb",
    "comet_zip:CometZip",
    "sacred:Sacred",
    "deepobs:DeepObs",
    # tables and JSON of one framework
    "hf_trainer_state:HfTrainerState",
    "ray_tune:RayTuneJson",
    "ray_tune:RayTuneCsv",
    "stable_baselines:StableBaselinesCsv",
    "stable_baselines:StableBaselinesJson",
    "mmengine:MmEngine",
    "detectron2:Detectron2",
    "llamafactory:LlamaFactory",
    "dvclive:DvcLive",
    "tensorboard_csv:TensorBoardCsv",
    "tensorboard_json:TensorBoardJson",
    "catboost:CatBoost",
    "allennlp:AllenNlp",
    "wandb_history:WandbHistory",
    "wandb_chart:WandbChart",
    "ultralytics:Ultralytics",
    "flair_tsv:FlairTsv",
    "fastai_csv:FastaiCsv",
    "lightning_csv:LightningCsv",
    "keras_csv:KerasCsv",
    "baselines:Baselines",
    # tables and JSON of any program
    "parquet_table:ParquetTable",
    "csv_table:CsvTable",
    "json_lines:JsonLines",
    # text that a training printed: the least particular, so the last to be asked
    "text_log:TextLog",
)


@cache
def readers() -> tuple[Reader, ...]:
    """One instance of every reader, in the order of `READERS`."""
    return tuple(_reader(line) for line in READERS)


def _reader(line: str) -> Reader:
    module, _, name = line.partition(":")
    return cast(Reader, getattr(import_module(f"loglens.readers.{module}"), name)())
