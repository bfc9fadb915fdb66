"""Lines set aside from large tables: the rest is read as it would be row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers.tables.csv import read as csv_parse
from loglens.readers.tables.csv.bad_lines import set_aside
from loglens.readers.tables.csv.read import read_csv

HEADER = "step,loss,lr\n"
ROWS = [f"{step},{step / 3},{0.1}\n" for step in range(300)]


def test_what_is_set_aside() -> None:
    found = set_aside(b"a,b\n1,2\n3\n4,5\na,b\n6,7\n8,9", b",", 2)
    assert found is not None
    assert (found.data, found.lines, found.restarts) == (b"a,b\n1,2\n4,5\n6,7\n8,9", ((3, "3\n"),), (2,))
    assert set_aside(b"a,b\n1,2\n", b",", 2) is None


@pytest.mark.parametrize(
    "damage",
    [
        {5: "4,1\n"}, {5: "4,1,2,3\n", 200: "\n"}, {100: HEADER}, {100: HEADER, 250: HEADER, 260: "1\n"},
        {299: "299,1."}, {299: "299,1.5,"}, {50: "# resumed\n"}, {50: "50,1,2,\n"}, {50: "step,loss,lr,acc\n"},
        {0: "0\n"}, {50: "word,1,2\n", 60: "1\n"},
    ],
)  # fmt: skip
def test_as_it_would_be_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: dict[int, str]) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "".join(damage.get(place, row) for place, row in enumerate(ROWS)))
    slow = read_csv(path)
    monkeypatch.setattr(csv_parse, "_MENDED_BYTES", 0)
    fast = read_csv(path)
    assert (fast.names, fast.restarts, fast.torn) == (slow.names, slow.restarts, slow.torn)
    assert (fast.problems, fast.notes) == (slow.problems, slow.notes)
    for name in fast.names:
        ours, theirs = fast.numbers(name), slow.numbers(name)
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert ours.values.tolist() == theirs.values.tolist()


def test_few_damaged_lines_do_not_cost_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "".join(ROWS) * 300 + "7,1.")

    def refused(*_: object) -> None:
        raise AssertionError("read row by row")

    monkeypatch.setattr(csv_parse, "_slow", refused)
    table = read_csv(path)
    assert (table.rows, table.torn, [one.offset for one in table.problems]) == (90_000, True, [90_002])
