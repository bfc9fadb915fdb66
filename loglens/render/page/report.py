"""The report as one HTML file: no network, no server, the same bytes for the same diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from loglens.model.diagnosis import Diagnosis
from loglens.render.base import RendererMeta
from loglens.render.page.assets import (
    MAIN_TEMPLATE,
    early_script,
    environment,
    policy,
    read_asset,
    style_sheet,
    templates_dir,
)
from loglens.render.page.views.page import page_view

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["HtmlReport", "templates_dir"]
STYLES = ("page", "hero", "parts", "charts", "overview", "print")
SCRIPTS = (
    "data", "format", "state", "palette", "marks", "chart", "pointer", "stack", "toolbar", "findings", "overview",
    "page", "main",
)  # fmt: skip
"""In this order: later files use what earlier ones define."""


class HtmlReport:
    """One self-contained page: verdict, advice, charts, findings, causes, and everything they rest on."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="html", title="Self-contained page", suffix=".html")

    def render(self, diagnosis: Diagnosis) -> str:
        return self.page(diagnosis)

    def page(self, diagnosis: Diagnosis, links: Sequence[tuple[str, str]] = ()) -> str:
        """`links`: address and words of each, to the pages this one is one of many with."""
        style, early, script = _style(), _early(), _script()
        return (
            environment()
            .get_template(MAIN_TEMPLATE)
            .render(
                page=page_view(diagnosis),
                links=links,
                policy=policy(styles=(style,), scripts=(early, script)),
                style=style,
                early=early,
                script=script,
            )
        )


# Our own files, never a stranger's text: the only values that are not escaped. They are most of a page, so that a mark
# on each page's own copy of them would take as long as its numbers.


@cache
def _style() -> Markup:
    return _trusted(f"{read_asset('vendor/uPlot.min.css')}\n{style_sheet(*STYLES)}")


@cache
def _early() -> Markup:
    return _trusted(early_script())


def _trusted(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704


@cache
def _script() -> Markup:
    # the licence asks to be in every copy, and each page is one
    own = "\n".join(read_asset(f"script/{name}.js") for name in SCRIPTS)
    licence = read_asset("vendor/uPlot.LICENSE.txt")
    return _trusted(
        f'/*\n{licence}\n*/\n{read_asset("vendor/uPlot.iife.min.js")}\n(() => {{\n"use strict";\n{own}\n}})();\n'
    )
