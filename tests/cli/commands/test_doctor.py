"""`loglens doctor` names what is missing with the line that gets it; `loglens schema` prints the contract."""

from __future__ import annotations

import json
import re
import tomllib
import webbrowser
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import loglens
from loglens.cli.commands import doctor
from loglens.cli.group import cli
from loglens.model.documents.to_json import to_document

SAMPLES = Path(__file__).parents[3] / "sample_logs" / "runs"


def declared() -> list[str]:
    """What `pyproject.toml` asks for, as installed metadata has it."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    own: list[str] = project["dependencies"]
    return own + [
        f'{one.partition(";")[0]}; extra == "{extra}"' for extra, packages in extras.items() for one in packages
    ]


def test_it_says_what_is_there_and_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requires", lambda name: declared() if name == "loglens" else [])
    done = CliRunner().invoke(cli, ["doctor"], catch_exceptions=False)
    assert done.exit_code == 0
    for word in ("LogLens", "Python", "numpy", "GPU", "browser", "completion", "mcp", "replay"):
        assert word in done.output
    assert max(map(len, done.output.splitlines())) <= 80


def test_what_is_missing_comes_with_the_line_that_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["numpy>=2.0", "made-up-package>=3", 'also-made-up>=1; extra == "mcp"', 'ruff>=0.8; extra == "test"']
    monkeypatch.setattr(doctor, "requires", lambda name: lines if name == "loglens" else [])
    done = CliRunner().invoke(cli, ["doctor"], catch_exceptions=False)
    assert done.exit_code == 2
    assert re.search(r"– made-up-package +missing", done.output)
    assert 'missing: also-made-up\n    get it with: pip install "loglens[mcp]"' in done.output
    assert "To mend: pip install --upgrade made-up-package" in done.output
    assert "ruff" not in done.output


@pytest.mark.parametrize(("found", "good"), [("2.0", True), ("2.10.1", True), ("1.26.4", False), ("", False)])
def test_versions_are_compared_as_numbers(found: str, good: bool) -> None:
    assert doctor.Package("numpy", ">=2.0", found).good is good


@pytest.mark.parametrize(
    ("programs", "display", "good", "said"),
    [
        ([], "", False, "none here"),
        (["chromium"], "", True, "chromium, but no display"),
        (["google-chrome", "firefox"], "", True, "firefox, but no display"),
        (["chromium"], ":7", True, "the page can be opened"),
        (["w3m"], "", True, "the page can be opened"),
    ],
)
def test_a_browser_is_named_where_one_is_on_the_path(
    programs: list[str], display: str, good: bool, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in programs:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr(webbrowser, "_tryorder", None)  # Python looks once and keeps what it found
    monkeypatch.setattr(webbrowser, "_browsers", {})
    (found,) = [one for one in doctor.surroundings() if one[1] == "browser"]
    assert found[0] is good
    assert found[2].startswith(said)


def test_the_schema_holds_for_what_is_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["schema"], catch_exceptions=False)
    schema = json.loads(done.stdout)
    jsonschema.validate(to_document(loglens.diagnose(SAMPLES / "overfitting")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"runs": []}, schema)
    path = tmp_path / "schema.json"
    assert CliRunner().invoke(cli, ["schema", "-o", str(path)]).exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8")) == schema


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_that_the_readme_names_is_there(shell: str) -> None:
    done = CliRunner().invoke(cli, [], prog_name="loglens", env={"_LOGLENS_COMPLETE": f"{shell}_source"})
    assert "loglens" in done.output
    assert f"{shell}_complete" in done.output
