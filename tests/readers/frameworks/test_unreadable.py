from __future__ import annotations

from pathlib import Path

from loglens.readers.contract.base import Log, Probe
from loglens.readers.frameworks.unreadable import STORES, Unreadable

READER = Unreadable()


def read(*paths: Path) -> list[Log]:
    assert all(READER.recognises(Probe(path=path, size=0)) for path in paths)
    return list(READER.read(paths))


def test_a_repository_is_named_once(tmp_path: Path) -> None:
    repository = tmp_path / "a" / ".aim"
    (repository / "meta").mkdir(parents=True)
    (repository / "meta" / "000005.log").write_bytes(b"\0\1")
    (log,) = read(repository, repository / "meta" / "000005.log")
    assert [problem.path for problem in log.problems] == [str(repository)]
    assert "CSV or Parquet" in log.problems[0].message
    assert not log.columns


def test_swanlab_by_its_name_and_by_its_first_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "run-1.swanlab", tmp_path / "renamed.bin"]
    for path in paths:
        path.write_bytes(b":SWL\x01\x02")
    assert [log.problems[0].path for log in read(*paths)] == [str(path) for path in paths]


def test_other_files_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "aim" / "log.csv"
    path.parent.mkdir()
    path.write_text("step,loss\n")
    assert not READER.recognises(Probe(path=path, size=10))


def test_every_store_says_what_to_do() -> None:
    assert all(one.advice and (one.folder or one.suffix) for one in STORES)
