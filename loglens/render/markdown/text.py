"""Words from logs inside Markdown: nothing in them may become a link, a mention, a picture, HTML or a new table cell.

Names go into code spans, where GitHub and GitLab expand nothing. Sentences are escaped: Markdown's own characters by a
backslash, HTML's by entities, and what the sites expand after rendering (@name, #12, !12, URLs, :emoji:) by an
invisible word joiner behind the character that starts it, because there a backslash does not help.
"""

from __future__ import annotations

import html
import re

from loglens.render.printable import printable

JOINER = "\u2060"
NAME_LIMIT = 80
SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
OPENING = re.compile(r"^(\s*)([-+=#>]|\d+(?=[.)]))")
"""What makes a list, a heading or a quotation at the start of a line only."""
EXPANDED = re.compile(
    r"@(?=\S)|[#!%&~](?=\w)|\$(?=\S)|(?<=\w)[:](?=//)|\bwww(?=\.)|\bmailto(?=:)|\bxmpp(?=:)|\bGH(?=-\d)"
    r"|:(?=[\w+-]+:)|\[(?=\[)",
    re.IGNORECASE,
)


def prose(text: str, limit: int | None = None) -> str:
    """A sentence, on one line, that shows as it was written and does nothing."""
    said = EXPANDED.sub(lambda found: found[0] + JOINER, printable(text, limit))
    said = SPECIAL.sub(r"\\\1", html.escape(said, quote=False))
    return OPENING.sub(lambda found: f"{found[1]}{_opened(found[2])}", said)


def _opened(start: str) -> str:
    """A digit cannot be escaped, but the full stop behind it need not follow it at once."""
    return start + JOINER if start.isdigit() else "\\" + start


def code(text: str, limit: int = NAME_LIMIT) -> str:
    """A name as a code span, outside of tables."""
    said = printable(text, limit) or " "
    longest = max((len(ticks) for ticks in re.findall("`+", said)), default=0)
    fence = "`" * (longest + 1)
    # Markdown takes one space off both ends, unless there is nothing but spaces
    pad = " " if said.strip() and (said[0] in "` " or said[-1] in "` ") else ""
    return f"{fence}{pad}{said}{pad}{fence}"


def cell_code(text: str, limit: int = NAME_LIMIT) -> str:
    """A name as a code span inside a table, where a bar ends the cell even in code unless it is escaped.

    A backslash before a bar would be taken for that escape's own: there the bar is shown as its look-alike.
    """
    return code(text, limit).replace("\\|", "\\ǀ").replace("|", "\\|")


def html_code(text: str, limit: int = NAME_LIMIT) -> str:
    """A name inside a line of HTML (a `<summary>`), where Markdown is not read."""
    return f"<code>{html.escape(printable(text, limit))}</code>"


def marker(key: str) -> str:
    """The hidden first line by which a comment is found again and updated in place."""
    return f"<!-- loglens:{re.sub('[^A-Za-z0-9_.]+', '-', key).strip('-') or 'report'} -->"
