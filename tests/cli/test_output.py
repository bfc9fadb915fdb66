"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.cli.output import write_output
from loglens.errors import LogLensError


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_output(tmp_path / "a" / "report.html", "é\n")
    assert (tmp_path / "a" / "report.html").read_bytes() == "é\n".encode()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LogLensError, match=r"cannot write .*-o"):
        write_output(tmp_path / "file" / "report.html", "x")
