"""Settings that a framework writes beside its log: Lightning's hparams.yaml, Ultralytics' args.yaml, ...

Only what advice can use is taken: names with a single value. Nested settings are joined with a dot, lists are left out,
and nothing that needs a YAML library is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loglens.model.run import Setting
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.limits import whole_text

_LINE = re.compile(r"(?P<indent> *)(?P<name>[^\s#:][^:#]*):(?:\s+(?P<value>[^#]*?))?\s*(?:#.*)?")
_WORDS: dict[str, Setting] = {"true": True, "false": False, "null": None, "~": None, "none": None}
_LIMIT = 200


def settings_beside(folder: Path, *names: str) -> dict[str, Setting]:
    """The settings in the first of these files that is there and can be read, else nothing."""
    for name in names:
        try:
            text = whole_text(folder / name)
        except (OSError, UnicodeDecodeError):
            continue
        return dict(_json_settings(text) if name.endswith(".json") else _yaml_settings(text))
    return {}


def _json_settings(text: str) -> Iterator[tuple[str, Setting]]:
    try:
        data = loaded(text)
    except ValueError:
        return
    if isinstance(data, dict):
        yield from flat_settings(data)


def flat_settings(data: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Setting]]:
    """The single values in an object and in the objects it holds, names joined with a dot."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from flat_settings(value, f"{prefix}{name}.")
        elif value is None or isinstance(value, (str, int, float, bool)):
            yield f"{prefix}{name}", value


def _yaml_settings(text: str) -> Iterator[tuple[str, Setting]]:
    """`name: value` lines, nested by indentation; anything else in the file is passed over."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines()[: 10 * _LIMIT]:
        found = _LINE.fullmatch(line)
        if not found or found["name"].startswith("-"):
            continue
        indent = len(found["indent"])
        while above and above[-1][0] >= indent:
            above.pop()
        name = ".".join([*(outer for _, outer in above), found["name"].strip().strip("'\"")])
        value = (found["value"] or "").strip()
        if not value:
            above.append((indent, found["name"].strip()))
        elif value[0] not in "[{&*!|>":
            yield name, _scalar(value)


def _scalar(value: str) -> Setting:
    if value[0] in "'\"" and value[-1] == value[0]:
        return value[1:-1]
    if value.casefold() in _WORDS:
        return _WORDS[value.casefold()]
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
