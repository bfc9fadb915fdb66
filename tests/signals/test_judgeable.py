"""A run that cannot be judged is refused with a command that works on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.errors import NotJudgeable
from loglens.model.run import Event, EventKind, PassedOver, RoleChoice, Run, Series
from loglens.signals.judgeable import check_judgeable


def test_the_way_on_names_a_series_of_this_log() -> None:
    run = Run.from_arrays({"step time": [1.0, 2.0, 3.0], "my value": [3.0, 1.0, 2.0]}, name="a log.csv")
    with pytest.raises(NotJudgeable) as raised:
        check_judgeable(run)
    assert "loglens diagnose 'a log.csv' --map 'train_loss=my value'" in str(raised.value)


def test_where_nothing_moves_inspect_is_the_way_on() -> None:
    with pytest.raises(NotJudgeable, match=r"loglens inspect log\.csv"):
        check_judgeable(Run.from_arrays({"step": [1.0, 2.0, 3.0]}, name="log.csv"))


def test_one_point_and_none_that_is_finite() -> None:
    for values, said in (([1.0], "a single finite point"), ([float("nan")], "no finite point")):
        with pytest.raises(NotJudgeable, match=said):
            check_judgeable(Run.from_arrays({"loss": values}, roles={"train_loss": "loss"}))


def test_losses_that_are_no_numbers_are_judged_beside_a_single_validation_that_is_none_either() -> None:
    check_judgeable(_losses(train=[np.nan] * 12, val=[np.nan]))
    with pytest.raises(NotJudgeable, match="no finite point in 'val'"):
        check_judgeable(_losses(train=[np.nan], val=[np.nan]))


def _losses(*, train: list[float], val: list[float]) -> Run:
    series = tuple(
        Series(tag=tag, steps=np.arange(len(values)), values=np.array(values))
        for tag, values in (("train", train), ("val", val))
    )
    roles = tuple(
        RoleChoice(role=role, series=tag, reason="given")
        for role, tag in (("train_loss", "train"), ("val_loss", "val"))
    )
    return Run(name=".", source="planted", format="csv", series=series, roles=roles)


def _series(*tags: str) -> Run:
    return Run.from_arrays({tag: [1.0, 2.0, 3.0] for tag in tags}, name="log.csv")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (_series(), "no loss and no metric among its 0 series (none): see what it holds"),
        (_series("a", "b"), "no loss and no metric among its 2 series (a; b): see what it holds"),
        (_series(*"abcdefgh"), "among its 8 series (a; b; c; d; e; f; g; h): see"),
        (_series(*"abcdefghi"), "among its 9 series (a; b; c; d; e; f; g; h; ...): see"),
    ],
)
def test_what_the_log_holds_instead_is_listed(run: Run, said: str) -> None:
    with pytest.raises(NotJudgeable) as raised:
        check_judgeable(run)
    assert said in str(raised.value)


def test_a_series_that_was_passed_over_is_listed_with_the_reason_and_offered() -> None:
    run = _series("a", "loss_b")
    over = (PassedOver(series="loss_b", reason="a part of a loss"),)
    run = replace(run, roles=(RoleChoice(role="train_loss", series="gone", passed_over=over),))
    with pytest.raises(NotJudgeable, match=r"2 series \(a; loss_b, a part of a loss\): if 'loss_b' is the loss, "):
        check_judgeable(run)


@pytest.mark.parametrize(
    ("values", "offered"),
    [([3.0, 1.0, 2.0], True), ([1.0, 3.0, 2.0], True), ([3.0, 2.0, 1.0], False), ([1.0, 1.0, 2.0], False),
     ([2.0, 2.0, 1.0], False), ([3.0, np.nan, 2.0], False)],
)  # fmt: skip
def test_what_goes_up_and_down_may_be_a_loss(values: list[float], offered: bool) -> None:
    with pytest.raises(NotJudgeable) as raised:
        check_judgeable(Run.from_arrays({"a": values}, name="log.csv"))
    assert ("--map train_loss=a" in str(raised.value)) == offered


@pytest.mark.parametrize(
    ("train", "events", "said"),
    [
        ([1.0], (), "a single finite point"),
        ([1.0], ("nan_stop",), None),
        ([1.0], ("killed",), "a single finite point"),
        ([1.0, np.nan], (), None),
        ([1.0, 2.0], (), None),
        ([np.nan], (), "no finite point"),
        ([np.nan, np.nan], (), None),
        ([], (), "beyond 2"),
    ],
)
def test_how_much_of_a_loss_it_takes(train: list[float], events: tuple[EventKind, ...], said: str | None) -> None:
    run = replace(
        _losses(train=train, val=[]),
        roles=(RoleChoice(role="train_loss", series="train"),),
        events=tuple(Event(kind=kind, step=1, time=None, text="", line=1) for kind in events),
    )
    if said is None:
        check_judgeable(run)
    else:
        with pytest.raises(NotJudgeable, match=said):
            check_judgeable(run)
