"""The count of what harmless changes keep, over three runs of the samples; the rest is a command."""

from __future__ import annotations

import loglens
from tests.hostile.changes import CHANGES, SAMPLES, counted, rows_of

FEW = [SAMPLES / name for name in ("lr-jump", "bad-batches", "healthy")]


def test_order_doubling_form_and_names_change_nothing() -> None:
    kept = counted(FEW, 3)
    for name in ("rows doubled", "rows shuffled", "JSON lines", "other names"):
        assert (kept[name].runs, kept[name].cause, kept[name].verdict, kept[name].rate) == (3, 3, 3, 3), name
    for name in ("loss times 1,000", "loss plus 10", "steps times 10"):
        assert kept[name].cause == 3, (name, kept[name].moved)


def test_a_change_changes_what_it_says() -> None:
    rows = rows_of(loglens.read(FEW[0]).runs[0])
    changed = {name: change(rows) for name, change in CHANGES.items() if name != "JSON lines"}
    assert all(one != rows for one in changed.values())
    assert len(changed["rows doubled"]) == 2 * len(rows)
    assert changed["loss plus 10"][3]["loss"] == rows[3]["loss"] + 10
    assert changed["steps times 10"][3]["step"] == 10 * rows[3]["step"]
