"""What is read on from an earlier reading is what a whole reading gives, whatever the format and wherever it grew."""

from __future__ import annotations

import gzip
import lzma
import random
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.errors import LogLensError
from loglens.readers.console import grown_text
from loglens.readers.contract import grown
from loglens.readers.contract.base import Column, Log
from loglens.readers.contract.files import line_pieces
from loglens.readers.runs.discover import logs_of_file
from loglens.readers.tables.csv.fast import TypedCsv
from loglens.readers.tensorboard.events import stream
from tests.benchmarks.many_runs import write

ROOT = Path(__file__).parent.parent.parent
SAMPLES = sorted(
    path
    for folder in (ROOT / "readers", ROOT / "world", ROOT.parent / "sample_logs")
    for path in folder.rglob("*")
    if path.is_file() and path.suffix not in (".py", ".pyc", ".md", ".pt", ".toml", ".ipynb", ".db", ".gz", ".zip")
)


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grown, "LARGE", 1)
    monkeypatch.setattr(grown_text, "LARGE", 1)
    for module in ("tables.csv.read", "tables.json.rows", "tables.grown_frame"):
        monkeypatch.setattr(f"loglens.readers.{module}.PIECE_BYTES", 500)


def read(path: Path) -> list[Log] | str:
    try:
        return logs_of_file(path)
    except LogLensError as error:
        return str(error)


def assert_alike(one: list[Log] | str, other: list[Log] | str) -> None:
    assert type(one) is type(other), (one, other)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    assert len(one) == len(other)
    for mine, theirs in zip(one, other, strict=True):
        for field in fields(Log):
            if field.name != "columns":
                assert repr(getattr(mine, field.name)) == repr(getattr(theirs, field.name))
        assert [column.tag for column in mine.columns] == [column.tag for column in theirs.columns]
        for left, right in zip(mine.columns, theirs.columns, strict=True):
            for part in fields(Column):
                assert same(getattr(left, part.name), getattr(right, part.name)), (left.tag, part.name)


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other, equal_nan=True)) if isinstance(one, np.ndarray) else bool(one == other)


def grows(sample: Path, path: Path, memory: grown.Memory, cuts: list[int]) -> None:
    data = sample.read_bytes()
    for cut in [*cuts, len(data)]:
        path.write_bytes(data[:cut])
        with grown.remembering(memory):
            found = read(path)
        assert_alike(found, read(path))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: str(path.relative_to(ROOT.parent)))
def test_every_format_reads_on_as_it_reads_whole(sample: Path, tmp_path: Path) -> None:
    chance = random.Random(sample.name)  # noqa: S311 (places, not secrets)
    size = sample.stat().st_size
    cuts = sorted({chance.randint(1, max(1, size)) for _ in range(4)})
    grows(sample, tmp_path / sample.name, grown.Held(), cuts)


def a_csv(folder: Path) -> Path:
    write(folder, 3, 900)
    (log,) = folder.rglob("metrics.csv")
    return log


def a_jsonl(folder: Path) -> Path:
    log = folder / "log.jsonl"
    log.write_text("".join(f'{{"step": {step}, "loss": {1 / (1 + step)}, "lr": 0.1}}\n' for step in range(600)))
    return log


def an_event_file(folder: Path) -> Path:
    tensorboardx = pytest.importorskip("torch.utils.tensorboard", reason="needs torch")
    writer = tensorboardx.SummaryWriter(str(folder))
    for step in range(300):
        writer.add_scalar("train/loss", 1 / (1 + step), step)
        writer.add_scalar("lr", 0.1, step)
        if step % 50 == 7:
            writer.add_scalar(f"late/{step}", step, step)
    writer.close()
    (log,) = folder.glob("*tfevents*")
    return log


@pytest.mark.parametrize("make", [a_csv, a_jsonl, an_event_file])
@pytest.mark.parametrize("stored", [True, False])
def test_a_log_read_on_takes_only_what_is_new(
    make: Any, stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made").mkdir()
    sample = make(tmp_path / "made")
    size = sample.stat().st_size
    memory = grown.Stored(tmp_path / "kept") if stored else grown.Held()
    log, data = tmp_path / sample.name, sample.read_bytes()
    last = data.rfind(b"\n", 0, size - 40) + 1
    # a line that is cut is read with the whole file, and what was kept before it stays
    for cut in (data.find(b"\n", size // 2) + 1, size // 2 + 300, last, last + 3):
        log.write_bytes(data[:cut])
        with grown.remembering(memory):
            read(log)
    begins = []

    def pieces(path: Path, piece: int, begin: int = 0, end: int | None = None) -> Any:
        begins.append(begin)
        return line_pieces(path, piece, begin, end)

    def read_on(file: Any, source: Any, decoder: Any, buffer: Any, offset: int) -> int:
        begins.append(offset)
        return stream.read_on(file, source, decoder, buffer, offset)

    monkeypatch.setattr("loglens.readers.tables.grown_frame.line_pieces", pieces)
    monkeypatch.setattr("loglens.readers.tensorboard.events.grown_file.read_on", read_on)
    log.write_bytes(data)
    with grown.remembering(memory):
        found = read(log)
    assert begins and min(begins) > 0.9 * size
    assert_alike(found, read(log))


def parsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of every piece of a table that is parsed from here on."""
    sizes: list[int] = []
    real = TypedCsv._frame

    def frame(self: TypedCsv, data: bytes, *, header: bool) -> Any:
        sizes.append(len(data))
        return real(self, data, header=header)

    monkeypatch.setattr(TypedCsv, "_frame", frame)
    return sizes


def rows(first: int, last: int, every: int) -> str:
    """A validation loss every so many rows, and a column that is always empty."""
    return "".join(f"{at},{3 / (at + 1):.6f},{at / 7 if at % every == 0 else ''},\n" for at in range(first, last))


@pytest.mark.parametrize(("begins", "grows_by"), [(50, 50_000), (50_000, 50_000), (50_000, 7), (50, 7)])
def test_a_column_that_is_empty_in_what_was_appended_costs_no_whole_reading(
    begins: int, grows_by: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, memory = tmp_path / "log.csv", grown.Held()
    text = "step,loss,val_loss,note\n" + rows(1, 400, begins)
    appended = rows(400, 430, grows_by)
    log.write_text(text)
    with grown.remembering(memory):
        read(log)
    log.write_text(text + appended)
    sizes = parsed(monkeypatch)
    with grown.remembering(memory):
        found = read(log)
    assert sum(sizes) == len(appended)
    assert_alike(found, read(log))


def test_a_torn_line_at_the_end_is_parsed_with_what_was_appended_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, memory = tmp_path / "log.csv", grown.Held()
    text = "step,loss,val_loss,note\n" + rows(1, 400, 50)
    log.write_text(text)
    with grown.remembering(memory):
        read(log)
    log.write_text(text + "400,0.5,")
    sizes = parsed(monkeypatch)
    with grown.remembering(memory):
        found = read(log)
    assert 0 < sum(sizes) <= len("400,0.5,")
    assert_alike(found, read(log))


def test_a_column_that_turns_to_words_is_read_whole(tmp_path: Path) -> None:
    log, memory = tmp_path / "log.csv", grown.Held()
    text = "step,loss,val_loss,note\n" + rows(1, 400, 50)
    for more in ("", "400,0.5,,word\n", "400,0.5,,\n401,0.5,word,\n"):
        log.write_text(text + more)
        with grown.remembering(memory):
            found = read(log)
        assert_alike(found, read(log))


def test_an_event_file_without_anything_new_is_not_kept_again(tmp_path: Path) -> None:
    log, saved = an_event_file(tmp_path), []

    class Counting(grown.Held):
        def save(self, key: str, kept: grown.Kept) -> None:
            saved.append(kept)
            super().save(key, kept)

    memory = Counting()
    for more in (b"", b"", b"\x18\0\0"):
        log.write_bytes(log.read_bytes() + more)
        with grown.remembering(memory):
            found = read(log)
        assert_alike(found, read(log))
    assert len(saved) == 1


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_a_packed_log_is_not_kept_under_the_name_it_was_unpacked_to(suffix: str, tmp_path: Path) -> None:
    log, memory = an_event_file(tmp_path), grown.Held()
    packed = log.with_name(log.name + suffix)
    packed.write_bytes((gzip if suffix == ".gz" else lzma).compress(log.read_bytes()))
    with grown.remembering(memory):
        found = read(packed)
    assert memory._kept == {}
    assert_alike(found, read(packed))


def test_what_is_kept_of_an_event_file_is_joined_once(tmp_path: Path) -> None:
    log, memory = an_event_file(tmp_path), grown.Held()
    with grown.remembering(memory):
        found = read(log)
    assert not isinstance(found, str)
    (kept,) = memory._kept.values()
    loss = next(column for column in found[0].columns if column.tag == "train/loss")
    assert any(np.shares_memory(loss.values, array) for array in kept.arrays.values())


def test_a_log_written_anew_or_changed_at_an_end_is_read_whole(tmp_path: Path) -> None:
    sample, log, memory = a_csv(tmp_path), tmp_path / "log.csv", grown.Held()
    data = sample.read_bytes()
    for text in (data[:9000], data[:9000].replace(b"0.", b"1."), data[:4000], data[:4000].replace(b"\n9,", b"\n8,")):
        log.write_bytes(text)
        with grown.remembering(memory):
            found = read(log)
        assert_alike(found, read(log))


def test_a_memory_that_is_damaged_is_none(tmp_path: Path) -> None:
    log, memory = a_csv(tmp_path), grown.Stored(tmp_path / "kept")
    with grown.remembering(memory):
        whole = read(log)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])
    with grown.remembering(memory):
        assert_alike(read(log), whole)


def names_in(kept: grown.Kept) -> list[str]:
    return [*(f"about {name}" for name in kept.about), *(f"arrays {name}" for name in kept.arrays)]


def without(kept: grown.Kept, lost: str) -> grown.Kept:
    """As another version of the program may have kept it: one name is called something else."""
    part, name = lost.split(" ")
    about, arrays = dict(kept.about), dict(kept.arrays)
    held: dict[str, Any] = about if part == "about" else arrays
    held[f"{name}_"] = held.pop(name)
    return grown.Kept(offset=kept.offset, about=about, arrays=arrays)


@pytest.mark.parametrize("make", [a_csv, a_jsonl, an_event_file])
def test_a_name_that_is_missing_in_what_was_kept_costs_a_whole_reading_and_no_more(make: Any, tmp_path: Path) -> None:
    log, memory = make(tmp_path), grown.Held()
    data = log.read_bytes()
    log.write_bytes(data[: data.rfind(b"\n", 0, len(data) - 100) + 1])
    with grown.remembering(memory):
        read(log)
    ((key, kept),) = memory._kept.items()
    log.write_bytes(data)
    whole = read(log)
    for name in names_in(kept):
        memory._kept[key] = without(kept, name)
        with grown.remembering(memory):
            found = read(log)
        assert not isinstance(found, str)
        assert not any(problem.bug for one in found for problem in one.problems), name
        assert_alike(found, whole)


def test_what_another_version_kept_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, memory = a_csv(tmp_path), grown.Stored(tmp_path / "kept")
    with grown.remembering(memory):
        read(log)
        assert grown.recall(log, "csv") is not None
        monkeypatch.setattr(grown, "__version__", "0.0.1")
        assert grown.recall(log, "csv") is None
        read(log)
        assert grown.recall(log, "csv") is not None


def test_no_array_is_loaded_of_what_is_of_no_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, memory = a_csv(tmp_path), grown.Stored(tmp_path / "kept")
    with grown.remembering(memory):
        read(log)
    loaded: list[str] = []
    real = np.lib.npyio.NpzFile.__getitem__

    def get(self: Any, name: str) -> Any:
        loaded.append(name)
        return real(self, name)

    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", get)
    with grown.remembering(memory):
        assert grown.recall(log, "events") is None
        assert loaded == ["about"]
        assert grown.recall(log, "csv") is not None
        assert len(loaded) > 2
        loaded.clear()
        log.write_bytes(log.read_bytes()[:-1000])
        assert grown.recall(log, "csv") is None
    assert loaded == ["about"]
