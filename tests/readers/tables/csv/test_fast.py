"""Large tables read in pieces: as they would be at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers.tables.csv import fast as csv_fast
from loglens.readers.tables.csv import read as csv_parse
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table import Table

HEADER = "step,loss,split\n"
ROWS = [f"{step},{step / 7},train\n" for step in range(400)]
ODD = {
    "sound": "",
    "no line end": "7,1.5,val",
    "cells without a value": "7,,val\n8,NA,val\n" * 30,
    "NaN and infinities": "7,nan,val\n8,-inf,val\n",
    "blank lines": "\n\n7,1.5,val\n\n",
    "windows line ends": "7,1.5,val\r\n8,1.5,val\r\n",
    "a short row": "7,1.5\n8,1.5,val\n",
    "a long row": "7,1.5,val,1\n",
    "a cut row": "7,1.",
    "a cut last cell": "7,1.5,",
    "a header again": HEADER + "0,2.5,train\n",
    "quotes over a line end": '7,1.5,"val\n8,1.5,x"\n',
    "a word among numbers": "7,broken,val\n",
    "zeros": "7,1.5,val\n\0\0\0\n8,1.5,val\n",
    "a number beyond 64 bits": f"{1 << 70},1.5,val\n",
}


def parts(table: Table) -> list[object]:
    """All that is in a table, to be compared."""
    numbers = [table.numbers(name) for name in table.names]
    cells = [one and (one.unreadable, one.present is None, repr(one.values[one.points()].tolist())) for one in numbers]
    words = table.words("split")
    return [table.names, table.rows, cells, words, table.problems, table.restarts, table.torn, table.notes]


@pytest.mark.parametrize("piece", [64, 500, 3000])
@pytest.mark.parametrize("odd", ODD)
def test_as_it_would_be_at_once(odd: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes((HEADER + "".join(ROWS[:300]) + ODD[odd] + ("" if "cut" in odd else "".join(ROWS[300:]))).encode())
    if odd == "no line end":
        path.write_bytes((HEADER + "".join(ROWS) + ODD[odd]).encode())
    at_once = read_csv(path)
    monkeypatch.setattr(csv_parse, "PIECE_BYTES", piece)
    assert parts(read_csv(path)) == parts(at_once)


def test_pieces_suffice_for_a_sound_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "".join(ROWS))

    def refused(*_: object) -> None:
        raise AssertionError("read at once")

    monkeypatch.setattr(csv_parse, "PIECE_BYTES", 1000)
    monkeypatch.setattr(csv_fast.TypedCsv, "read", refused)
    assert read_csv(path).rows == len(ROWS)
