"""Many items: what one of them does is its own, whatever it does."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

from loglens.errors import SettingsError
from loglens.parallel import Failure, Workers, run_each
from loglens.parallel.engine import attempted
from loglens.parallel.limits import TookTooLong, limited


def behave(item: str) -> str:
    """What the item says."""
    if item == "bug":
        raise ZeroDivisionError("planted")
    if item == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "spins":
        while True:
            pass
    if item == "eats":
        held = []
        while True:
            held.append(bytearray(8_000_000))
            time.sleep(0.001)
    if item == "wrong flag":
        raise SettingsError("--lr must be a number")
    return item.upper()


def kinds(items: list[str], workers: Workers) -> dict[str, str]:
    got = list(run_each(behave, items, workers))
    assert sorted(place for place, _ in got) == list(range(len(items)))
    return {items[at]: one.kind if isinstance(one, Failure) else one for at, one in got}


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_every_item_comes_back_once_and_a_bug_costs_its_own(backend: str) -> None:
    items = [f"run {n}" for n in range(60)] + ["bug"]
    told = kinds(items, Workers(jobs=2, backend=backend))
    assert told.pop("bug") == "bug"
    assert told == {item: item.upper() for item in items[:-1]}


def test_a_killed_worker_costs_the_item_that_killed_it() -> None:
    items = [f"run {n}" for n in range(40)]
    items.insert(17, "killed")
    told = kinds(items, Workers(jobs=2))
    assert told.pop("killed") == "died"
    assert told == {item: item.upper() for item in items if item != "killed"}


def test_several_killers_are_each_found() -> None:
    items = ["killed", *[f"run {n}" for n in range(20)], "killed", "killed"]
    got = dict(run_each(behave, items, Workers(jobs=2)))
    assert {at for at, one in got.items() if isinstance(one, Failure)} == {0, 21, 22}


def test_a_run_without_end_is_given_up() -> None:
    told = kinds(["a", "spins", "b"], Workers(jobs=2, run_timeout=0.3))
    assert told == {"a": "A", "spins": "timeout", "b": "B"}


def test_too_much_memory_is_given_up() -> None:
    told = kinds(["a", "eats", "b"], Workers(jobs=1, run_memory=600 * 2**20))
    assert told == {"a": "A", "eats": "memory", "b": "B"}


def test_the_limit_holds_against_those_that_catch_everything() -> None:
    with pytest.raises(TookTooLong), limited(0.05, None):
        while True:
            try:
                time.sleep(0.001)
            except Exception:  # noqa: S112
                continue


def test_what_has_ended_is_never_interrupted_later() -> None:
    for _ in range(200):
        with suppress(TookTooLong), limited(0.0005, None):
            pass
        sum(range(2000))


def test_a_wrong_flag_ends_everything() -> None:
    with pytest.raises(SettingsError, match="--lr"):
        list(run_each(behave, ["a", "wrong flag"], Workers(jobs=2)))


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    failure = attempted(behave, "bug", Workers())
    assert isinstance(failure, Failure)
    assert "ZeroDivisionError: planted" in failure.traceback
    assert "in behave" in failure.traceback
