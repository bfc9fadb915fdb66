"""No name, value or text of a log takes effect anywhere: every payload in every field, in every output."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens.cli.group import cli
from loglens.model.diagnosis import Diagnosis
from loglens.render import RENDERERS
from loglens.render.printable import printable
from tests.hostile.payloads import PAYLOADS, TERMINAL
from tests.hostile.test_limits import ROWS
from tests.render.hostile import diagnosis_of, run_of
from tests.render.markdown.test_report import EXPANDED, OURS, rendered

BATCH = 12
BATCHES = [PAYLOADS[at : at + BATCH] for at in range(0, len(PAYLOADS), BATCH)]
every_batch = pytest.mark.parametrize("texts", BATCHES, ids=range(len(BATCHES)))
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Whatever can drive a terminal or turn the reading order around, the end of a line left out."""


def document(format_: str, texts: tuple[str, ...]) -> str:
    """One document with a run a payload, every word of the run being the payload."""
    first = diagnosis_of(texts[0])
    return RENDERERS[format_]().render(replace(first, runs=tuple(run_of(text) for text in texts)))


def test_there_are_enough_of_them() -> None:
    assert len(set(PAYLOADS)) >= 200


class Structure(HTMLParser):
    """Every tag with the names of its attributes, and the addresses in them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "action", "data", "srcset")}


def structure(page: str) -> Structure:
    found = Structure()
    found.feed(page)
    found.close()
    return found


@every_batch
def test_the_page_has_the_elements_of_a_harmless_one(texts: tuple[str, ...]) -> None:
    page, harmless = structure(document("html", texts)), structure(document("html", ("word",) * len(texts)))
    assert set(page.tags) <= set(harmless.tags)
    assert page.attributes <= harmless.attributes
    for tag in ("script", "style", "link", "meta", "form", "base", "iframe", "object", "embed", "img", "body", "html"):
        assert page.tags.get(tag, 0) == harmless.tags.get(tag, 0), tag
    assert {one for one in page.addresses if not one.startswith("#")} <= harmless.addresses
    assert not [name for name in page.attributes if name.startswith("on")]


@every_batch
def test_the_comment_has_the_shape_of_a_harmless_one(texts: tuple[str, ...]) -> None:
    page = rendered(document("markdown", texts))
    assert set(page.tags) <= OURS
    assert page.comments == [" loglens:diagnosis "]
    assert not EXPANDED.search("".join(page.text))


@every_batch
def test_the_terminal_is_not_driven(texts: tuple[str, ...]) -> None:
    text = document("text", texts)
    assert not CONTROL.search(text), CONTROL.search(text)
    assert len(text.encode("utf-8", errors="strict")) > 100


@every_batch
def test_machines_read_what_was_written(texts: tuple[str, ...]) -> None:
    assert ET.fromstring(document("junit", texts).encode("utf-8", errors="backslashreplace")).tag == "testsuites"  # noqa: S314  our own output
    for format_ in ("json", "sarif"):
        written = document(format_, texts)
        written.encode("utf-8", errors="backslashreplace")
        assert isinstance(json.loads(written), dict)
        assert not re.search("[\x00-\x09\x0b-\x1f]", written)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _names(place: Path) -> list[Path]:
    """A log a payload of the terminal, under its name as far as the file system takes it."""
    made = []
    for number, text in enumerate(TERMINAL):
        name = f"{number}{text}".replace("/", "_").replace("\0", "")
        try:
            path = place / "runs" / name / "metrics.csv"
            path.parent.mkdir(parents=True)
        except (OSError, UnicodeEncodeError, ValueError):
            continue
        cell = (
            text.replace("\n", " ").replace('"', "").replace("\ud800", "").replace("\udcff", "").replace("\udfff", "")
        )
        path.write_text(ROWS.replace("loss", f'loss,"loss{cell}"', 1).replace("\n", ",1\n").replace('",1', '"'))
        made.append(path)
    return made


COMMANDS: tuple[Callable[[Path], list[str]], ...] = (
    lambda path: ["inspect", str(path)],
    lambda path: ["diagnose", str(path), "-f", "text"],
    lambda path: ["diagnose", str(path / "nowhere")],
    lambda path: ["diagnose", str(path), "--map", f"train_loss={path.name}"],
    lambda path: ["diagnose", str(path), "--map", path.name],
    lambda path: ["diagnose", str(path), "--schedule", path.name],
    lambda path: ["diagnose", str(path), "--lr", path.name],
    lambda path: ["diagnose", str(path), "--limit", path.name],
    lambda path: ["diagnose", str(path), "--baseline", str(path / "nowhere")],
    lambda path: ["export", str(path), "-o", f"{path.name}.csv"],
    lambda path: ["export", str(path), "-o", path.name],
    lambda path: ["render", str(path / "metrics.csv")],
    lambda path: ["compare", str(path), str(path / "nowhere")],
    lambda path: ["explain", path.name],
    lambda path: ["replay", str(path), "--run", path.name],
    lambda path: ["replay", str(path), "--target", path.name, "--yes"],
    lambda path: ["replay", str(path), "--command", path.name, "--yes"],
    lambda path: [path.name],
)


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_no_command_and_no_error_message_drives_the_terminal(command: Callable[[Path], list[str]], place: Path) -> None:
    for path in _names(place)[:: 4 if command is not COMMANDS[0] else 1]:
        done = CliRunner().invoke(cli, command(path.parent))
        assert not CONTROL.search(done.output), (path.parent.name, CONTROL.search(done.output))
        assert done.exit_code != 4, done.output


def test_a_terminal_gets_colours_and_nothing_else(place: Path) -> None:
    """In a terminal of its own: what arrives there are texts, colours and what a progress bar needs."""
    pty = pytest.importorskip("pty")
    _names(place)
    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-m", "loglens", "diagnose", "runs", "-o", "page.html"], stdin=child, stdout=child,
        stderr=child, env=environment, close_fds=True,
    )  # fmt: skip
    os.close(child)
    received = b""
    while True:
        try:
            piece = os.read(parent, 65_536)
        except OSError:
            break
        if not piece:
            break
        received += piece
    os.close(parent)
    assert process.wait(timeout=60) in (0, 1)
    text = received.decode("utf-8", errors="strict")
    ours = re.sub(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[0-9]*[AKG]|\r\n|\r", "", text)
    assert "\x1b[" in text
    assert not CONTROL.search(ours.replace("\n", "")), CONTROL.search(ours)


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_printable_lets_nothing_through(text: str) -> None:
    shown = printable(text)
    assert not CONTROL.search(shown)
    assert "\n" not in shown
    shown.encode("utf-8")


def test_problems_are_told_in_no_output_raw() -> None:
    told: Diagnosis = diagnosis_of("\x1b]0;x\x07\u202e")
    assert not CONTROL.search(RENDERERS["text"]().render(told))
    assert "\x1b" not in RENDERERS["markdown"]().render(told)
    assert "\x1b" not in RENDERERS["html"]().render(told)
