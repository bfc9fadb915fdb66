"""A night over the S3 protocol: moto's server on the loopback, with a server in between that fails as S3 does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import loglens
from tests.benchmarks.many_runs import write
from tests.fleet.nightly.test_night import go

moto = pytest.importorskip("moto.server", reason="needs moto[server]: an S3 server on the loopback")
pytest.importorskip("s3fs", reason="needs s3fs")


DROPPED = {"host", "transfer-encoding", "content-length", "expect"}


class Troubled(BaseHTTPRequestHandler):
    """Hands every request on to moto, but answers the ones that `plan` names with trouble first."""

    behind: str
    plan: list[str]
    seen: list[str]
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        body = self._body()
        self.seen.append(f"{self.command} {self.path} {self.headers.get('Range') or ''}".strip())
        trouble = self.plan.pop(0) if self.plan and self.command == "GET" else ""
        if trouble in ("500", "503"):
            self._answer(int(trouble), b"", {})
            return
        if trouble == "slow":
            time.sleep(1.5)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
        headers.setdefault("Content-Type", "application/octet-stream")  # urllib would call it a form
        request = Request(f"{self.behind}{self.path}", body, headers, method=self.command)  # noqa: S310 (loopback)
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310
                data = answer.read()
                self._answer(answer.status, data[: len(data) // 2] if trouble == "partial" else data,
                             dict(answer.headers), promised=len(data))  # fmt: skip
        except HTTPError as error:
            self._answer(error.code, error.read(), dict(error.headers))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815 (the base class's names)

    def _body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else None

    def _answer(self, code: int, data: bytes, headers: dict[str, str], *, promised: int | None = None) -> None:
        """`promised`: the length that is announced, where the connection breaks before all of it has come."""
        self.send_response(code)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        whole = str(len(data) if promised is None else promised)
        size = headers.get("Content-Length", whole) if self.command == "HEAD" else whole
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        if promised is not None and promised > len(data):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, type[Troubled]]]:
    """An empty bucket `runs`, and the server in between."""
    import s3fs

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()

    class Own(Troubled):
        behind = f"http://{host}:{port}"
        plan: list[str] = []  # noqa: RUF012
        seen: list[str] = []  # noqa: RUF012

    between = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=between.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "hunter2-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{between.server_port}",
        "AWS_MAX_ATTEMPTS": "1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem()
    urlopen(Request(f"{Own.behind}/moto-api/reset", b"", method="POST")).close()  # noqa: S310 (loopback)
    system.mkdir("runs")
    yield system, Own
    s3fs.S3FileSystem.clear_instance_cache()
    between.shutdown()
    between.server_close()
    server.stop()


def put(system: Any, numbers: tuple[int, ...], tmp_path: Path, steps: int = 400) -> None:
    for number in numbers:
        write(tmp_path / "local", number, steps)
    system.put(str(tmp_path / "local") + "/", "runs/all/", recursive=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_night_from_a_bucket_into_a_bucket(bucket: tuple[Any, type[Troubled]], tmp_path: Path) -> None:
    system, server = bucket
    put(system, (3, 6), tmp_path)
    first = go(Path("s3://runs/all"), Path("s3://runs/site"))
    assert first.counts["runs"] == 2
    here = loglens.diagnose(tmp_path / "local")
    assert {row.run: row.cause for row in first.index.rows} == {run.run: run.cause.cause for run in here.runs}
    assert system.info("runs/site/index.html")["ContentType"] == "text/html"
    put(system, (6,), tmp_path, steps=440)
    server.seen.clear()
    second = go(Path("s3://runs/all"), Path("s3://runs/site"))
    assert second.night == 2
    logs = [one for one in server.seen if one.startswith("GET") and "metrics.csv" in one]
    assert all("run00006" in one for one in logs), logs
    for name in system.find("runs/site"):
        assert b"hunter2" not in system.cat_file(name), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("plan", [["503", "500", "503"], ["slow", "slow"], ["", "partial", "partial"]])
def test_a_bucket_in_trouble_is_asked_again(
    bucket: tuple[Any, type[Troubled]], tmp_path: Path, plan: list[str]
) -> None:
    system, server = bucket
    put(system, (3,), tmp_path)
    server.plan[:] = plan
    (run,) = loglens.diagnose("s3://runs/all").runs
    assert run.source.startswith("s3://runs/all/")
    assert server.plan == []
    assert run.last_step == 399
