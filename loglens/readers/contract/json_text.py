"""JSON as strangers write it: nested without end, with halves of characters, in bytes of any encoding."""

from __future__ import annotations

import json
import re
from typing import Any

_ESCAPES = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})", re.IGNORECASE)
"""A backslash that stands for itself, the pair of halves that stands for one character, and (group 1) a half without
the other: no text holds that, no table and no output takes it."""


_NOT_JSON = re.compile(
    r"([:\[,]\s{0,20}+)([-+]?(?:nan|inf|infinity|None|nul|True|False)(?:\((?:ind|snan)\))?)(?=\s{0,20}+[,}\]])",
    re.IGNORECASE,
)
_AS_JSON = {"nan": "NaN", "inf": "Infinity", "non": "null", "nul": "null", "tru": "true", "fal": "false"}
"""What other languages write, by how it begins, as JSON has it."""


class TooDeep(ValueError):
    """Nested deeper than Python can follow."""


def loaded(text: object) -> Any:
    """What the JSON says; NaN and infinities may stand bare, in any language's spelling. Raises ValueError where it is
    none, TooDeep among them: also of what is no text at all, as a database's cell of any column may be."""
    if not isinstance(text, str | bytes):
        raise ValueError(f"{type(text).__name__} is no text")
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), errors="replace")
    text = whole_characters(text)
    try:
        return json.loads(text)
    except RecursionError as error:
        raise TooDeep("it is nested deeper than any log") from error
    except json.JSONDecodeError:
        if (mended := spelt(text)) == text:
            raise
    return loaded(mended)


def spelt(text: str) -> str:
    """A text in which values that are no numbers are written as JSON has them: others write nan, -nan(ind), None."""
    return _NOT_JSON.sub(lambda found: found[1] + _as_json(found[2]), text)


def _as_json(said: str) -> str:
    word = _AS_JSON[said.lstrip("+-").casefold()[:3]]
    return f"-{word}" if word == "Infinity" and said.startswith("-") else word


def whole_characters(text: str) -> str:
    """The text, of the same length, without halves of characters in its strings."""
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(lambda found: r"\ufffd" if found[1] else found[0], text)


def as_list(value: object) -> list[Any]:
    """The value where it is a list, else an empty one: a stranger's document has any shape."""
    return value if isinstance(value, list) else []
