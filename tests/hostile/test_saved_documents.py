"""Broken saved documents: `loglens render` names the place, whatever the format that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import loglens
from loglens.cli.commands.diagnose import FORMATS
from loglens.cli.group import EXIT_USAGE, cli
from loglens.errors import SettingsError
from loglens.model.documents.to_json import from_document
from loglens.render import RENDERERS

INPUTS = sorted((Path(__file__).parent / "inputs" / "saved_documents").glob("*.json"))
SAMPLE = Path(__file__).parents[2] / "sample_logs" / "runs" / "lr-jump"


@pytest.mark.parametrize("path", INPUTS, ids=[one.stem for one in INPUTS])
@pytest.mark.parametrize("format_", FORMATS)
def test_a_broken_document_is_refused_by_name(path: Path, format_: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["render", str(path), "-f", format_, "-o", str(tmp_path / "out")])
    assert done.exit_code == EXIT_USAGE
    assert str(path) in done.stderr
    assert "loglens diagnose PATH --format json" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def text() -> str:
    return loglens.render(loglens.diagnose(SAMPLE), "json")


def test_the_document_itself_is_read(text: str) -> None:
    back = from_document(json.loads(text))
    assert all(RENDERERS[name]().render(back) for name in RENDERERS)


def shorten(curve: dict[str, Any]) -> None:
    curve["values"].pop()


def turn(curve: dict[str, Any]) -> None:
    curve["steps"].reverse()


def put(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda holder: holder.update({name: value})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda run: shorten(run["curves"][0]), "lists of different lengths"),
        (lambda run: turn(run["curves"][0]), "goes back in its steps"),
        (lambda run: put("points", 2**70)(run["curves"][0]), "64 bits"),
        (lambda run: put("epochs", "soon")(run["curves"][0]), "beyond the contract"),
        (put("notes", [{"kind": "made up", "message": "x"}]), "notes[0].kind is 'made up'"),
        (put("notes", [{"kind": "info", "message": 3}]), "notes[0].message is 3, not text"),
        (put("config", {"lr": [1]}), "config.'lr' is [1]"),
        (put("files", [7]), "beyond the contract"),
        (put("live", 1), None),
        (put("series_count", True), "series_count is True"),
        (put("levels", [{"role": "train_loss"}]), "beyond the contract"),
        (put("choices", [{"role": "x", "series": 1, "reason": "", "passed_over": []}]), "choices[0]"),
    ],
)
def test_a_wrong_field_is_named(text: str, spoil: Callable[[dict[str, Any]], None], says: str | None) -> None:
    document = json.loads(text)
    spoil(document["runs"][0])
    if says is None:
        from_document(document)
        return
    with pytest.raises(SettingsError) as raised:
        from_document(document)
    assert says in str(raised.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_is_none_in_json_is_refused(text: str, number: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text(text.replace('"points": ', f'"points": {number}, "was": ', 1))
    done = CliRunner().invoke(cli, ["render", str(path), "-f", "json"])
    assert done.exit_code == EXIT_USAGE
    assert "is no JSON" in done.stderr


def test_nesting_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    path.write_text('{"schema_version": "1", "runs": ' + "[" * 100_000)
    done = CliRunner().invoke(cli, ["render", str(path)])
    assert done.exit_code == EXIT_USAGE
    assert "nested too deeply" in done.stderr or "is no JSON" in done.stderr
