"""Runs of several paths keep names that tell them apart."""

from __future__ import annotations

import pytest

from loglens.model.results.several import short_roots


@pytest.mark.parametrize(
    ("paths", "roots"),
    [
        (["/a/b/c", "/a/b/d/"], ["c", "d"]),
        (["base/runs", "head/runs"], ["base/runs", "head/runs"]),
        (["x/base/runs", "x/head/runs"], ["base/runs", "head/runs"]),
        (["runs", "runs/one"], ["runs", "runs/one"]),  # one holds the other
        (["runs/one", "runs/./one"], ["runs/one", "runs/./one"]),
        (["run-1", "run-10"], ["run-1", "run-10"]),
    ],
)
def test_runs_of_several_paths_are_told_apart_by_what_the_paths_do_not_share(
    paths: list[str], roots: list[str]
) -> None:
    assert short_roots(paths) == roots
