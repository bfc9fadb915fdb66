"""What is kept of a bug in LogLens: the traceback, in a file that can be attached to a report."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from loglens import __version__

REPORT = "please report it with that file"


def told(error: BaseException) -> str:
    """One sentence on a bug: what it was and where its traceback lies."""
    if isinstance(error, MemoryError):
        return "there was not enough memory for it; give fewer files at once, or raise the memory limit"
    said = (
        f"LogLens failed with {type(error).__name__}: {_first_line(error)}. This is a bug in LogLens, not in your log"
    )
    try:
        return f"{said}. What happened is in {kept(error)}: {REPORT}"
    except OSError as why:
        return f"{said}. Its traceback could not be kept ({why.strerror or why})"


def kept(error: BaseException) -> Path:
    """Writes the traceback to a file in the temporary folder and returns its path. The same bug has the same name, so
    that a thousand runs leave one file and two runs of the same input say the same. Raises OSError."""
    lines = "".join(traceback.format_exception(error))
    head = f"loglens {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    name = f"loglens-crash-{hashlib.sha256(lines.encode('utf-8', 'replace')).hexdigest()[:12]}.txt"
    path = Path(tempfile.gettempdir()) / name
    # never through a link, never over another's file: the folder may be shared with strangers
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = path.lstat()
        if not path.is_symlink() and (not hasattr(os, "getuid") or found.st_uid == os.getuid()):
            return path
        handle, other = tempfile.mkstemp(prefix="loglens-crash-", suffix=".txt")
        path = Path(other)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{head}{' '.join(sys.argv)}\n\n{lines}")
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def is_out_of_room(error: OSError) -> bool:
    """The disk or the quota is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["no message"])[0][:200]
