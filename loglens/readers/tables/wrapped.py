"""A frame that pandas printed in blocks, because the console was too narrow for its columns.

    epoch  train_loss  \\            the header of every block but the last ends in a backslash
0       0    2.306912
1       1    2.093176

    val_loss                        the rows of the next block have the same numbers
0   2.375453
1   2.163080
"""

from __future__ import annotations

MARK = b"\\"


def is_wrapped(text: bytes) -> bool:
    return b"\\\n" in text or b"\\\r\n" in text


def unwrapped(text: bytes) -> bytes:
    """The text with the blocks of such frames beside one another; a frame that is not whole keeps its first block."""
    if not is_wrapped(text):
        return text
    lines = text.splitlines()
    out: list[bytes] = []
    at = 0
    while at < len(lines):
        if not _heads(lines[at]):
            out.append(lines[at])
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
        out += [header, *rows]
        at = end
    return b"\n".join(out) + b"\n"


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
