"""One list of numbers in a text."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from loglens.errors import LogLensError
from loglens.readers import read
from tests.readers.written import only, role, values, write

LOSSES = [3.125, 2.75, 2.5, 2.25, 2.0]


@pytest.mark.parametrize(
    "text",
    [
        "[3.125 2.75  2.5\n 2.25  2.   ]\n",
        "[3.125, 2.75, 2.5, 2.25, 2.0]",
        "[[3.125]\n [2.75]\n [2.5]\n [2.25]\n [2.]]\n",
        "[\n3.125e0,\n2.75,\n2.5,\n2.25,\n2\n]\n",
    ],
)
@pytest.mark.parametrize("name", ["losses.txt", "train_loss.log", "loss"])
def test_a_printed_list_is_what_its_file_is_called(tmp_path: Path, text: str, name: str) -> None:
    run = only(read(write(tmp_path / name, text)))
    assert values(run, role(run, "train_loss") or "") == LOSSES


def test_nan_is_a_number_and_what_follows_the_list_is_told(tmp_path: Path) -> None:
    run = only(read(write(tmp_path / "loss.txt", "[3.0, 2.0, nan, inf, 1.0, e, 5.0]")))
    found = values(run, "loss")
    assert found[:2] == [3.0, 2.0]
    assert math.isnan(found[2])
    assert found[3:] == [math.inf, 1.0]
    assert any("up to character 26" in note.message for note in run.notes)


@pytest.mark.parametrize(("name", "text"), [("data.txt", "[3.0, 2.0, 1.0]"), ("loss.txt", "[3.0, 2.0, 'a']")])
def test_other_lists_are_no_log(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(LogLensError):
        read(write(tmp_path / name, text))
