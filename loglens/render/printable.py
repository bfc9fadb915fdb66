"""Text from strangers' logs, made safe to look at: one line, no control characters, no marks that turn text around.

Stricter than `words.shown`, which serves the page: there every name stands in an element that isolates its direction.
"""

from __future__ import annotations

import unicodedata

# joiners hold emoji and several scripts together; they show nothing and turn nothing around
JOINERS = frozenset("\u200c\u200d")
ESCAPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, limit: int | None = None) -> str:
    """`text` on one line: what would move the cursor, reverse the reading order or be invisible is written as its
    escape (\\n, \\u202e). Longer than `limit` characters, the middle is left out, so that both ends can be told."""
    said = text if text.isprintable() else "".join(map(_shown, text))
    return said if limit is None else shortened(said, limit)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, `start…end` where some had to go."""
    if len(text) <= limit:
        return text
    if limit < 2:
        return "…"[:limit]
    tail = (limit - 1) // 3
    return text[: limit - 1 - tail] + "…" + text[len(text) - tail :]


def _shown(character: str) -> str:
    if unicodedata.category(character) not in ESCAPED or character in JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")
