"""How a table is written is found once: what recognising saw goes with the file to the reader that takes it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.contract.base import Probe
from loglens.readers.tables.csv import dialect
from loglens.readers.tables.csv import read as csv_read
from loglens.readers.tables.csv.dialect import SNIFFED, SniffedLayout, layout_of
from loglens.readers.tables.csv.read import read_csv

ROWS = "".join(f"{step},{2 / (1 + step):.4f},1e-3\n" for step in range(60))
TEXT = f"step,loss,lr\n{ROWS}"
TABLES = {
    "log.csv": TEXT,
    "metrics.csv": f"epoch,train_loss,step\n{ROWS}",
    "progress.csv": f"training_iteration,loss,lr\n{ROWS}",
    "history.csv": f"_step,loss,_runtime\n{ROWS}",
    "odd.tsv": TEXT.replace(",", "\t"),
}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The heads that a layout was looked for in."""
    seen: list[str] = []
    whole = dialect.sniff

    def counted(text: str, *, whole_file: bool) -> dialect.Layout | None:
        seen.append(text)
        return whole(text, whole=whole_file)

    for module in (dialect, csv_read):
        monkeypatch.setattr(module, "sniff", lambda text, whole: counted(text, whole_file=whole))
    return seen


def test_a_folder_of_tables_is_looked_at_once_a_file(tmp_path: Path, looks: list[str]) -> None:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(read(tmp_path).runs) == len(TABLES)
    assert len(looks) == len(TABLES)


def test_one_file_is_looked_at_once(tmp_path: Path, looks: list[str]) -> None:
    (tmp_path / "log.csv").write_text(TEXT, encoding="utf-8")
    assert len(read(tmp_path / "log.csv").runs) == 1
    assert len(looks) == 1


def handed(path: Path) -> dict[Path, object]:
    probe = Probe(path=path, size=path.stat().st_size)
    assert layout_of(probe) is not None
    return {path: probe.sniffed}


def test_a_file_that_has_grown_since_is_looked_at_anew(tmp_path: Path, looks: list[str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n", encoding="utf-8")
    known = handed(path)
    path.write_text("step,loss\n0,2.5\n1,2.25\n", encoding="utf-8")
    assert read_csv(path, known).rows == 2
    assert len(looks) == 2


def test_what_was_packed_is_looked_at_anew(tmp_path: Path, looks: list[str]) -> None:
    """The head of a packed file unpacks to another number of bytes than the head of the whole has."""
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    known = handed(path)
    assert read_csv(path, known).rows == 60
    assert len(looks) == 2


def test_the_layout_is_kept_on_the_probe(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(TEXT, encoding="utf-8")
    probe = Probe(path=path, size=path.stat().st_size)
    assert layout_of(probe) is layout_of(probe)
    assert isinstance(probe.sniffed[SNIFFED], SniffedLayout)
