"""Logs and sites that lie elsewhere, over fsspec's file system in memory: what is fetched, and what is only once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import loglens
from loglens.cli.group import EXIT_USAGE, cli
from loglens.errors import ReadError, SettingsError
from loglens.fleet.nightly.lock import AlreadyRunning
from loglens.remote import Mirror, is_remote, url_of
from loglens.remote.places import file_system, tried
from tests.benchmarks.many_runs import columns, write
from tests.fleet.nightly.test_night import NOW, go

fsspec = pytest.importorskip("fsspec", reason="remote paths need fsspec")


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The file system in memory, emptied; caches below `tmp_path`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def put(system: Any, numbers: tuple[int, ...], tmp_path: Path, steps: int = 400) -> None:
    for number in numbers:
        write(tmp_path / "local", number, steps)
    system.put(f"{tmp_path / 'local'}/", "/bucket/runs/", recursive=True)


def test_what_is_an_address() -> None:
    assert is_remote("s3://bucket/x") and is_remote(Path("s3://bucket/x")) and is_remote("memory://x")
    assert not is_remote("C:/runs") and not is_remote("runs/x") and not is_remote("-") and not is_remote("/a:/b")
    assert url_of(Path("s3://bucket/x")) == "s3://bucket/x"


def test_a_folder_and_a_file_are_diagnosed_under_their_own_names(memory: Any, tmp_path: Path) -> None:
    put(memory, (3, 6), tmp_path)
    here = loglens.diagnose(tmp_path / "local")
    there = loglens.diagnose("memory://bucket/runs")
    assert [one.run for one in there.runs] == [one.run for one in here.runs]
    assert [one.causes for one in there.runs] == [one.causes for one in here.runs]
    assert all(one.source.startswith("memory://bucket/runs/") for one in there.runs)
    (one,) = loglens.diagnose("memory://bucket/runs/sweep-000/lr0.03-run00006/metrics.csv").runs
    assert one.source == "memory://bucket/runs/sweep-000/lr0.03-run00006/metrics.csv"


def test_a_report_goes_to_an_address(memory: Any, tmp_path: Path) -> None:
    put(memory, (3,), tmp_path)
    done = CliRunner().invoke(
        cli, ["diagnose", "memory://bucket/runs", "-f", "json", "-o", "memory://bucket/out/d.json"]
    )
    assert done.exit_code in (0, 1), done.output
    assert b'"schema_version"' in memory.cat_file("/bucket/out/d.json")
    done = CliRunner().invoke(cli, ["compare", "memory://bucket/out/d.json", "memory://bucket/runs"])
    assert done.exit_code == 0, done.output


def text_of(number: int, steps: int) -> bytes:
    made = columns(number, steps)
    lines = ["step," + ",".join(made)]
    lines += [
        ",".join(f"{one:.6g}" for one in (step, *row)) for step, row in enumerate(zip(*made.values(), strict=True))
    ]
    return ("\n".join(lines) + "\n").encode()


def test_only_what_grew_is_fetched(memory: Any, tmp_path: Path) -> None:
    whole = text_of(3, 2000)
    memory.pipe_file("/bucket/log.csv", whole[:60_000])
    mirror = Mirror("memory://bucket", tmp_path / "mirror")
    mirror.folder.mkdir()
    mirror.refresh()
    first = mirror.fetched
    memory.pipe_file("/bucket/log.csv", whole[:65_000])
    mirror.refresh()
    assert (tmp_path / "mirror" / "log.csv").read_bytes() == whole[:65_000]
    assert mirror.fetched - first == 5_000 + 4096
    mirror.refresh()
    assert mirror.fetched - first == 5_000 + 4096


def test_a_log_written_anew_is_fetched_whole(memory: Any, tmp_path: Path) -> None:
    memory.pipe_file("/bucket/log.csv", text_of(3, 500))
    mirror = Mirror("memory://bucket", tmp_path / "mirror")
    mirror.folder.mkdir()
    mirror.refresh()
    memory.pipe_file("/bucket/log.csv", text_of(4, 900))
    mirror.refresh()
    assert (tmp_path / "mirror" / "log.csv").read_bytes() == text_of(4, 900)


def test_nights_from_and_to_a_bucket(memory: Any, tmp_path: Path) -> None:
    put(memory, (3, 6), tmp_path)
    root, out = Path("memory://bucket/runs"), Path("memory://bucket/site")
    first = go(root, out)
    assert first.counts["runs"] == 2
    assert memory.exists("/bucket/site/index.html")
    pages = [one for one in memory.find("/bucket/site/runs") if one.endswith(".html")]
    assert len(pages) == 2
    assert b"memory://bucket/runs" in memory.cat_file(pages[0])
    assert str(tmp_path).encode() not in memory.cat_file(pages[0])
    put(memory, (3, 6, 5), tmp_path)
    second = go(root, out)
    assert (second.night, second.counts["runs"]) == (2, 3)
    assert not memory.exists("/bucket/site/.loglens/owner.json")


def test_another_machine_goes_on_with_the_state_in_the_bucket(
    memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(memory, (3, 6), tmp_path)
    root, out = Path("memory://bucket/runs"), Path("memory://bucket/site")
    go(root, out)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    second = go(root, out)
    assert (second.night, second.counts["new"]) == (2, 0)


def test_two_nights_in_one_bucket_do_not_overlap(memory: Any, tmp_path: Path) -> None:
    put(memory, (3,), tmp_path)
    memory.pipe_file("/bucket/site/.loglens/owner.json", f'{{"who": "anna@desk", "at": {NOW - 60}}}'.encode())
    with pytest.raises(AlreadyRunning, match="anna@desk"):
        go(Path("memory://bucket/runs"), Path("memory://bucket/site"))
    memory.pipe_file("/bucket/site/.loglens/owner.json", f'{{"who": "anna@desk", "at": {NOW - 90_000}}}'.encode())
    assert go(Path("memory://bucket/runs"), Path("memory://bucket/site")).night == 1


def test_names_never_lead_out_of_the_mirror(memory: Any, tmp_path: Path) -> None:
    memory.store["/bucket/../../evil.csv"] = memory.store.get("/x") or fsspec.implementations.memory.MemoryFile(
        memory, "/bucket/../../evil.csv", b"step,loss\n0,1\n"
    )
    memory.pipe_file("/bucket/log.csv", text_of(3, 100))
    mirror = Mirror("memory://bucket", tmp_path / "a" / "b" / "mirror")
    mirror.folder.mkdir(parents=True)
    mirror.refresh()
    assert [one.name for one in tmp_path.rglob("*.csv")] == ["log.csv"]


def test_a_server_in_trouble_is_asked_again() -> None:
    answers: list[Exception | str] = [OSError("503 slow down"), TimeoutError("no answer"), "here"]
    pauses: list[float] = []

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert tried("s3://x", ask, pauses.append) == "here"
    assert pauses == [0.5, 1.0]


def test_a_server_that_stays_in_trouble_is_a_sentence() -> None:
    def ask() -> None:
        raise OSError("500")

    with pytest.raises(ReadError, match="4 times over; try again later"):
        tried("s3://x", ask, lambda _: None)


@pytest.mark.parametrize(
    ("url", "says"),
    [("nosuch://x", "nosuch:// is unknown"), ("memory://empty", "there is no file; check the address")],
)
@pytest.mark.usefixtures("memory")
def test_an_address_that_leads_nowhere_is_a_sentence(url: str, says: str) -> None:
    done = CliRunner().invoke(cli, ["diagnose", url])
    assert done.exit_code == EXIT_USAGE
    assert says in done.output


def test_a_scheme_whose_package_is_missing_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise ImportError("Install gcsfs")

    monkeypatch.setattr("fsspec.core.url_to_fs", refuse)
    with pytest.raises(SettingsError, match="gs:// needs gcsfs"):
        file_system("gs://bucket")
