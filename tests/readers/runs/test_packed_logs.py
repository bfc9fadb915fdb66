"""Files packed as a whole are read like what is in them, whoever's they are."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from loglens.errors import LogLensError
from loglens.readers import read
from tests.benchmarks import event_files

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}
CSV = "step,train_loss,lr\n" + "".join(f"{at},{3 / (at + 1):.5f},0.1\n" for at in range(40))
JSONL = "".join(f'{{"step": {at}, "train_loss": {3 / (at + 1):.5f}}}\n' for at in range(40))
TEXT = "".join(f"step {at} | loss {3 / (at + 1):.5f}\n" for at in range(40))


def events() -> bytes:
    held = [event_files.event(1.0 + at, at, event_files.simple("train/loss", 3 / (at + 1))) for at in range(40)]
    return event_files.first_record() + b"".join(event_files.frame(one) for one in held)


def inside(name: str) -> bytes:
    return {"log.csv": CSV.encode(), "log.jsonl": JSONL.encode(), "train.log": TEXT.encode()}.get(name) or events()


@pytest.mark.parametrize("suffix", sorted(PACKERS))
@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "train.log", "events.out.tfevents.1700000000.host.1.0"])
@pytest.mark.parametrize("folder", [False, True])
def test_every_packing_of_every_kind(tmp_path: Path, name: str, suffix: str, folder: bool) -> None:
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(PACKERS[suffix](inside(name)))
    (run,) = read(tmp_path if folder else path).runs
    loss = run.role("train_loss")
    assert loss is not None
    assert len(loss) == 40
    assert run.files == (str(path),)
    assert not any("loglens-" in note.message + note.path for note in run.notes)


def test_a_packed_file_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "train.log.xz"
    path.write_bytes(
        lzma.compress("".join(f"step {at} | loss {3 / (at + 1):.5f}\n" for at in range(40_000)).encode())[:-4000]
    )
    result = read(path)
    assert len(result.runs[0].role("train_loss") or ()) > 1000
    assert any("cut or damaged" in problem.message for problem in result.problems)


@pytest.mark.parametrize("suffix", sorted(PACKERS))
def test_what_is_no_log_stays_none(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"notes.txt{suffix}"
    path.write_bytes(PACKERS[suffix](b"Buy milk.\nCall her.\n" * 20))
    with pytest.raises(LogLensError):
        read(path)


def test_a_packed_database(tmp_path: Path) -> None:
    plain = tmp_path / "other.db"
    with sqlite3.connect(plain) as database:
        database.execute("create table notes (text)")
    packed = tmp_path / "other.db.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    with pytest.raises(LogLensError):
        read(packed)
