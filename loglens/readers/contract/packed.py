"""Files packed as a whole: gzip, bzip2, xz and Zstandard, told by their first bytes and unpacked as far as they go."""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from loglens.errors import MissingDependency
from loglens.readers.contract import limits

Kind = Literal["gzip", "bzip2", "xz", "zstd"]
MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst", ".zstd", ".lzma"})
PACKED_PIECE = 1 << 14
"""Packed bytes that are looked at together: behind the end of each member the rest of them is copied."""
_STEP = 1 << 20
_FEW = 128
_HEAD = 65_536
_DAMAGE = (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError)


class Unpacked(NamedTuple):
    """`whole`: nothing was cut or damaged before its end."""

    size: int
    whole: bool


def kind_of(head: bytes) -> Kind | None:
    """How a file that begins so is packed, None where it is not."""
    return next((kind for magic, kind in MAGIC if head.startswith(magic)), None)


def inner_name(path: Path) -> str:
    """The name of what is in a packed file: `train.log` for `train.log.xz`."""
    return path.stem if path.suffix.casefold() in SUFFIXES and path.stem else path.name


def is_damage(error: Exception) -> bool:
    """Whether what is packed is broken there. Zstandard's own error derives from nothing else, and its module may be
    absent."""
    return isinstance(error, _DAMAGE) or type(error).__name__ == "ZstdError"


def unpack_beginning(head: bytes, kind: Kind) -> bytes:
    """The first bytes of what is packed; empty where they are damaged. Raises MissingDependency."""
    begins = b""
    try:
        for part in Unpacking(kind).parts(head):
            begins += part
            if len(begins) >= _HEAD:
                break
    except Exception as error:
        if isinstance(error, MissingDependency) or not is_damage(error):
            raise
        return b""
    return begins[:_HEAD]


def unpack_to(path: Path, target: Path, kind: Kind) -> Unpacked:
    """Writes what is packed in `path` to `target`, as far as it goes.

    Raises OSError where the file cannot be opened, and ReadError where Zstandard is not installed or more comes out of
    it than the limits allow.
    """
    written = taken = 0
    unpacking = Unpacking(kind)
    with limits.opened(path) as packed, target.open("wb") as out:
        while data := packed.read(PACKED_PIECE):
            taken += len(data)
            try:
                for part in unpacking.parts(data):
                    out.write(part)
                    written += len(part)
                    limits.check_unpacked(path, taken, written)
            except Exception as error:
                if not is_damage(error):
                    raise
                return Unpacked(written, False)
            if unpacking.ended:
                break
    return Unpacked(written, unpacking.ended or not unpacking.within)


class Unpacking:
    """Takes packed bytes and gives what is in them, never more than `_STEP` at a time however little it came from.

    `within`: a member has begun and not ended. `ended`: what follows the last member is none.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._member = _decompressor(kind)
        self.within = self.ended = False

    def parts(self, data: bytes) -> Iterator[bytes]:
        """What the next bytes of the file unpack to. Raises what the module of its packing raises for damage."""
        while not self.ended:
            if not self.within:
                data = data.lstrip(b"\0")  # a tape, or a disk that lost its power, fills up with zeros
                if not data:
                    return
                self.ended = not any(m.startswith(data[:6]) or data.startswith(m) for m, _ in MAGIC)
                self.within = not self.ended
                continue
            left = yield from self._of_member(data)
            if left is None:
                return
            data, self.within = left, False
            self._member = _decompressor(self._kind)

    def _of_member(self, data: bytes) -> Generator[bytes, None, bytes | None]:
        """What belongs to this member; returns the bytes behind its end, None where it goes on."""
        member = self._member
        if self._kind == "gzip":
            while data and not member.eof:
                yield member.decompress(data, _STEP)
                data = member.unconsumed_tail
        elif hasattr(member, "needs_input"):  # Python's own
            yield member.decompress(data, _STEP)
            while not member.eof and not member.needs_input:
                yield member.decompress(b"", _STEP)
        else:  # zstandard's takes no limit: few bytes at a time, of which each can become many
            for at in range(0, len(data), _FEW):
                yield member.decompress(data[at : at + _FEW])
                if member.eof:
                    return bytes(member.unused_data) + data[at + _FEW :]
        return bytes(member.unused_data) if member.eof else None


def member_of(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """A member of a zip as far as the limits allow; its reader gives no more than the size the archive says it has."""
    said = archive.getinfo(name)
    limits.check_unpacked(path, said.compress_size, said.file_size, what=name)
    with archive.open(name) as file:
        return file.read(min(said.file_size, limits.most_unpacked(said.compress_size)))


def _decompressor(kind: Kind) -> Any:
    makers: dict[Kind, Callable[[], Any]] = {
        "gzip": lambda: zlib.decompressobj(wbits=31),
        "bzip2": bz2.BZ2Decompressor,
        "xz": lzma.LZMADecompressor,
        "zstd": _zstandard,
    }
    return makers[kind]()


def _zstandard() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14

        return zstd.ZstdDecompressor()
    except ImportError:
        pass
    try:
        import zstandard
    except ImportError:
        raise MissingDependency(
            "this file",
            "packed with Zstandard, which needs a further package: pip install 'loglens[zstd]', or unpack it first",
        ) from None
    return zstandard.ZstdDecompressor().decompressobj()
