from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers.contract.files import line_pieces

LINES = [b"a" * length + b"\n" for length in (0, 5, 70, 3, 3, 200, 1, 1, 1, 90)]


@pytest.mark.parametrize("size", [1, 10, 64, 150, 1000])
@pytest.mark.parametrize("end", [b"", b"cut"])
def test_pieces_of_whole_lines(size: int, end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(LINES) + end)
    pieces = list(line_pieces(path, size))
    assert b"".join(pieces) == path.read_bytes()
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
    assert all(len(piece) <= size + 201 for piece in pieces[:-1])
    assert len(pieces) > 1 or size > 150


def test_a_line_without_end_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"step\n" + b"x" * 200_000 + b"\n")
    assert list(line_pieces(path, 1000)) == [path.read_bytes()]
