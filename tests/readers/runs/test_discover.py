"""What a walk survives."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.contract.base import Probe
from loglens.readers.frameworks.allennlp import AllenNlp
from tests.readers.written import only, write


def test_a_reader_that_fails_to_recognise_a_file_costs_that_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: AllenNlp, probe: Probe) -> bool:
        if probe.name == "odd.bin2":
            raise ValueError("never seen")
        return False

    monkeypatch.setattr(AllenNlp, "recognises", failing)
    write(tmp_path / "log.csv", "step,loss\n0,1\n1,2\n")
    write(tmp_path / "odd.bin2", "odd")
    result = read(tmp_path)
    assert only(result).name == "."
    assert [(problem.path, "report" in problem.message) for problem in result.problems] == [("odd.bin2", True)]


def test_a_data_set_with_numbered_rows_is_no_log(tmp_path: Path) -> None:
    write(tmp_path / "log.csv", "step,loss\n0,1\n1,2\n")
    write(tmp_path / "data" / "train.csv", "id,text,label\n" + "".join(f"{row},words,{row % 2}\n" for row in range(9)))
    result = read(tmp_path)
    assert only(result).name == "."
    assert [problem.path for problem in result.problems] == ["data/train.csv"]
