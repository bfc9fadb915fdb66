"""Two gigabytes packed into next to nothing are refused, in each packing, before a hundredth of them was unpacked."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

import loglens
from loglens.errors import ReadError
from loglens.readers.contract import limits
from loglens.readers.contract.files import read_bytes
from loglens.readers.contract.packed import Unpacking, kind_of, unpack_beginning, unpack_to
from tests.hostile.test_limits import ROWS

GIGABYTE = 1 << 30
PIECE = 1 << 22
Compress = Callable[[], tuple[Callable[[bytes], bytes], Callable[[], bytes]]]


def _zlib() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    import zlib

    made = zlib.compressobj(9, wbits=31)
    return made.compress, made.flush


def _bz2() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    made = bz2.BZ2Compressor()
    return made.compress, made.flush


def _xz() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    made = lzma.LZMACompressor(preset=0)
    return made.compress, made.flush


def _zstd() -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    made = zstandard.ZstdCompressor().compressobj()
    return made.compress, made.flush


PACKERS: dict[str, Compress] = {".gz": _zlib, ".bz2": _bz2, ".xz": _xz, ".zst": _zstd}


def pieces(size: int) -> Iterator[bytes]:
    """Rows of a table, then the same digit, `size` bytes in all."""
    yield ROWS.encode()
    zeros = b"0" * PIECE
    for _ in range(size // PIECE):
        yield zeros


def bomb(path: Path, suffix: str, size: int) -> Path:
    """A bomb of one member for each part of a sixteenth: some packings take long to make a large one."""
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            line = {"payload": {"metric": {"metricName": "loss", "metricValue": 1.0, "step": 3}}}
            with archive.open("messages.json", "w", force_zip64=True) as member:
                member.write(json.dumps(line).encode() + b"\n")
                for piece in pieces(size):
                    member.write(piece)
        return path
    compress, flush = PACKERS[suffix]()
    begins = compress(ROWS.encode()) + flush()
    compress, flush = PACKERS[suffix]()
    part = b"".join(compress(b"0" * PIECE) for _ in range(max(1, size // 16 // PIECE))) + flush()
    path.write_bytes(begins + part * 16)
    return path


@pytest.mark.parametrize("suffix", [*PACKERS, ".zip"])
def test_two_gigabytes_are_refused_in_a_moment(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "metrics.csv").write_text(ROWS)
    loglens.read(tmp_path)  # what is imported counts no more
    (tmp_path / "bad").mkdir()
    name = "comet.zip" if suffix == ".zip" else f"metrics.csv{suffix}"
    path = bomb(tmp_path / "bad" / name, suffix, (256 << 20) if suffix == ".zip" else 2 * GIGABYTE)
    assert path.stat().st_size < 20 << 20
    began = time.process_time()
    result = loglens.read(tmp_path)
    spent = time.process_time() - began
    assert "good" in [run.name for run in result.runs]
    (told,) = [one.message for one in result.problems if "unpacks to more than" in one.message]
    assert "64 MB" in told
    assert "--limit ratio=VALUE raises the limit" in told
    # against the time that the first 64 MB take alone, whatever the machine
    assert spent < 8 * _of_the_first(suffix) + 1


def _of_the_first(suffix: str) -> float:
    data = b"0" * limits.FREE
    began = time.process_time()
    if suffix in (".gz", ".zip"):
        gzip.decompress(gzip.compress(data, 1))
    elif suffix == ".bz2":
        bz2.decompress(bz2.compress(data))
    else:
        lzma.decompress(lzma.compress(data, preset=0))
    return time.process_time() - began


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_no_more_is_unpacked_than_the_limit(suffix: str, tmp_path: Path) -> None:
    """Counted: the bytes that come out of a bomb, whole and in its first 64 kB."""
    path = bomb(tmp_path / f"x{suffix}", suffix, GIGABYTE)
    kind = kind_of(path.read_bytes())
    assert kind is not None
    largest = max(len(part) for part in Unpacking(kind).parts(path.read_bytes()[: 1 << 16]))
    assert largest <= 16 << 20
    assert len(unpack_beginning(path.read_bytes()[: 1 << 16], kind)) == 1 << 16
    with pytest.raises(ReadError, match="unpacks to more than 64 MB"):
        unpack_to(path, tmp_path / "out", kind)
    assert (tmp_path / "out").stat().st_size <= limits.FREE + (20 << 20)


def test_many_small_members_take_time_in_proportion(tmp_path: Path) -> None:
    """Each was followed by a copy of all the rest."""
    member = gzip.compress(b"1,2\n", 1)
    times = []
    for count in (20_000, 40_000):
        path = tmp_path / f"{count}.csv.gz"
        path.write_bytes(member * count)
        began = time.process_time()
        assert len(read_bytes(path)) == 4 * count
        times.append(time.process_time() - began)
    assert times[1] < 3.2 * times[0] + 0.1


def test_a_log_that_says_the_same_for_long_is_no_bomb(tmp_path: Path) -> None:
    """Ten lines, a million times: a ratio of hundreds, and less than is free."""
    path = tmp_path / "train.log.gz"
    path.write_bytes(gzip.compress(ROWS.encode() + b"waiting for data\n" * 2_000_000))
    assert len(read_bytes(path)) > 30_000_000


def test_a_limit_that_was_raised_holds(tmp_path: Path) -> None:
    path = bomb(tmp_path / "x.csv.gz", ".gz", 128 << 20)
    with limits.using(ratio=5000):
        assert len(read_bytes(path)) == len(ROWS) + (128 << 20)


@pytest.mark.parametrize("suffix", list(PACKERS))
@pytest.mark.parametrize("zeros", [1, 40_000, 3 << 14])
def test_zeros_between_and_behind_members_are_no_damage(suffix: str, zeros: int, tmp_path: Path) -> None:
    compress, flush = PACKERS[suffix]()
    member = compress(ROWS.encode()) + flush()
    path = tmp_path / f"metrics.csv{suffix}"
    kind = kind_of(member)
    assert kind is not None
    for behind, times in ((b"", 1), (member, 2), (b"no member", 1), (b"\x1f", 1)):
        path.write_bytes(member + bytes(zeros) + behind)
        done = unpack_to(path, tmp_path / "out", kind)
        assert (done.size, (tmp_path / "out").read_bytes()) == (times * len(ROWS), ROWS.encode() * times)
        assert done.whole == (behind != b"\x1f")


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_a_member_that_ends_with_a_piece_is_followed_by_what_is_none(suffix: str) -> None:
    compress, flush = PACKERS[suffix]()
    unpacking = Unpacking(kind_of(member := compress(ROWS.encode()) + flush()) or "gzip")
    assert b"".join(unpacking.parts(member)) == ROWS.encode()
    assert list(unpacking.parts(b"no member")) == []
    assert (unpacking.ended, unpacking.within) == (True, False)
