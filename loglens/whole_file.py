"""A file that is there whole or not at all: whoever looks sees the old one or the new one, and nothing half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ORDINARY = 0o644
NAME_LENGTH = 40


@contextmanager
def whole_file(path: Path, *, mode: int | None = ORDINARY) -> Iterator[Path]:
    """A new file beside `path` to write into; it takes that one's place when the block ends, and is gone where it
    raises. `mode`: its permissions, None for those of a file that is nobody else's. Raises OSError."""
    # the whole of a name as long as a file system bears leaves no room for what keeps the two apart
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:NAME_LENGTH]}.")
    os.close(handle)
    made = Path(name)
    try:
        yield made
        if mode is not None:
            made.chmod(mode)
        made.replace(path)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise


def write_whole(path: Path, text: str, *, mode: int = ORDINARY) -> None:
    """Text in UTF-8 with `\\n` at line ends. Raises OSError."""
    with whole_file(path, mode=mode) as made:
        made.write_bytes(text.encode("utf-8", errors="backslashreplace"))
