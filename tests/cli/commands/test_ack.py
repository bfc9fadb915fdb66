"""Accepting a finding: it fails no night until its day is over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loglens.cli.group import EXIT_FINDINGS, EXIT_USAGE, cli
from tests.benchmarks.many_runs import write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for number in (3, 6):
        write(tmp_path / "runs", number, 400)
    done = run("nightly", str(tmp_path / "runs"), "--out", str(tmp_path / "site"), "--backend", "threading")
    assert done.exit_code == EXIT_FINDINGS, done.output
    return tmp_path / "site"


def criticals(site: Path) -> list[dict[str, object]]:
    document = json.loads((site / "nightly.json").read_text(encoding="utf-8"))
    return [one for one in document["findings"] if one["severity"] == "critical"]


def test_an_accepted_finding_is_shown_and_fails_nothing(site: Path, tmp_path: Path) -> None:
    ids = [str(one["id"]) for one in criticals(site)]
    assert run("ack", *ids, "--out", str(site), "--until", "2999-01-01", "--why", "known").exit_code == 0
    again = run("nightly", str(tmp_path / "runs"), "--out", str(site), "--backend", "threading", "--rebuild")
    assert again.exit_code == 0, again.output
    assert {one["accepted"]["why"] for one in criticals(site)} == {"known"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nosuchid",), "no finding nosuchid"),
        (("x", "--until", "tomorrow"), "is no day; write it as 2026-12-31"),
        (("x", "--until", "2001-01-01"), "is over"),
    ],
)
def test_a_wrong_ack_is_a_sentence(site: Path, arguments: tuple[str, ...], says: str) -> None:
    done = run("ack", *arguments, "--out", str(site))
    assert done.exit_code == EXIT_USAGE
    assert says in done.output


def test_a_folder_that_is_no_site_is_a_sentence(tmp_path: Path) -> None:
    done = run("ack", "x", "--out", str(tmp_path))
    assert done.exit_code == EXIT_USAGE
    assert "is no site of a nightly" in done.output
