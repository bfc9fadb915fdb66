"""The page as text: safe, whole, the same each time, small and quick enough."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loglens.model.diagnosis import Diagnosis
from loglens.render.page.assets import environment
from loglens.render.page.report import HtmlReport, templates_dir
from tests.diagnoses import diagnosis, healthy, run_diagnosis, sweep, with_replay
from tests.growth import LIMIT, growth
from tests.render.edges import EDGES
from tests.render.hostile import TEXTS, diagnosis_of

VENDORED = {
    # uPlot 1.6.32, https://registry.npmjs.org/uplot/-/uplot-1.6.32.tgz, folder dist/
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "uPlot.LICENSE.txt": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}
ALLOWED_ADDRESSES = ("http://www.w3.org/2000/svg", "https://github.com/leeoniya/uPlot")
"""A name space and the library's own first line: neither is ever fetched."""


class Outline(HTMLParser):
    """Tags, ids, links and attributes of a page; raises where tags do not close in order."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
    SVG_VOID = frozenset({"path", "rect", "circle", "use"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.SVG_VOID, f"<{tag}/> is no element of its own"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.tags if attrs.get("id")]  # type: ignore[misc]


def page(given: Diagnosis) -> str:
    return HtmlReport().render(given)


def payload(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1], parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_vendored_files_are_the_published_ones() -> None:
    folder = templates_dir() / "vendor"
    assert {path.name for path in folder.iterdir()} == set(VENDORED)
    for name, digest in VENDORED.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_the_same_diagnosis_gives_the_same_bytes() -> None:
    assert page(sweep(3)) == page(sweep(3))


def test_the_licence_of_the_chart_library_is_in_the_page() -> None:
    text = page(diagnosis())
    for line in (templates_dir() / "vendor" / "uPlot.LICENSE.txt").read_text(encoding="utf-8").splitlines():
        assert line in text


@pytest.mark.parametrize(
    "given", [diagnosis(), diagnosis(with_replay(run_diagnosis())), sweep(3)], ids=["two", "one", "sweep"]
)
def test_tags_close_ids_are_unique_and_links_lead_somewhere(given: Diagnosis) -> None:
    outline = Outline(page(given))
    assert len(outline.ids) == len(set(outline.ids))
    for tag, attrs in outline.tags:
        target = attrs.get("href") or ""
        if tag in {"a", "use"}:
            assert target.startswith("#")
            assert target[1:] in outline.ids
        assert "style" not in attrs, "the policy forbids style attributes"
        assert not any(name.startswith("on") for name in attrs)


def test_headings_skip_no_level() -> None:
    for given in (diagnosis(run_diagnosis()), sweep(2)):
        levels = [int(tag[1]) for tag, _ in Outline(page(given)).tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_policy_lets_in_the_pages_own_blocks_and_nothing_else() -> None:
    text = page(diagnosis())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert policy.startswith("default-src &#39;none&#39;; script-src ")
    blocks = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", text, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        assert base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() in policy.replace("&#43;", "+")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_names_no_address_it_could_ask() -> None:
    text = page(sweep(3))
    for address in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"'<)]*", text):
        assert address.startswith(ALLOWED_ADDRESSES), address
    for loader in ("fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import(", "@import", "url("):
        assert loader not in text, loader


@pytest.mark.parametrize("text", TEXTS, ids=[f"{n}" for n, _ in enumerate(TEXTS)])
def test_a_strangers_text_stays_text(text: str) -> None:
    made = page(diagnosis_of(text, runs=2))
    made.encode("utf-8")
    outline = Outline(made)
    assert [tag for tag, _ in outline.tags].count("script") == 3
    assert not {tag for tag, _ in outline.tags} & {"img", "iframe", "object", "embed", "base", "form"}
    assert "\u202e" not in made
    assert len(made) < 600_000
    assert payload(made)["runs"]


def test_words_of_the_verdict_the_advice_and_the_doubts_are_there() -> None:
    text = page(diagnosis(run_diagnosis()))
    for said in (
        "Learning rate too high",
        "83%",
        "peak_lr 3e-3 → 8e-4 (5e-4 … 1.2e-3), warm-up 50 → 200, clip gradients at 1",
        "-    learning_rate=3e-3,",
        "+    learning_rate=8e-4,",
        "The loss jumps from 0.52 to 3.52 at step 300",
        "above the level of the 64 points before",
        "fewer than 4 validation points",
        "ValueError: made up for the test",
        "dropped a repeated header",
        "average over the whole run",
        "After step 210 the run went on at step 200, 11 points written again (new file).",
        "the last record is cut; 56 of 57 points were read",
        "What would change the verdict",
        'id="r1-loss_spike-300-324"',
    ):
        assert said in text, said


def test_a_replay_is_told_and_drawn() -> None:
    text = page(diagnosis(with_replay(run_diagnosis())))
    assert "Replay confirms it" in text
    assert "The largest learning rate without the fault is ×0.25 the original (between ×0.1 and ×0.5)." in text
    assert "exit code 137" in text
    assert [curve["series"] for curve in payload(text)["runs"][0]["replay"]["curves"]] == ["control", "half", "quarter"]


@pytest.mark.parametrize("name", EDGES)
def test_a_page_comes_out_at_the_edges(name: str) -> None:
    text = page(EDGES[name]())
    assert re.findall(r' (?:x|y|d|width|height)="[^"]*(?:nan|inf)[^"]*"', text) == []
    Outline(text)
    payload(text)


def test_runs_come_worst_first_under_their_own_numbers() -> None:
    text = page(diagnosis(healthy("a"), run_diagnosis("b")))
    anchors = re.findall(r'<details class="run" id="(run-\d)"', text)
    assert anchors == ["run-2", "run-1"]
    assert 'id="r2-loss_spike-300-324"' in text


def test_one_run_is_small() -> None:
    assert len(page(sweep(1, 100_000)).encode()) <= 350_000


def test_twenty_long_runs_are_small() -> None:
    assert len(page(sweep(20, 100_000)).encode()) <= 1_500_000


def test_a_page_costs_what_its_runs_do() -> None:
    page(sweep(1, 1_000))  # templates are compiled once a process

    def drawing(runs: int) -> Callable[[], object]:
        several = sweep(runs, 1_000)
        return lambda: page(several)

    assert growth(drawing, 4) <= LIMIT


def test_templates_are_found_beside_the_package_or_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (templates_dir() / "diagnosis.html").is_file()
    package = tmp_path / "site" / "loglens"
    (package / "templates").mkdir(parents=True)
    monkeypatch.setattr(resources, "files", lambda name: tmp_path / "site" / name)
    with pytest.raises(FileNotFoundError, match=r"diagnosis\.html"):
        templates_dir()
    (package / "templates" / "diagnosis.html").touch()
    assert templates_dir() == package / "templates"


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (
            "from 5e-6 to 1.25e-4 <b>",
            'from <span class="word">5e-6</span> to <span class="word">1.25e-4</span> &lt;b&gt;',
        ),
        ("rose to 0.5", "rose to 0.5"),
        ("the-one and pre-2", "the-one and pre-2"),
    ],
)
def test_a_number_with_a_power_of_ten_stays_on_one_line(text: str, page: str) -> None:
    assert environment().from_string("{{ text|unbroken }}").render(text=text) == page
