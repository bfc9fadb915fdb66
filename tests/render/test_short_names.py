"""Names in a list are shortened where they are alike, never where they differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loglens.render.short_names import shortened


def test_the_gap_stands_in_what_neighbours_share() -> None:
    long = "experiments/2026-11/resnet50/imagenet/seed-"
    short = shortened([long + "1/lr-0.1", long + "2/lr-0.1", "other"], 24)
    assert all(len(one) <= 24 for one in short)
    assert [one[-8:] for one in short[:2]] == ["1/lr-0.1", "2/lr-0.1"]
    assert short[0].startswith("experime…")
    assert short[2] == "other"


@given(st.lists(st.integers(0, 999), unique=True, min_size=2, max_size=12))
def test_names_that_differ_are_shown_differently(seeds: list[int]) -> None:
    names = [f"{'folder/' * 8}seed-{seed:03d}" for seed in seeds]
    short = shortened(names, 20)
    assert len(set(short)) == len(names)
    assert max(map(len, short)) <= 20


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 300)), unique=True, min_size=2, max_size=60
    )
)
def test_sweeps_with_runs_of_the_same_names_are_told_apart(runs: list[tuple[int, int, int]]) -> None:
    names = [
        f"team-{team}/a-long-name-of-a-model/sweep-{sweep:03}/bs256-seed{seed:04}-more" for team, sweep, seed in runs
    ]
    assert len(set(shortened(names, 34))) == len(names)


def test_many_sweeps_with_runs_of_the_same_names_are_still_shortened() -> None:
    names = [
        f"team-{sweep % 4}/a-long-name-of-a-model/sweep-{sweep:03}/bs256-seed{seed:04}-more"
        for sweep in range(40)
        for seed in range(25)
    ]
    short = shortened(names, 34)
    assert len(set(short)) == len(names)
    assert max(map(len, short)) <= 34
    assert "sweep-017" in names[17 * 25 + 3] and "-017/" in short[17 * 25 + 3] and "0003" in short[17 * 25 + 3]
