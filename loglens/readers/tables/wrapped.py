"""A frame that pandas printed in blocks, because the console was too narrow for its columns.

    epoch  train_loss  \\            the header of every block but the last ends in a backslash
0       0    2.306912
1       1    2.093176

    val_loss                        the rows of the next block have the same numbers
0   2.375453
1   2.163080
"""

from __future__ import annotations

import re

MARK = b"\\"
_WRAPPED = re.compile(rb"\\[ \t]{0,9}+\r?\n[ \t]{0,9}+\d{1,9}[ \t]")
_NUMBERED = re.compile(rb"[ \t]{0,9}+\d{1,9}[ \t]")
"""A header and its first row; a command that goes on in the next line has no number there."""
LARGEST = 1 << 23
"""Bytes of a text in which frames are looked for: what people print is short."""


def is_wrapped(text: bytes) -> bool:
    """Whether a text holds such a frame."""
    return len(text) <= LARGEST and _WRAPPED.search(text) is not None


def unwrapped(text: bytes) -> bytes:
    """The text with the blocks of such frames beside one another; a frame that is not whole keeps its first block."""
    if not is_wrapped(text):
        return text
    lines = text.splitlines()
    joined: list[bytes] = []
    at = 0
    while at < len(lines):
        if not (_heads(lines[at]) and _NUMBERED.match(b"".join(lines[at + 1 : at + 2]))):
            joined.append(lines[at])
            at += 1
            continue
        header, rows, end = _block(lines, at)
        while rows and _heads(lines[at]) and end + 1 < len(lines) and not lines[end].strip():
            further, below, following = _block(lines, end + 1, len(rows))
            if [_number(row) for row in below] != [_number(row) for row in rows]:
                break
            header += b"  " + further.strip()
            rows = [row + b"  " + other.split(None, 1)[-1] for row, other in zip(rows, below, strict=True)]
            at, end = end + 1, following
        joined += [header, *rows]
        at = end
    return b"\n".join(joined) + b"\n"


def _heads(line: bytes) -> bool:
    return line.rstrip().endswith(MARK)


def _block(lines: list[bytes], at: int, most: int | None = None) -> tuple[bytes, list[bytes], int]:
    """The header of a block without its mark, its rows (`most` of them), and the place of the line behind."""
    end = at + 1
    while end < len(lines) and lines[end].strip() and (most is None or end <= at + most):
        end += 1
    return lines[at].rstrip().removesuffix(MARK), lines[at + 1 : end], end


def _number(row: bytes) -> bytes:
    return row.split(None, 1)[0]
