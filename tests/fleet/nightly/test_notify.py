"""Who is told, of what, once: over real HTTP on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from loglens.errors import SettingsError
from loglens.fleet.nightly.digest import Digest, Entry, digest
from loglens.fleet.nightly.notify import delivered, shown
from loglens.fleet.nightly.owners import NightlySettings, Owner, nightly_settings
from tests.benchmarks.many_runs import write
from tests.fleet.nightly.test_night import NOW, go


class Hook(BaseHTTPRequestHandler):
    """Answers as it is told to, and keeps what it got."""

    got: list[dict[str, Any]]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        code = self.answers.pop(0) if self.answers else 200
        if code == 200:
            self.got.append(json.loads(body))
        self.send_response(code)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    class Own(Hook):
        got: list[dict[str, Any]] = []  # noqa: RUF012
        answers: list[int] = []  # noqa: RUF012

    server = HTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/secret-token", Own
    server.shutdown()
    server.server_close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in (3, 5, 6):
        write(tmp_path / "runs", number, 400)
    return tmp_path / "runs"


def test_a_change_is_told_once_and_silence_follows(runs: Path, tmp_path: Path, hook: tuple[str, type[Hook]]) -> None:
    url, server = hook
    settings = NightlySettings(notify=(url,))
    go(runs, tmp_path / "out", settings=settings, base_url="https://site.example")
    (message,) = server.got
    assert message["link"] == "https://site.example/index.html"
    assert any("run00006" in one["run"] and one["status"] == "new" for one in message["runs"])
    assert all(one["link"].startswith("https://site.example/runs/") and one["chart"] for one in message["runs"])
    go(runs, tmp_path / "out", settings=settings)
    assert len(server.got) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise itself
def test_apprise_carries_the_digest_and_tries_again(runs: Path, tmp_path: Path, hook: tuple[str, type[Hook]]) -> None:
    pytest.importorskip("apprise", reason="needs apprise")
    url, server = hook
    server.answers[:] = [500, 503]
    said: list[str] = []
    report = go(runs, tmp_path / "out")
    message = digest(report, [row.run for row in report.index.rows], {}, base_url="https://site.example")
    assert message is not None
    channel = url.replace("http://", "json://")
    pauses: list[float] = []
    assert delivered(channel, message, say=said.append, pause=pauses.append)
    (got,) = server.got
    assert pauses == [1.0, 2.0] and said == []
    assert got["title"] == message.title
    assert "lr0.03-run00006" in got["message"] and "https://site.example/index.html" in got["message"]
    server.answers[:] = [500] * 4
    assert not delivered(channel, message, say=said.append, pause=pauses.append)
    assert "could not notify json://127.0.0.1/…" in said[0] and "secret-token" not in said[0]


def test_each_owner_hears_of_his_own(runs: Path, tmp_path: Path, hook: tuple[str, type[Hook]]) -> None:
    url, server = hook
    owners = (Owner(runs="*run00006", owner="anna", notify=(f"{url}/anna",)), Owner(runs="*", owner="ben"))
    report = go(runs, tmp_path / "out", settings=NightlySettings(owners=owners))
    assert [{one["owner"] for one in message["runs"]} for message in server.got] == [{"anna"}]
    assert {row.run: row.owner for row in report.index.rows}["sweep-000/lr0.03-run00006"] == "anna"


def test_slack_gets_its_own_shape(runs: Path, tmp_path: Path, hook: tuple[str, type[Hook]]) -> None:
    url, server = hook
    go(runs, tmp_path / "out", settings=NightlySettings(notify=(f"slack+{url}",)))
    (message,) = server.got
    assert message["text"].startswith("LogLens, night 1:")
    assert all(len(one["text"]["text"]) <= 3000 for one in message["blocks"])


def entry(run: str) -> Entry:
    return Entry(
        run=run,
        owner="",
        status="new",
        severity="critical",
        cause="x",
        line="y",
        advice="",
        link="",
        chart="",
        ids=("i",),
    )


def message(run: str = "a") -> Digest:
    return Digest(title="t", entries=(entry(run),), link="", trend="", night=1)


def test_a_server_in_trouble_is_tried_again_with_growing_pauses(hook: tuple[str, type[Hook]]) -> None:
    url, server = hook
    server.answers[:] = [500, 503]
    pauses: list[float] = []
    said: list[str] = []
    assert delivered(url, message(), say=said.append, pause=pauses.append)
    assert pauses == [1.0, 2.0]
    assert said == []


def test_a_channel_that_fails_is_told_without_its_secret_and_fails_no_night(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglens.fleet.nightly.notify.FIRST_PAUSE", 0.0)
    url = "http://user:hunter2@127.0.0.1:1/secret-token"
    report = go(runs, tmp_path / "out", settings=NightlySettings(notify=(url,)))
    assert report.counts["runs"] == 3
    said: list[str] = []
    assert not delivered(url, message(), say=said.append, pause=lambda _: None)
    assert "127.0.0.1" in said[0]
    assert "secret-token" not in said[0] and "hunter2" not in said[0]
    for written in (tmp_path / "out").rglob("*"):
        if written.is_file():
            assert b"hunter2" not in written.read_bytes(), written


def test_a_strangers_name_mentions_nobody() -> None:
    said = json.dumps(message("<!channel> `x` & y").slack())
    assert "<!channel>" not in said


def test_what_is_shown_of_a_channel() -> None:
    assert shown("mailto://me:pw@example.org?to=a") == "mailto://example.org/…"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"keep": 3}, "unknown key 'keep'"),
        ({"notify": "https://x"}, "nightly.notify has the wrong type"),
        ({"owners": [{"owner": "anna"}]}, r"nightly.owners\[0\] needs a pattern"),
        ({"owners": [{"runs": "*", "tag": []}]}, r"nightly.owners\[0\]: unknown key 'tag'"),
    ],
)
def test_a_wrong_table_is_a_sentence(table: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        nightly_settings(table)


def test_what_was_told_is_quiet_for_the_interval(runs: Path, tmp_path: Path, hook: tuple[str, type[Hook]]) -> None:
    url, server = hook
    settings = NightlySettings(notify=(url,), suppress_hours=24)
    log = next(iter(runs.rglob("*run00006"))) / "metrics.csv"
    sick, healthy = log.read_bytes(), (next(iter(runs.rglob("*run00003"))) / "metrics.csv").read_bytes()
    for hours, data in enumerate((sick, healthy, sick)):
        log.write_bytes(data)
        go(runs, tmp_path / "out", settings=settings, now=lambda hours=hours: NOW + 3600.0 * hours)
    told = [{one["status"] for one in message["runs"] if "run00006" in one["run"]} for message in server.got]
    # back after two hours: it was told less than a day ago
    assert told[:2] == [{"new"}, {"fixed"}]
    assert all("new" not in one for one in told[2:])
