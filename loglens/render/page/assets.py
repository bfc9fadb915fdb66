"""Templates, style sheets and scripts: found, joined, and let in by a policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from loglens.render.page.views.run import WeightBar

MAIN_TEMPLATE = "diagnosis.html"


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
    """Jinja, escaping everything, over our own templates."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    from loglens.render.page.compiled import Compiled

    made = Environment(
        bytecode_cache=Compiled(),
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["table_body"] = _table_body
    made.filters["bar"] = _bar
    made.filters["unbroken"] = _unbroken
    return made


_INCLUDE = re.compile(r'{% include "([^"]+)" (\+?)%}(\n?)')


def _template(name: str) -> str:
    """A template with what it includes in its place: where that is another template, each is given a copy of all that
    is known, which takes as long as to fill it in. Lines are not indented: that is for those who read templates, and
    in a page of 200 runs it would weigh a megabyte."""
    text = "\n".join(line.lstrip() for line in read_asset(name).split("\n"))
    # as Jinja has it, the end of the line behind a block is left out, unless a plus keeps it
    return _INCLUDE.sub(lambda found: _template(found[1]) + (found[3] if found[2] else ""), text)


@lru_cache(maxsize=4096)
def _bar(bar: WeightBar) -> Markup:
    """A page has dozens of bars, and most of them are as long as one of another page."""
    from markupsafe import Markup

    return Markup(
        '<svg class="bar {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect x="{}" width="{}" height="8"/></svg>'
    ).format(bar.style, bar.x, bar.width)


_POWER = re.compile(r"\d[\d.]*e-\d+")


def _unbroken(text: str) -> Markup | str:
    """A sentence whose numbers with a power of ten stay on one line: a browser parts 5e-6 behind the minus."""
    if "e-" not in text:
        return text
    from markupsafe import Markup, escape

    return Markup(_POWER.sub(r'<span class="word">\g<0></span>', str(escape(text))))  # noqa: S704 (escaped here)


def _table_body(rows: Sequence[Sequence[str]]) -> Markup:
    """The rows of a table, escaped all at once: a page has hundreds of cells. The separators are control characters,
    which no text of a page holds (see `printable`)."""
    from markupsafe import Markup, escape

    cells = str(escape("\x1e".join("\x1f".join(row) for row in rows)))
    cells = cells.replace("\x1e", "</td></tr>\n<tr><td>").replace("\x1f", "</td><td>")
    return Markup(f"<tr><td>{cells}</td></tr>\n" if rows else "")  # noqa: S704 (escaped above)


@cache
def policy(*, styles: tuple[str, ...], scripts: tuple[str, ...]) -> str:
    """A Content-Security-Policy that lets in exactly these inline blocks and nothing from anywhere."""
    return (
        f"default-src 'none'; script-src {' '.join(map(_source, scripts))}; "
        f"style-src {' '.join(map(_source, styles))}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def style_sheet(*names: str) -> str:
    """The style sheets of these names joined, the colours first. The dark colours stand in one file and are used twice,
    for readers whose system is dark and for those who choose it here."""
    dark = read_asset("style/dark.css")
    parts = [
        read_asset("style/tokens.css"),
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}',
        f':root[data-theme="dark"] {{ {dark} }}',
        *(read_asset(f"style/{name}.css") for name in names),
    ]
    return "\n".join(parts)


@cache
def early_script() -> str:
    """Runs before anything is painted: tells the style sheet that scripts run, and sets the chosen colours."""
    return read_asset("script/early.js")


def read_asset(name: str) -> str:
    """A file of the templates' folder as text."""
    # universal newlines: a checkout on Windows must give the same page
    return (templates_dir() / name).read_text(encoding="utf-8").strip("\n")
