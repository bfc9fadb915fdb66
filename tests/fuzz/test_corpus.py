"""What the fuzzing found once is tried again in every run of the tests, and a short fuzzing of its own beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import record
from tests.fuzz.mutate import CHANGES, mutated
from tests.fuzz.run import CORPUS, fuzz
from tests.fuzz.seeds import READERS, seeds
from tests.fuzz.targets import TARGETS, Find, tried, watching
from tests.fuzz.whole_parts import json_node, resealed

FINDS = sorted(path for path in CORPUS.iterdir() if path.is_dir())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("folder", FINDS, ids=[one.name for one in FINDS])
def test_a_past_find_stays_mended(folder: Path, tmp_path: Path) -> None:
    kind = folder.name.partition("-")[0]
    shutil.copytree(folder, tmp_path / folder.name)
    files = [one for one in (tmp_path / folder.name).rglob("*") if one.is_file()]
    with watching() as watched:
        for path in [*files, tmp_path / folder.name] if kind == "log" else files:
            for whole in (False, True):
                find = tried(kind, path, watched, whole=whole)
                assert find is None, find.said


@pytest.mark.filterwarnings("ignore")
def test_a_short_fuzzing_finds_nothing(tmp_path: Path) -> None:
    piece = fuzz(3.0, 20_261_129, tmp_path)
    assert piece.count == sum(piece.kinds.values()) > 0
    assert piece.found == {}


@pytest.mark.filterwarnings("ignore")
def test_pieces_add_up_and_no_seed_is_used_twice(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    assert [record.next_seed(file), record.next_seed(file)] == [1, 2]
    piece = fuzz(60.0, 1, tmp_path, most=7)
    assert piece.count == 7
    record.add(file, piece, 2.0)
    piece.found["ZeroDivisionError here"] = 3, Find("ZeroDivisionError here", "the story")
    record.add(file, piece, 2.0)
    with record.held(file) as so_far:
        assert so_far["inputs"] == 14
        assert so_far["finds"][0]["after"] == 10
        told = record.told(so_far)
    assert "14 inputs made from" in told
    assert "1 places found; 4 inputs since the last find" in told


def test_the_seeds_hold_every_reader() -> None:
    of = {one.of for one in seeds()}
    assert {path.name for path in READERS.iterdir() if path.is_dir()} <= of
    assert {one.kind for one in seeds()} == {"log", "numbers", "document", "settings", "baseline"}


def test_changes_behind_the_checks_pass_them() -> None:
    sample = READERS / "tensorboard"
    (event_file,) = (one for one in sample.rglob("*tfevents*"))
    data, random = event_file.read_bytes(), Random(1)
    changed = {resealed(data, random) for _ in range(40)}
    assert len(changed) > 20
    documents = [json_node(b'{"a": [1, {"b": 2}]}', random) for _ in range(100)]
    assert len(set(documents)) > 20
    assert sum(_is_json(one) for one in documents) == 100


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


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
