from __future__ import annotations

import os
import shutil
import signal
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from loglens.readers import read
from loglens.readers.tables import parquet
from loglens.readers.tables.parquet_decoder import (
    ANSWERED,
    ASKED,
    DAMAGED,
    ENDED,
    TABLE,
    TOO_LARGE,
    ParquetDecoder,
    answer,
    decoded,
)

SAMPLES = Path(__file__).parents[1] / "samples"
FRAME = pl.DataFrame({"step": [1, 2, 3], "loss": [2.5, None, 2.25]})


def parquet_bytes() -> bytes:
    written = BytesIO()
    FRAME.write_parquet(written)
    return written.getvalue()


def test_a_table_comes_back_as_it_is() -> None:
    decoder = ParquetDecoder()
    try:
        for _ in range(2):  # the same process answers again
            kind, said = decoder.decoded(parquet_bytes(), 6)
            assert kind == TABLE
            assert pl.read_ipc(said).equals(FRAME)
    finally:
        decoder.close()


@pytest.mark.parametrize(
    ("data", "cells", "kind"), [(parquet_bytes(), 5, TOO_LARGE), (b"PAR1 and no more", 9, DAMAGED)]
)
def test_why_there_is_none(data: bytes, cells: int, kind: int) -> None:
    found = decoded(data, cells)
    assert found.kind == kind
    assert found.said == b"6" if kind == TOO_LARGE else found.said


def test_the_program_answers_until_nobody_asks() -> None:
    data = parquet_bytes()
    said = BytesIO()
    answer(BytesIO(2 * (ASKED.pack(6, len(data)) + data) + ASKED.pack(6, 100) + b"cut short"), said)
    said.seek(0)
    for _ in range(2):
        kind, length = ANSWERED.unpack(said.read(ANSWERED.size))
        assert (kind, pl.read_ipc(said.read(length)).height) == (TABLE, 3)
    assert not said.read()


def test_a_process_that_ends_costs_one_table(tmp_path: Path) -> None:
    aborts = tmp_path / "aborts.py"
    aborts.write_text("import os, sys\nsys.stdin.buffer.read(100)\nos.abort()\n")
    decoder = ParquetDecoder(aborts)
    for _ in range(2):
        assert decoder.decoded(parquet_bytes(), 6) == (ENDED, b"SIGABRT")
    decoder.close()


def test_a_process_that_was_killed_is_started_again() -> None:
    decoder = ParquetDecoder()
    try:
        assert decoder.decoded(parquet_bytes(), 6).kind == TABLE
        assert decoder._process is not None
        os.kill(decoder._process.pid, signal.SIGKILL)
        decoder._process.wait()
        assert decoder.decoded(parquet_bytes(), 6).kind == ENDED
        assert decoder.decoded(parquet_bytes(), 6).kind == TABLE
    finally:
        decoder.close()


def test_a_file_that_ends_its_decoder_costs_that_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aborts = tmp_path / "aborts.py"
    aborts.write_text("import os\nos.abort()\n")
    runs = tmp_path / "runs"
    (runs / "whole").mkdir(parents=True)
    (runs / "whole" / "log.csv").write_text("step,loss\n1,2.5\n2,2.25\n")
    shutil.copytree(SAMPLES / "parquet", runs / "damaged")
    monkeypatch.setattr(parquet, "_DECODER", ParquetDecoder(aborts))
    found = read(runs)
    assert [run.name for run in found.runs] == ["whole"]
    (problem,) = found.problems
    assert "damaged" in problem.message
    assert "SIGABRT" in problem.message
