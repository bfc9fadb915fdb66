"""Every payload in every field, drawn by a real browser: no code runs, nothing is asked for, no element is added.

    python -m pytest tests/browser/test_payloads.py

The report and the index stand under their own policy, a notebook's cell and a comment under none, as where they are
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver import Chrome

from loglens.fleet.compare import compare
from loglens.model.diagnosis import Diagnosis
from loglens.model.results.comparison import Comparison
from loglens.model.results.index import IndexFinding, RunIndex
from loglens.model.run import Problem
from loglens.render import RENDERERS
from loglens.render.comparison.formats import COMPARISON_RENDERERS
from loglens.render.page.index import index_page
from tests.browser.chromium import complaints, requests
from tests.browser.indexes import many
from tests.browser.waiting import load
from tests.hostile.payloads import PAYLOADS
from tests.render.hostile import diagnosis_of, run_of

BATCH = 75
BATCHES = [PAYLOADS[at : at + BATCH] for at in range(0, len(PAYLOADS), BATCH)]
Draw = Callable[[tuple[str, ...]], str]
STRUCTURE = """
const all = [...document.querySelectorAll('*')];
const count = {};
for (const one of all) count[one.localName] = (count[one.localName] || 0) + 1;
return {
  count,
  handlers: all.flatMap((one) => [...one.attributes]).filter((one) => one.name.startsWith('on')).map((one) => one.name),
  addresses: all.flatMap((one) => ['href', 'src', 'action', 'data', 'srcset', 'formaction', 'ping', 'poster']
    .filter((name) => one.hasAttribute(name)).map((name) => one.getAttribute(name))),
  ran: 'PWN' in window || window.PWN !== undefined,
  place: location.protocol,
  frames: window.length,
};
"""


def diagnosis(texts: tuple[str, ...]) -> Diagnosis:
    """A run a payload, every word of the run being the payload."""
    return replace(diagnosis_of(texts[0]), runs=tuple(run_of(text) for text in texts))


def report(texts: tuple[str, ...]) -> str:
    return RENDERERS["html"]().render(diagnosis(texts))


def index(texts: tuple[str, ...]) -> str:
    whole: RunIndex = many(len(texts), nights=1)
    rows = [
        replace(
            row, run=text, advice=text, headline=text, owner=text, tags=(text,),
            findings=(IndexFinding(kind="divergence", severity="critical", start=1, end=2, summary=text, id=text,
                                   status="new"),),
        )
        for row, text in zip(whole.rows, texts, strict=True)
    ]  # fmt: skip
    groups = [replace(one, sweep=texts[0], shared=texts[1], advice=texts[2]) for one in whole.groups]
    return index_page(
        replace(whole, path=texts[0], trend=(), rows=tuple(rows), groups=tuple(groups),
                problems=tuple(Problem(path=text, message=text) for text in texts))
    )  # fmt: skip


def hosted(body: str) -> str:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{body}</body></html>"


def cell(texts: tuple[str, ...]) -> str:
    return hosted("".join(diagnosis((text,))._repr_html_() for text in texts) + diagnosis(texts)._repr_html_())


def compared(texts: tuple[str, ...]) -> Comparison:
    return compare(diagnosis(texts), replace(diagnosis(texts), path=texts[-1]))


def comparison_cell(texts: tuple[str, ...]) -> str:
    return hosted(compared(texts)._repr_html_())


def comment(texts: tuple[str, ...]) -> str:
    """As a forge shows it, its own filter left out."""
    engine = MarkdownIt("gfm-like", {"linkify": False})
    documents = [
        RENDERERS["markdown"]().render(diagnosis(texts)),
        COMPARISON_RENDERERS["markdown"]().render(compared(texts)),
    ]
    return hosted("".join(engine.render(one) for one in documents))


@cache
def harmless_page(kind: str, count: int) -> str:
    return DRAWN[kind](tuple(f"word{at}" for at in range(count)))


DRAWN: dict[str, Draw] = {
    "report": report, "index": index, "notebook": cell, "comparison": comparison_cell, "comment": comment,
}  # fmt: skip


@pytest.fixture
def opened(chromium: Chrome, tmp_path: Path) -> Iterator[Callable[[str], dict[str, object]]]:
    def opened(page: str) -> dict[str, object]:
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
        chromium.get("about:blank")
        requests(chromium), complaints(chromium)
        load(chromium, path.as_uri())
        # whatever waits for a focus, a mouse or a fold that opens has had it
        chromium.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = true;"
            "for (const one of document.querySelectorAll('*'))"
            " for (const kind of ['mouseover', 'focus', 'error', 'load', 'toggle'])"
            " one.dispatchEvent(new Event(kind, {bubbles: false}));"
        )
        with pytest.raises(NoAlertPresentException):
            _ = chromium.switch_to.alert.text
        assert requests(chromium) == []
        assert complaints(chromium) == []
        assert chromium.current_url == path.as_uri()
        found: dict[str, object] = chromium.execute_script(STRUCTURE)
        return found

    yield opened


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("texts", BATCHES, ids=range(len(BATCHES)))
def test_a_payload_is_text(kind: str, texts: tuple[str, ...], opened: Callable[[str], dict[str, object]]) -> None:
    found = opened(DRAWN[kind](texts))
    harmless = opened(harmless_page(kind, len(texts)))
    assert not found["ran"]
    assert found["handlers"] == []
    assert found["frames"] == 0
    assert found["place"] == "file:"
    counts, expected = found["count"], harmless["count"]
    assert isinstance(counts, dict)
    assert isinstance(expected, dict)
    assert set(counts) <= set(expected) | {"br", "wbr"}
    for tag in ("script", "style", "link", "meta", "base", "form", "iframe", "object", "embed", "img", "video", "audio",
                "body", "html", "head", "title", "input", "button", "textarea"):  # fmt: skip
        assert counts.get(tag, 0) == expected.get(tag, 0), tag
    addresses = found["addresses"]
    assert isinstance(addresses, list)
    known = harmless["addresses"]
    assert isinstance(known, list)
    assert [one for one in addresses if not one.startswith("#") and one not in known and one != "./"] == []


def test_the_browser_would_have_told(opened: Callable[[str], dict[str, object]]) -> None:
    """What is looked for is seen where it happens: the same page with one payload let through."""
    assert opened(hosted("<details ontoggle='window.PWN=1'>x</details>"))["ran"]
    with pytest.raises(AssertionError):
        opened(hosted("<img src='http://127.0.0.1:9/x.png'>"))
    with pytest.raises(AssertionError):
        opened(report(("word",)).replace("</body>", "<script>window.PWN=1</script></body>"))
