"""Outputs drawn from one `Diagnosis`. The registry holds names only: a renderer is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from loglens.errors import SettingsError

if TYPE_CHECKING:
    from loglens.render.base import Renderer

RENDERERS: dict[str, str] = {
    "html": "loglens.render.html_report:HtmlReport",
    "json": "loglens.render.json_report:JsonReport",
    "junit": "loglens.render.junit_report:JunitReport",
    "markdown": "loglens.render.markdown_report:MarkdownReport",
    "sarif": "loglens.render.sarif_report:SarifReport",
    "text": "loglens.render.text_report:TextReport",
}
"""`module:Class` by the id that `--format` takes, in alphabetical order."""


def renderer(format_id: str) -> Renderer:
    """The renderer of that id with its default settings; SettingsError where there is none of that name."""
    if format_id not in RENDERERS:
        raise SettingsError(f"no output format {format_id!r}: choose from {', '.join(RENDERERS)}")
    module, name = RENDERERS[format_id].split(":")
    return cast("Renderer", getattr(import_module(module), name)())
