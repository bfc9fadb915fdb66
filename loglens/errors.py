"""What LogLens raises when something foreseen goes wrong.

    LogLensError
    ├── ReadError            a log could not be read: which file, what was found, what to do next
    │   ├── UnknownFormat    nobody recognises the file
    │   └── MissingDependency  a reader needs an extra that is not installed
    ├── NotJudgeable         a log was read, but holds nothing a verdict can rest on
    ├── SettingsError        a flag or a key in loglens.toml is wrong
    ├── Broken               a bug in LogLens met everything that was given
    └── ReplayError          a replay could not be planned or carried out

Anything else that escapes is a bug in LogLens, and the command line says so.
"""

from __future__ import annotations

from pathlib import Path


class LogLensError(Exception):
    """A foreseen failure. `str(error)` is one sentence for the user, the next step included."""


class ReadError(LogLensError):
    """A log that could not be read.

    `path`: the file or folder. `message`: what was found and what to do next. `offset`: the byte (binary formats) or
    line (text formats) where reading stopped, None where the place has no number.
    """

    def __init__(self, path: Path | str, message: str, *, offset: int | None = None) -> None:
        place = "" if offset is None else f" (at {offset})"
        super().__init__(f"{path}{place}: {message}")
        self.path = str(path)
        self.message = message
        self.offset = offset


class UnknownFormat(ReadError):
    """No reader recognises the file."""


class MissingDependency(ReadError):
    """The file is known, but reading it needs an extra: the message names the `pip install` line."""


class NotJudgeable(LogLensError):
    """The log was read, but there is nothing to judge: no loss series, no finite point, a single point."""


class Broken(LogLensError):
    """LogLens itself failed on everything that was given; the message names the file with the traceback."""


class SettingsError(LogLensError):
    """A setting that does not exist or has a value out of range; the message gives the allowed ones."""


class ReplayError(LogLensError):
    """A replay could not be planned or carried out; nothing of the user's was changed."""
