"""Files packed as a whole: gzip, bzip2, xz and Zstandard, told by their first bytes and unpacked as far as they go."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from loglens.errors import MissingDependency, ReadError

Kind = Literal["gzip", "bzip2", "xz", "zstd"]
MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst", ".zstd", ".lzma"})
MOST_BYTES = 1 << 31
"""What a packed file may hold: more is no log of a training, or a trap."""
_PIECE = 1 << 20
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


def unpack_beginning(head: bytes, kind: Kind) -> bytes:
    """The first bytes of what is packed; empty where they are damaged. Raises MissingDependency."""
    try:
        return bytes(_decompressor(kind).decompress(head))[:_HEAD]
    except Exception as error:
        if isinstance(error, MissingDependency) or not _is_damage(error):
            raise
        return b""


def unpack_to(path: Path, target: Path, kind: Kind) -> Unpacked:
    """Writes what is packed in `path` to `target`, as far as it goes.

    Raises OSError where the file cannot be opened, and ReadError where Zstandard is not installed or more than 2 GiB
    come out of it.
    """
    written = 0
    decompressor = _decompressor(kind)
    pending = False  # a member has begun and not ended
    with path.open("rb") as packed, target.open("wb") as out:
        while data := packed.read(_PIECE):
            while data:
                try:
                    piece = decompressor.decompress(data)
                except Exception as error:
                    if not _is_damage(error):
                        raise
                    return Unpacked(written, False)
                out.write(piece)
                written += len(piece)
                pending = True
                if written > MOST_BYTES:
                    raise ReadError(path, "more than 2 GiB are packed in it; unpack it yourself and give what is in it")
                data = b""
                if getattr(decompressor, "eof", False):
                    data, pending = decompressor.unused_data.lstrip(b"\0"), False
                    if data and not any(magic.startswith(data[:6]) or data.startswith(magic) for magic, _ in MAGIC):
                        return Unpacked(written, True)  # what follows is no further member
                    decompressor = _decompressor(kind)
    return Unpacked(written, not pending)


def _is_damage(error: Exception) -> bool:
    """Zstandard's own error derives from nothing else, and its module may be absent."""
    return isinstance(error, _DAMAGE) or type(error).__name__ == "ZstdError"


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
