"""The comment: rendered by a Markdown engine, nothing of a log's author takes effect, and it always fits."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from loglens.model.diagnosis import Cause
from loglens.model.finding import SEVERITIES
from loglens.render.markdown.report import LIMIT, MarkdownReport
from loglens.render.markdown.text import cell_code, code, html_code, marker, prose
from tests.diagnoses import curves, diagnosis, healthy, run_diagnosis, spike
from tests.render.hostile import TEXTS, diagnosis_of

OURS = {
    "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "details", "summary", "ul", "li", "strong",
    "sub", "br", "em",
}  # fmt: skip
# what GitHub and GitLab turn into links or notifications after rendering, outside of code
EXPANDED = re.compile(r"@\w|(?<!&)#\d|\w://|www\.\w|\bGH-\d|!\d|:\w+:", re.IGNORECASE)


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [f"{name}={value}" for name, value in attrs]
        self.depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def rendered(markdown: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
    page.close()
    return page


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_nothing_from_a_log_takes_effect(text: str, runs: int) -> None:
    page = rendered(MarkdownReport().render(diagnosis_of(text, runs=runs)))
    assert set(page.tags) <= OURS
    assert {one for one in page.attributes if not one.startswith("style=text-align")} <= {"class=language-text"}
    assert page.comments == [" loglens:diagnosis "]
    assert not EXPANDED.search("".join(page.text))
    # the same document as with a harmless word: no cell, list, heading or paragraph more or less
    if text.strip():
        assert page.tags == rendered(MarkdownReport().render(diagnosis_of("word", runs=runs))).tags


@pytest.mark.parametrize("text", [one for one in TEXTS if 0 < len(one) < 200 and one.isprintable() and one.strip()])
def test_names_are_shown_as_they_are(text: str) -> None:
    shown = MarkdownIt("commonmark").render(code(text, 200))
    assert html.unescape(re.sub(r"</?(p|code)>", "", shown)).strip("\n") == text
    table = MarkdownIt("commonmark").enable("table").render(f"| a | b |\n| - | - |\n| {cell_code(text, 200)} | 2 |")
    cells = re.findall(r"<td>(.*?)</td>", table)
    assert len(cells) == 2
    assert html.unescape(re.sub(r"</?code>", "", cells[0])).replace("ǀ", "|") == text
    assert html.unescape(re.sub(r"</?code>", "", html_code(text, 200))) == text


@pytest.mark.parametrize("text", [one for one in TEXTS if 0 < len(one) < 200 and one.isprintable()])
def test_sentences_are_shown_as_they_are(text: str) -> None:
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(prose(text))
    assert html.unescape(re.sub(r"</?p>", "", shown)).replace("\u2060", "").strip("\n") == text.strip()


def test_one_run_says_what_a_reviewer_needs() -> None:
    text = MarkdownReport().render(diagnosis(run_diagnosis()))
    assert text.startswith("<!-- loglens:diagnosis -->\n")
    assert "🔴 LogLens: critical · Learning rate too high (83%)" in text
    assert "`peak_lr 3e-3 → 8e-4 (5e-4 … 1.2e-3), warm-up 50 → 200, clip gradients at 1`" in text
    assert "steps 300–324 of `train/loss`" in text
    assert "^^^" in text


def test_the_table_lists_the_worst_first() -> None:
    text = MarkdownReport().render(diagnosis(healthy("a"), run_diagnosis("z")))
    assert text.index("`z`") < text.index("`a`")
    assert "2 runs: 1 critical, 1 healthy" in text


@pytest.mark.parametrize("name", ["run", "n" * 10_000, "|" * 10_000, "<" * 10_000])
def test_five_hundred_runs_fit_and_whole_findings_are_counted(name: str) -> None:
    runs = tuple(
        replace(run_diagnosis(f"{number:03}-{name}"), findings=tuple(spike(10 * n) for n in range(1, 9)))
        for number in range(500)
    )
    text = MarkdownReport().render(diagnosis(*runs))
    assert len(text) <= LIMIT
    shown = text.count("**Critical: loss spike**")
    said = re.search(r"_([\d,]+) findings left out", text)
    assert said is not None
    assert 8 * shown + int(said[1].replace(",", "")) == 500 * 8  # eight alike are one line
    page = rendered(text)
    assert page.tags.count("details") == text.count("</details>")
    assert shown > 20 or len(name) > 10


def test_a_finding_is_never_cut_in_the_middle() -> None:
    for limit in range(2500, 6000, 50):
        text = MarkdownReport(limit=limit).render(diagnosis(run_diagnosis(), run_diagnosis("b")))
        assert len(text) <= limit
        assert text.count("- **") == text.count("</sub>")
        assert text.count("<details>") == text.count("</details>")


def test_one_bad_run_does_not_crowd_out_the_others() -> None:
    many = replace(run_diagnosis("a"), findings=tuple(spike(n) for n in range(400)))
    text = MarkdownReport().render(diagnosis(many, run_diagnosis("b")))
    assert "400 × loss spike" in text
    assert "<code>b</code>" in text


def test_mermaid_only_on_request_and_without_a_word_from_the_log() -> None:
    assert "mermaid" not in MarkdownReport().render(diagnosis())
    one = replace(run_diagnosis(), curves=curves(series='x-axis "evil"'))
    text = MarkdownReport(mermaid=True).render(diagnosis(one))
    chart = re.search(r"```mermaid\n(.*?)```", text, re.DOTALL)
    assert chart is not None
    assert "evil" not in chart[1]
    assert re.fullmatch(r'xychart-beta\n  title "Loss"\n  x-axis "step" 0 --> \d+\n  line \[[-\d., e]+\]\n', chart[1])


def test_no_run_at_all() -> None:
    text = MarkdownReport().render(replace(diagnosis(), runs=()))
    assert "no run could be judged" in text
    assert "runs/torn/events.out" in text


@pytest.mark.parametrize(
    ("key", "said"), [("a b", "a-b"), ("-->x", "x"), ("a--b", "a-b"), ("", "report"), ("é", "report")]
)
def test_the_marker_is_one_comment(key: str, said: str) -> None:
    assert marker(key) == f"<!-- loglens:{said} -->"


def test_severities_all_have_a_word() -> None:
    for severity in SEVERITIES:
        one = replace(run_diagnosis(), findings=(spike(5, severity=severity),))
        assert f"**{severity.capitalize()}: loss spike**" in MarkdownReport().render(diagnosis(one))


def test_beside_a_hint_the_headline_is_said_and_a_log_that_does_not_tell_says_so_once() -> None:
    others = (Cause(cause="overfitting", probability=0.3), Cause(cause="healthy", probability=0.2))
    for cause, heads, names in (("lr_too_high", 1, 1), ("unknown", 0, 0)):
        first = Cause(cause=cause, probability=0.5)  # type: ignore[arg-type]
        run = replace(run_diagnosis(), verdict="healthy", findings=(), causes=(first, *others))
        text = MarkdownReport().render(diagnosis(run))
        assert text.count("Nothing was found that") == heads, cause
        assert ("overfitting 30%" in text) is bool(names), cause
