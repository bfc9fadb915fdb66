"""Outputs of a `Comparison`, imported when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Protocol

from loglens.render.base import RendererMeta

if TYPE_CHECKING:
    from loglens.model.results.comparison import Comparison


class ComparisonRenderer(Protocol):
    meta: ClassVar[RendererMeta]

    def render(self, comparison: Comparison) -> str: ...


def _renderer(module: str, name: str) -> ComparisonRenderer:
    made: ComparisonRenderer = getattr(import_module(f"loglens.render.{module}"), name)()
    return made


COMPARISON_RENDERERS: dict[str, Callable[[], ComparisonRenderer]] = {
    "json": partial(_renderer, "comparison.json_comparison", "CompareJson"),
    "markdown": partial(_renderer, "comparison.markdown_comparison", "CompareMarkdown"),
    "text": partial(_renderer, "comparison.text_comparison", "CompareText"),
}
"""Makes a renderer with its default settings, by the id that `loglens compare --format` takes."""
