"""The count of what harmless changes keep, over a few runs of the samples; the rest is a command."""

from __future__ import annotations

import math
import statistics
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import loglens
from tests.hostile.changes import (
    CHANGES,
    SAMPLES,
    Rows,
    counted,
    folders_of,
    healthy_tail,
    in_epochs,
    rows_of,
    spread,
    thinned,
)

FEW = [SAMPLES / name for name in ("lr-jump", "bad-batches", "healthy")]
SAME = ("rows doubled", "rows shuffled", "JSON lines", "other names", "trainer state")
"""The same log in another dress."""
few = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_order_doubling_form_and_names_change_nothing() -> None:
    kept = counted(FEW, SAME)
    for name in SAME:
        assert kept[name].shares() == (1, 1, 1, 1), (name, kept[name].moved)


def test_units_precision_and_what_is_left_out_keep_the_cause() -> None:
    names = [name for name in CHANGES if name not in (*SAME, "a spike")]
    kept = counted(FEW, names)
    for name in names:
        assert kept[name].cause == kept[name].runs >= 2, (name, kept[name].moved)


def test_a_spike_makes_no_run_healthier() -> None:
    assert counted(FEW, ["a spike"])["a spike"].no_healthier == 3


def sample(name: str) -> Rows:
    return rows_of(loglens.read(SAMPLES / name).runs[0])


def test_a_change_changes_what_it_says() -> None:
    rows = sample("lr-jump")
    for name, change in CHANGES.items():
        before, after = change.of(rows), change.change(rows)
        assert after is not None
        assert (after == before) == (name in ("JSON lines", "trainer state", "event file")), name
    doubled, moved, longer = (CHANGES[name].change(rows) for name in ("rows doubled", "loss plus 10", "steps times 10"))
    assert doubled is not None
    assert moved is not None
    assert longer is not None
    assert len(doubled) == 2 * len(rows)
    assert moved[3]["loss"] == rows[3]["loss"] + 10
    assert longer[3]["step"] == 10 * rows[3]["step"]
    assert longer[3]["loss"] == rows[3]["loss"]


@few
@given(st.integers(2, 9), st.integers(60, 400), st.integers(2, 30))
def test_thinning_keeps_the_evaluations(every: int, points: int, interval: int) -> None:
    rows: Rows = [{"step": at, "loss": 2.0 - at / 1000, "lr": 0.1} for at in range(points)]
    for at in range(0, points, interval):
        rows[at]["val_loss"] = 1.0
    left = thinned(rows, every)
    if points < 60 * every:
        assert left is None
        return
    assert left is not None
    assert [row["step"] for row in left if "loss" in row] == list(range(0, points, every))
    assert all(("lr" in row) == ("loss" in row) for row in left)
    kept = [row["step"] for row in left if "val_loss" in row]
    assert kept == list(range(0, points, interval)) if interval > 1 else len(kept) == len(left)


@few
@given(st.sampled_from(["lr-jump", "healthy", "overfitting", "lr-too-high"]))
def test_a_tail_goes_on_where_the_log_ended(name: str) -> None:
    rows = sample(name)
    longer = healthy_tail(rows)
    assert longer is not None
    assert longer[: len(rows)] == rows
    tail = longer[len(rows) :]
    assert len(tail) == len(rows) // 10
    assert [row["step"] for row in longer] == sorted({row["step"] for row in longer})
    ended = [row["loss"] for row in rows if "loss" in row][-len(tail) :]
    level, reach = statistics.median(ended), max(ended) - min(ended)
    assert all(abs(row["loss"] - level) <= reach for row in tail if "loss" in row)
    assert {row["lr"] for row in tail if "lr" in row} <= {row["lr"] for row in rows if "lr" in row}


def test_no_tail_follows_a_loss_that_was_lost() -> None:
    rows: Rows = [{"step": at, "loss": math.nan if at > 95 else 1.0} for at in range(100)]
    assert healthy_tail(rows) is None
    assert healthy_tail(rows[:50]) is None


def test_epochs_are_those_of_the_log_where_it_counts_them() -> None:
    rows: Rows = [{"step": at, "loss": 1.0, **({"epoch": at / 40} if at % 20 == 0 else {})} for at in range(0, 200, 4)]
    assert [row["epoch"] for row in in_epochs(rows)] == pytest.approx([row["step"] / 40 for row in rows])
    bare: Rows = [{"step": at, "loss": 1.0} for at in range(100, 201)]
    assert (in_epochs(bare)[0]["epoch"], in_epochs(bare)[-1]["epoch"]) == (0.0, 10.0)
    told = CHANGES["epochs for steps"].change(rows)
    assert told is not None
    assert all("step" not in row for row in told)


def test_runs_are_taken_evenly_from_every_source(tmp_path: Path) -> None:
    one, other = ([Path(f"{letter}{at}") for at in range(count)] for letter, count in (("a", 100), ("b", 6)))
    chosen = spread([one, other], 26)
    assert [path.name for path in chosen[:6]] == [f"b{at}" for at in range(6)]
    assert [path.name for path in chosen[6:]] == [f"a{at}" for at in range(0, 100, 5)]
    (tmp_path / "runs" / "x").mkdir(parents=True)
    (tmp_path / "runs" / "y").mkdir()
    with tarfile.open(tmp_path / "runs.tar.xz", "w:xz") as packed:
        packed.add(tmp_path / "runs", "logs")
    with ExitStack() as stack:
        assert [path.name for path in folders_of(tmp_path / "runs.tar.xz", stack)] == ["x", "y"]
