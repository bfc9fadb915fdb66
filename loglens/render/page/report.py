"""The report as one HTML file: no network, no server, the same bytes for the same diagnosis."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from loglens.model.diagnosis import Diagnosis
from loglens.render.base import RendererMeta
from loglens.render.page.view import page_view

if TYPE_CHECKING:
    from jinja2 import Environment

MAIN_TEMPLATE = "diagnosis.html"
STYLES = ("tokens", "page", "hero", "parts", "charts", "overview", "print")
SCRIPTS = (
    "data", "format", "state", "palette", "marks", "chart", "pointer", "stack", "toolbar", "findings", "overview",
    "page", "main",
)  # fmt: skip
"""In this order: later files use what earlier ones define."""


class HtmlReport:
    """One self-contained page: verdict, advice, charts, findings, causes, and everything they rest on."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="html", title="Self-contained page", suffix=".html")

    def render(self, diagnosis: Diagnosis) -> str:
        from markupsafe import Markup

        style, early, script = _style(), _early_script(), _script()
        return (
            environment()
            .get_template(MAIN_TEMPLATE)
            .render(
                page=page_view(diagnosis),
                policy=_policy(styles=(style,), scripts=(early, script)),
                # our own files, never a stranger's text: the only values that are not escaped
                style=Markup(style),  # noqa: S704
                early=Markup(early),  # noqa: S704
                script=Markup(script),  # noqa: S704
            )
        )


def templates_dir() -> Path:
    """The folder of the templates: inside the installed package, else beside it in a checkout.

    Raises FileNotFoundError where neither holds the main template.
    """
    package = Path(str(resources.files("loglens")))
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / MAIN_TEMPLATE).is_file():
            return folder
    raise FileNotFoundError(f"no {MAIN_TEMPLATE} in {package / 'templates'} or {package.parent / 'templates'}")


@cache
def environment() -> Environment:
    """Jinja over our own templates, everything escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        # indentation is for those who read templates; in a page of 200 runs it would weigh a megabyte
        loader=FunctionLoader(lambda name: "\n".join(line.lstrip() for line in _read(name).split("\n"))),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _policy(*, styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """A Content-Security-Policy that lets in exactly these inline blocks and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src {' '.join(map(_source, scripts))}; "
        f"style-src {' '.join(map(_source, styles))}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _style() -> str:
    """The style sheet: the chart library's, then ours. The dark colours stand in one file and are used twice, for
    readers whose system is dark and for those who choose it here."""
    dark = _read("style/dark.css")
    parts = [
        _read("vendor/uPlot.min.css"),
        _read("style/tokens.css"),
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}',
        f':root[data-theme="dark"] {{ {dark} }}',
        *(_read(f"style/{name}.css") for name in STYLES[1:]),
    ]
    return "\n".join(parts)


@cache
def _early_script() -> str:
    """Runs before anything is painted: tells the style sheet that scripts run, and sets the chosen colours."""
    return _read("script/early.js")


@cache
def _script() -> str:
    # the licence asks to be in every copy, and each page is one
    own = "\n".join(_read(f"script/{name}.js") for name in SCRIPTS)
    licence = _read("vendor/uPlot.LICENSE.txt")
    return f'/*\n{licence}\n*/\n{_read("vendor/uPlot.iife.min.js")}\n(() => {{\n"use strict";\n{own}\n}})();\n'


def _read(name: str) -> str:
    # universal newlines: a checkout on Windows must give the same page
    return (templates_dir() / name).read_text(encoding="utf-8").strip("\n")
