"""Diagnoses saved by `--format json`, and logs that are to be diagnosed now: told apart by their content."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from loglens.errors import SettingsError

if TYPE_CHECKING:
    from loglens.cli.output import Progress
    from loglens.model.diagnosis import Diagnosis
    from loglens.model.settings import Options

HEAD_BYTES = 4096


def is_saved(path: Path) -> bool:
    """Whether `path` is a file that starts as our documents do; whether it is a whole one shows when it is read."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False  # whoever reads it as a log says what is wrong with it
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b'"schema_version"' in head and b'"loglens"' in head


def read_saved(path: Path) -> Diagnosis:
    """The diagnosis in that file; SettingsError, with the file's name, where there is none."""
    from loglens.model.documents.to_json import from_document

    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is no UTF-8 text (byte {error.start}): {HINT}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    try:
        document = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as error:
        raise SettingsError(f"{path} is nested too deeply to be a diagnosis: {HINT}") from error
    except ValueError as error:
        raise SettingsError(f"{path} is no JSON ({error}): {HINT}") from error
    try:
        return from_document(document)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is beyond the range of a double")
    return value


HINT = "give a file that `loglens diagnose PATH --format json` wrote"


def diagnosis_of(path: Path, options: Options, progress: Progress | None) -> Diagnosis:
    """The diagnosis saved in `path`, or that of the logs there."""
    from loglens.remote.places import is_remote

    if is_remote(path) and path.suffix == ".json":
        from loglens.remote.mirror import fetched

        with fetched(path) as (local, _):
            if is_saved(local):
                return read_saved(local)
    if is_saved(path):
        return read_saved(path)
    from loglens import pipeline

    return pipeline.diagnose(path, options=options, progress=progress)
