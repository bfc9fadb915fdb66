"""JSON files that were cut or damaged: as much of the document as is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from loglens.model.run import Problem
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.limits import whole_text

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[][{},]', re.DOTALL)
CLOSING = {"{": "}", "[": "]"}


class Whole(NamedTuple):
    """What is whole of a document (None where nothing is), and the character where it broke (None where it did not)."""

    value: object
    broken_at: int | None


def whole_json(text: str) -> Whole:
    """Parses a document; a broken one is cut after the last whole member before the break, and closed there.

    NaN and infinities may stand bare, as Python writes them.
    """
    try:
        return Whole(loaded(text), None)
    except json.JSONDecodeError as error:
        broken_at = error.pos
    except ValueError:  # nested without end, or an integer of thousands of digits
        return Whole(None, 0)
    try:
        return Whole(loaded(_closed(text[:broken_at])), broken_at)
    except ValueError:
        return Whole(None, broken_at)


def _closed(text: str) -> str:
    """The text up to its last comma or opening bracket, every bracket closed."""
    open_brackets: list[str] = []
    end = 0
    for token in TOKEN.finditer(text):
        match token.group():
            case "{" | "[" as bracket:
                open_brackets.append(bracket)
                end = token.end()
            case "}" | "]":
                if not open_brackets:
                    break
                open_brackets.pop()
                end = token.end()
            case ",":
                end = token.start()
            case _:
                continue
    # whatever stood behind the end changed no bracket
    return text[:end] + "".join(CLOSING[bracket] for bracket in reversed(open_brackets))


def whole_object(path: Path) -> tuple[Mapping[str, object], list[Problem]]:
    """The object in a file, as far as it is whole, and what kept the rest from being read; {} where it holds none."""
    try:
        document, broken_at = whole_json(whole_text(path, "utf-8-sig", "replace"))
    except OSError as error:
        return {}, [Problem(path=str(path), message=f"the file cannot be opened ({error.strerror})")]
    found = document if isinstance(document, Mapping) else {}
    if broken_at is None:
        return found, []
    message = f"the JSON breaks off at character {broken_at}; what is whole before it is read"
    return found, [Problem(path=str(path), message=message, offset=broken_at)]
