"""The tables of real names: how many roles are found, and that none is wrong without a word of doubt."""

from __future__ import annotations

import pytest

from tests.readers.naming.score import TABLES, Score, score_names, score_set, sets_of, without_file

NAMES = sorted(one.stem for one in TABLES.glob("*.toml"))


def sets_score(table: str) -> Score:
    return sum((score_set(one) for one in sets_of(TABLES / f"{table}.toml")), Score())


@pytest.mark.parametrize("table", NAMES)
def test_the_roles_of_whole_logs_are_found(table: str) -> None:
    score = sets_score(table)
    assert score.share >= 0.98, score.said
    assert not score.wrong, score.said


@pytest.mark.parametrize("table", NAMES)
def test_a_name_by_itself_says_what_it_is(table: str) -> None:
    score = sum((score_names(one) for one in sets_of(TABLES / f"{table}.toml")), Score())
    assert score.share >= 0.98, score.said
    assert not score.wrong, score.said


def test_words_are_enough_without_the_file_of_frameworks() -> None:
    with without_file():
        scores = [sets_score(table) for table in NAMES]
    assert all(one.share >= 0.98 and not one.wrong for one in scores), [one.said for one in scores]


def test_the_tables_are_large_enough_to_mean_something() -> None:
    sets = [one for table in NAMES if table != "traps" for one in sets_of(TABLES / f"{table}.toml")]
    assert len(sets) >= 200
    assert len({name for one in sets for name in one["names"]}) >= 600
    assert all(one["source"] for one in sets)
    listed = [name for one in sets for key, names in one.items() if key not in ("names", "source") for name in names]
    known = {name for one in sets for name in one["names"]}
    assert {name for name in listed if name not in ("+", "-")} <= known
