"""Duplicates are read once; what only looks alike stays apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.model.run import Series
from loglens.readers.frameworks.tables import FrameworkTable
from loglens.readers.registry import readers
from loglens.readers.runs.duplicates import DuplicateCandidate, are_duplicates, duplicate_groups, fullest
from loglens.readers.tables.csv.reader import CsvTable, FrameworkCsv

NOISE = np.random.default_rng(0).normal(size=50).cumsum()


def duplicate(
    format_id: str, values: dict[str, np.ndarray], *, of_folder: bool = False, rank: int = 50, file: str = ""
) -> DuplicateCandidate:
    series = tuple(Series(tag=tag, steps=np.arange(len(column)), values=column) for tag, column in values.items())
    return DuplicateCandidate(
        format=format_id, file=Path(f"/runs/{file or format_id}"), rank=rank, series=series, of_folder=of_folder,
        is_table=format_id.endswith("csv"),
    )  # fmt: skip


def test_logs_that_the_folder_names_are_twins() -> None:
    assert are_duplicates(
        duplicate("tensorboard", {"a": NOISE}, of_folder=True), duplicate("ray-tune", {"b": NOISE}, of_folder=True)
    )


def test_the_same_values_under_another_name_of_the_role() -> None:
    events = duplicate("tensorboard", {"train/loss": NOISE.astype(np.float32)}, of_folder=True)
    assert are_duplicates(duplicate("csv", {"loss": NOISE}), events)


def test_values_rounded_by_a_text_log() -> None:
    assert are_duplicates(duplicate("csv", {"loss": NOISE}), duplicate("text-log", {"loss": NOISE.round(3)}))


def test_a_twin_that_lost_its_nan() -> None:
    broken = NOISE.copy()
    broken[40:] = np.nan
    assert are_duplicates(duplicate("jsonl", {"loss": broken}), duplicate("tensorboard", {"loss": broken[:40]}))


@pytest.mark.parametrize("scale", [1e-1, 1.0, 10.0])
def test_another_seed_is_another_run(scale: float) -> None:
    other = NOISE + np.random.default_rng(1).normal(size=50) * scale
    assert not are_duplicates(duplicate("csv", {"loss": NOISE}), duplicate("jsonl", {"loss": other}))


def test_a_schedule_proves_nothing() -> None:
    rate = np.linspace(1, 0, 50)
    assert not are_duplicates(duplicate("csv", {"lr": rate}), duplicate("jsonl", {"lr": rate}))


def test_two_tables_are_two_runs_although_they_agree() -> None:
    assert not are_duplicates(duplicate("csv", {"loss": NOISE}), duplicate("keras-csv", {"train_loss": NOISE}))
    packed = duplicate("csv", {"loss": NOISE}, file="csv.gz")
    assert are_duplicates(duplicate("csv", {"loss": NOISE}), packed)  # one file, as it is and packed


def test_runs_of_one_database_are_many_although_they_agree() -> None:
    assert not are_duplicates(duplicate("mlflow-sqlite", {"loss": NOISE}), duplicate("mlflow-sqlite", {"loss": NOISE}))


def test_rounded_timings_do_not_outvote_the_loss() -> None:
    timings = {f"{name}_time": NOISE * 1e-4 for name in ("data", "forward", "backward")}
    rounded = {name: column.round(4) for name, column in {"loss": NOISE, **timings}.items()}
    assert are_duplicates(duplicate("mmengine", {"loss": NOISE, **timings}), duplicate("text-log", rounded))


def test_groups_hold_every_log_once() -> None:
    logs = [
        duplicate("csv", {"loss": NOISE}),
        duplicate("text-log", {"loss": NOISE}),
        duplicate("jsonl", {"loss": -NOISE}),
    ]
    assert duplicate_groups(logs) == [[0, 1], [2]]


def test_the_fullest_is_read_and_the_rank_decides_a_tie() -> None:
    few, many = duplicate("tensorboard", {"loss": NOISE[:8]}, rank=1), duplicate("csv", {"loss": NOISE[:10]}, rank=9)
    assert fullest([few, many]) == 1
    assert (
        fullest([duplicate("tensorboard", {"loss": NOISE}, rank=40), duplicate("csv", {"loss": NOISE}, rank=10)]) == 1
    )


def test_points_that_measure_nothing_make_no_log_fuller() -> None:
    chatty = duplicate("tensorboard", {"loss": NOISE, "ray/tune/pid": NOISE, "time": NOISE}, rank=40)
    assert fullest([chatty, duplicate("csv", {"loss": NOISE}, rank=10)]) == 1


def test_tables_are_named_completely() -> None:
    csv_readers = [
        reader
        for reader in readers()
        if isinstance(reader, FrameworkCsv | CsvTable) or (isinstance(reader, FrameworkTable) and reader.rows == "csv")
    ]
    assert len(csv_readers) > 8
    unnamed = [
        reader.meta.id for reader in csv_readers if hasattr(reader, "dialect") and "table" not in reader.dialect.facts
    ]
    assert unnamed == []
