"""What a restart undid: by file, by header, by purge, by step alone; and what is no restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loglens.readers.contract.base import Column, Log, Purge
from loglens.readers.runs.resume import Resolved, resolve


def column(tag: str, steps: Sequence[int], *, value: float | None = None, start: float | None = None) -> Column:
    at = np.array(steps, dtype=np.int64)
    values = at.astype(float) if value is None else np.full(len(at), value)
    times = None if start is None else start + np.arange(len(at), dtype=float)
    return Column(tag=tag, steps=at, values=values, wall_times=times)


def log(*columns: Column, name: str = "a", purges: tuple[Purge, ...] = ()) -> Log:
    path = Path("/runs/one") / name
    return Log(format="tensorboard", file=path, folder=path.parent, columns=columns, purges=purges)


def steps(found: Resolved, place: int = 0) -> list[int]:
    return [int(step) for step in found.series[place].steps]


def values(found: Resolved, place: int = 0) -> list[float]:
    return [float(value) for value in found.series[place].values]


def said(found: Resolved) -> str:
    return " | ".join(note.message for note in found.notes)


def test_a_log_in_order_stays_as_it_is() -> None:
    found = resolve([log(column("loss", [0, 5, 9]))])
    assert steps(found) == [0, 5, 9]
    assert (found.rewinds, found.rewritten, found.notes) == ((), (), ())


def test_a_later_file_wins() -> None:
    found = resolve([log(column("loss", range(20), value=1)), log(column("loss", range(15, 30), value=2), name="b")])
    assert values(found) == [1.0] * 15 + [2.0] * 15
    (rewind,) = found.rewinds
    assert (rewind.resumed_at, rewind.last_step, rewind.rewritten, rewind.how) == (15, 19, 5, "new file")
    assert found.rewritten[0].steps.tolist() == list(range(15, 20))


def test_what_a_later_file_covers_again_is_undone_also_at_other_steps() -> None:
    found = resolve([log(column("loss", [0, 10, 20, 30, 40, 50])), log(column("loss", [25, 35]), name="b")])
    assert steps(found) == [0, 10, 20, 25, 35, 40, 50]


def test_going_on_without_overlap_is_a_restart_that_rewrote_nothing() -> None:
    found = resolve([log(column("loss", [0, 1, 2])), log(column("loss", [3, 4]), name="b")])
    (rewind,) = found.rewinds
    assert (rewind.resumed_at, rewind.last_step, rewind.rewritten) == (3, 2, 0)


def test_a_second_file_with_other_series_is_no_restart() -> None:
    found = resolve([log(column("loss", range(9))), log(column("eval/loss", [8]), name="b")])
    assert found.rewinds == ()


def test_a_purge_undoes_everything_from_its_step_on() -> None:
    second = log(column("loss", [15, 16], value=2), name="b", purges=(Purge(step=15, before={}),))
    found = resolve([log(column("loss", range(20), value=1)), second])
    assert steps(found) == list(range(17))
    (rewind,) = found.rewinds
    assert (rewind.resumed_at, rewind.rewritten, rewind.how) == (15, 5, "purge event")


def test_a_purge_inside_a_file_leaves_what_comes_after_it() -> None:
    inside = log(column("loss", [0, 1, 2, 3, 2, 3, 4]), purges=(Purge(step=2, before={"loss": 4}),))
    found = resolve([inside])
    assert steps(found) == [0, 1, 2, 3, 4]
    assert len(found.rewritten[0].steps) == 2


def test_a_step_that_goes_back_rewrites_what_comes_again() -> None:
    found = resolve([log(column("loss", [0, 1, 2, 3, 2, 3, 4]))])
    (rewind,) = found.rewinds
    assert (rewind.resumed_at, rewind.last_step, rewind.rewritten, rewind.how) == (2, 3, 2, "step went back")


def test_several_trainings_in_one_file_are_told_loudly() -> None:
    found = resolve([log(column("loss", [*range(10), *range(8), *range(10)]))])
    assert steps(found) == list(range(10))
    assert [one.rewritten for one in found.rewinds] == [8, 10]
    assert "3 trainings" in said(found)


def test_points_out_of_order_cost_nothing() -> None:
    found = resolve([log(column("loss", [0, 1, 3, 2, 4]))])
    assert steps(found) == [0, 1, 2, 3, 4]
    assert found.rewinds == () and "out of order" in said(found)


def test_writers_at_the_same_time_are_no_restart() -> None:
    first = log(column("loss", [0, 2, 4], start=100.0))
    second = log(column("loss", [1, 3, 4], value=9, start=100.5), name="b")
    found = resolve([first, second])
    assert steps(found) == [0, 1, 2, 3, 4] and values(found)[-1] == 9.0
    assert found.rewinds == () and "several processes" in said(found)


def test_equal_steps_in_a_row_keep_the_last() -> None:
    found = resolve([log(column("loss", [0, 1, 1, 2]))])
    assert steps(found) == [0, 1, 2]
    assert "share their step" in said(found) and found.rewinds == ()


def test_points_without_a_step_are_counted() -> None:
    found = resolve([log(column("loss", [0, 0, 0])), log(column("loss", [0, 0]), name="b")])
    assert steps(found) == [0, 1, 2, 3, 4]
    assert "no step was given" in said(found)


def test_one_point_at_step_0_in_each_file_is_the_same_point() -> None:
    found = resolve([log(column("hp_metric", [0], value=1)), log(column("hp_metric", [0], value=2), name="b")])
    assert values(found) == [2.0]


def test_another_folder_with_the_same_id_is_told() -> None:
    first = log(column("loss", [0, 1, 2]))
    second = replace(log(column("loss", [1, 2, 3])), file=Path("/runs/two/b"), folder=Path("/runs/two"))
    assert resolve([first, second]).rewinds[0].how == "new folder"


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), min_size=1, max_size=4))
def test_the_last_point_of_every_step_of_the_last_part_survives(parts: list[list[int]]) -> None:
    columns = [column("loss", [*sorted(part), 40 + number], value=number) for number, part in enumerate(parts)]
    logs = [log(one, name=str(number)) for number, one in enumerate(columns)]
    found = resolve(logs)
    series = found.series[0]
    assert bool(np.all(np.diff(series.steps) > 0))
    last: Mapping[int, float] = {int(step): float(len(parts) - 1) for step in logs[-1].columns[0].steps}
    kept = dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
    assert {step: kept[step] for step in last} == last
    assert len(series) + sum(len(one.steps) for one in found.rewritten) == sum(len(part) + 1 for part in parts)


def test_a_step_that_goes_back_undoes_what_it_runs_again_also_at_other_steps() -> None:
    found = resolve([log(column("loss", [*range(0, 100, 5), *range(62, 120, 5)]))])
    assert steps(found) == [*range(0, 61, 5), *range(62, 120, 5)]
    (rewind,) = found.rewinds
    assert (rewind.resumed_at, rewind.last_step, rewind.rewritten, rewind.how) == (62, 95, 7, "step went back")


def test_one_stray_low_step_undoes_nothing() -> None:
    found = resolve([log(column("time", [50, 100, 150, 1, 200, 250]))])
    assert steps(found) == [1, 50, 100, 150, 200, 250]


def test_a_second_file_in_a_split_is_a_new_file_whatever_was_written_between() -> None:
    train = log(column("train/loss", range(10)), name="train/1")
    validation = log(column("validation/loss", range(10)), name="validation/1")
    again = log(column("train/loss", range(8, 14)), name="train/2")
    (rewind,) = resolve([replace(one, folder=Path("/runs/one")) for one in (train, validation, again)]).rewinds
    assert (rewind.resumed_at, rewind.how) == (8, "new file")
