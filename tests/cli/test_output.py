"""Files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens.cli.group import cli
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


@pytest.mark.parametrize(
    ("name", "begins", "says"),
    [
        ("junit.xml", "<?xml", "JUnit XML"),
        ("report.sarif", '{\n  "$schema"', "SARIF 2.1.0"),
        ("comment.md", "<!-- loglens:", "a comment in Markdown"),
        ("diagnosis.json", '{\n  "schema_version"', "the JSON document"),
    ],
)
def test_the_end_of_the_output_s_name_chooses_the_format_and_is_said(
    tmp_path: Path, name: str, begins: str, says: str
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n" + "".join(f"{step},{3 / (step + 1)}\n" for step in range(40)), encoding="utf-8")
    done = CliRunner().invoke(cli, ["diagnose", str(log), "-o", str(tmp_path / name)])
    assert done.exit_code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)
    assert f"Wrote {tmp_path / name}: {says}" in done.stderr
    assert done.stdout == ""
