"""Outputs drawn from one `Diagnosis`. A renderer is imported when it is asked for: a JSON file needs no templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglens.render.base import Renderer


def _renderer(module: str, name: str) -> Renderer:
    made: Renderer = getattr(import_module(f"loglens.render.{module}"), name)()
    return made


RENDERERS: dict[str, Callable[[], Renderer]] = {
    "html": partial(_renderer, "page.report", "HtmlReport"),
    "json": partial(_renderer, "machine.json_report", "JsonReport"),
    "junit": partial(_renderer, "machine.junit_report", "JunitReport"),
    "markdown": partial(_renderer, "markdown.report", "MarkdownReport"),
    "sarif": partial(_renderer, "machine.sarif_report", "SarifReport"),
    "text": partial(_renderer, "terminal.report", "TextReport"),
}
"""Makes a renderer with its default settings, by the id that `--format` takes, in alphabetical order."""
