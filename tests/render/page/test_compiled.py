from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FunctionLoader

from loglens.render.page import compiled
from loglens.render.page.compiled import Compiled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compiled, "cache_from_source", lambda _: str(tmp_path / "kept" / "compiled.pyc"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "kept"


def rendered(text: str) -> str:
    loader = FunctionLoader(lambda _: text)
    return Environment(loader=loader, bytecode_cache=Compiled(), autoescape=True).get_template("a.html").render(n=2)


def compilings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that are compiled from here on."""
    sources: list[str] = []
    real: Any = Environment.compile

    def compile_(self: Environment, source: str, *rest: Any, **more: Any) -> Any:
        sources.append(source)
        return real(self, source, *rest, **more)

    monkeypatch.setattr(Environment, "compile", compile_)
    return sources


def test_a_template_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = compilings(monkeypatch)
    assert [rendered("{{ n }} runs"), rendered("{{ n }} runs")] == ["2 runs", "2 runs"]
    assert sources == ["{{ n }} runs"]
    assert [path.name.startswith("template-") for path in folder.iterdir()] == [True]


@pytest.mark.usefixtures("folder")
def test_another_text_is_compiled_anew() -> None:
    assert rendered("{{ n }} runs") == "2 runs"
    assert rendered("{{ n }} logs") == "2 logs"


def test_what_is_damaged_is_compiled_anew(folder: Path) -> None:
    rendered("{{ n }} runs")
    (kept,) = folder.iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert rendered("{{ n }} runs") == "2 runs"


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered("{{ n }} runs") == "2 runs"
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_text("a file")
    monkeypatch.setattr(compiled, "cache_from_source", lambda _: str(tmp_path / "kept" / "compiled.pyc"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert rendered("{{ n }} runs") == "2 runs"
