"""Which runs belong together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loglens.fleet.pairing import family, pair_runs
from tests.fleet.comparisons import run


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lr3/seed1", "lr3/seed*"),
        ("exp_seed=42", "exp_seed*"),
        ("exp-s7.csv", "exp-s*.csv"),
        ("rep-2/train", "rep*/train"),
        ("Seed_3#a", "Seed*#a"),
        ("lr1", "lr1"),
        ("resnet50", "resnet50"),
        ("adams3", "adams3"),
        ("s3d", "s3d"),
        ("run-2", "run-2"),
        (".", "."),
    ],
)
def test_the_seed_is_taken_out_of_a_name_and_nothing_else(name: str, said: str) -> None:
    assert family(name) == said


def pairs(base: list[str], head: list[str]) -> tuple[list[tuple[list[str], list[str]]], list[str], list[str]]:
    made = pair_runs([run(one, points=20) for one in base], [run(one, points=20) for one in head])
    groups = [([one.run for one in group.base], [one.run for one in group.head]) for group in made.groups]
    return groups, [one.run for one in made.removed], [one.run for one in made.added]


def test_by_name() -> None:
    assert pairs(["a", "b"], ["b", "c"]) == ([(["b"], ["b"])], ["a"], ["c"])


def test_one_and_one_whatever_they_are_called() -> None:
    assert pairs(["main/log.csv"], ["."]) == ([(["main/log.csv"], ["."])], [], [])


def test_one_and_many_of_other_names_are_left_alone() -> None:
    assert pairs(["a"], ["b", "c"]) == ([], ["a"], ["b", "c"])


def test_by_the_last_part_where_it_is_unique() -> None:
    assert pairs(["main/x", "main/y"], ["pr/x", "pr/y"])[0] == [(["main/x"], ["pr/x"]), (["main/y"], ["pr/y"])]
    assert pairs(["1/x", "2/x"], ["3/x", "4/x"])[0] == []


def test_a_run_that_is_the_path_itself_is_called_as_its_folder() -> None:
    base = replace(run(".", points=20), source="/data/main/healthy/")
    made = pair_runs([base], [run("healthy", points=20), run("other", points=20)])
    assert [(group.base[0].run, group.head[0].run) for group in made.groups] == [(".", "healthy")]


def test_seeds_come_together_even_where_they_differ() -> None:
    assert pairs(["a/seed0", "a/seed1", "b"], ["a/seed2", "b"])[0] == [
        (["a/seed0", "a/seed1"], ["a/seed2"]),
        (["b"], ["b"]),
    ]


def test_a_sole_rest_among_many_is_not_guessed() -> None:
    assert pairs(["a", "b"], ["a", "c"]) == ([(["a"], ["a"])], ["b"], ["c"])
