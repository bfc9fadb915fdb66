"""Mutants are what they say, and a planted one is noticed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutation import NONE, OTHERS, OWN, drawn, interval, killer, modules, mutants_of, mutated, told

SOURCE = """
LIMIT = 3
@cached(size=17)
def over(value):
    '''Whether it is more.'''
    if value > LIMIT and not value == 7:
        return value + 1.0
    return [each for each, _ in zip(value, value, strict=True)] if value is None else None
"""


def test_each_mutant_changes_one_thing() -> None:
    tree = ast.parse(SOURCE)
    found = list(mutants_of("m", tree))
    texts = {ast.unparse(mutated(ast.parse(SOURCE), one.place)) for one in found}
    assert len(texts) == len(found)
    assert ast.unparse(tree) not in texts
    said = " ".join(one.said for one in found)
    assert "value > LIMIT becomes value <= LIMIT" in said
    assert "value + 1.0 becomes value - 1.0" in said
    assert "3 becomes 4" in said
    for silent in ("Whether", "17", "strict=True becomes", "True becomes False"):
        assert silent not in said


def test_modules_have_their_tests() -> None:
    known = modules()
    assert {"signals/epoch", "detectors/overfitting", "advice/decide"} <= known.keys()
    assert known["advice/features/pace"].own.name == "test_pace_and_descent.py"
    assert all(path.exists() for tried in known.values() for path in (tried.path, tried.own, *tried.others))


def test_a_planted_error_is_noticed_and_none_is_not(tmp_path: Path) -> None:
    path = tmp_path / "over.py"
    source = SOURCE.replace("@cached(size=17)\n", "")
    path.write_text(source)
    tests = tmp_path / "test_over.py"
    tests.write_text(
        f"import runpy\ndef test():\n    over = runpy.run_path({str(path)!r})['over']\n    assert over(5) == 6.0\n"
    )
    calm = tmp_path / "test_calm.py"
    calm.write_text("def test():\n    pass\n")
    assert killer(path, tests, (), -1) == NONE
    assert killer(path, calm, [tests], -1) == NONE
    path.write_text(source.replace(">", "<="))
    assert killer(path, tests, (), -1) == OWN
    assert killer(path, calm, [tests], -1) == OTHERS


def test_every_room_gives_its_number_and_the_seed_decides() -> None:
    chosen = drawn((), 1, 5)
    assert sorted(one.module.split("/")[0] for one in chosen) == ["advice"] * 5 + ["detectors"] * 5 + ["signals"] * 5
    assert chosen == drawn((), 1, 5) != drawn((), 2, 5)
    assert {one.module for one in drawn(["signals/epoch"], 1, 9)} == {"signals/epoch"}


def test_what_is_told_adds_up() -> None:
    *_, first, second, whole = told({"signals": [10, 4, 8], "advice": [20, 5, 10]})
    assert first.startswith("| signals | 10 | 4 | 8 | 0.80 |")
    assert second.startswith("| advice | 20 | 5 | 10 | 0.50 |")
    assert whole.startswith("| all | 30 | 9 | 18 | 0.60 |")


@pytest.mark.parametrize(("killed", "tried"), [(0, 10), (10, 10), (85, 100), (0, 0)])
def test_the_interval_holds_the_share(killed: int, tried: int) -> None:
    low, high = interval(killed, tried)
    assert 0 <= low <= (killed / tried if tried else 0) + 1e-9
    assert high <= 1 + 1e-9
