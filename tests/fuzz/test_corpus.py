"""What the fuzzing found once is tried again in every run of the tests, and a short fuzzing of its own beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.mutate import CHANGES, mutated
from tests.fuzz.run import CORPUS, fuzz
from tests.fuzz.targets import TARGETS, tried, watching

FINDS = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", FINDS, ids=[one.parent.name for one in FINDS])
def test_a_past_find_stays_mended(path: Path, tmp_path: Path) -> None:
    kind = path.parent.name.partition("-")[0]
    copy = shutil.copy(path, tmp_path / path.name)
    with watching() as watched:
        for whole in (False, True):
            find = tried(kind, Path(copy), watched, whole=whole)
            assert find is None, find.said


@pytest.mark.filterwarnings("ignore")
def test_a_short_fuzzing_finds_nothing(tmp_path: Path) -> None:
    count, found = fuzz(3.0, 20_261_129, tmp_path)
    assert count
    assert found == {}


def test_every_change_is_repeatable() -> None:
    data, other = b"step,loss\n1,2.5\n2,2.25\n", b'{"a": [1, 2]}'
    for change in CHANGES:
        assert change(data, Random(5)) == change(data, Random(5))
    assert len({mutated(data, Random(seed), other) for seed in range(50)}) > 40


def test_a_bug_and_an_endless_loop_are_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_path: Path, _whole: bool) -> None:
        raise ZeroDivisionError

    def never_ends(_path: Path, _whole: bool) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.targets.CPU_SECONDS", 0.05)
    with watching() as watched:
        for target, name in ((breaks, "ZeroDivisionError"), (never_ends, "TooSlow")):
            monkeypatch.setitem(TARGETS, "log", target)
            find = tried("log", tmp_path / "x", watched, whole=False)
            assert find is not None
            assert find.place.startswith(name)
