"""What several paths held, as one result: names that tell their runs apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from loglens.model.run import ReadResult


def joined(parts: Sequence[ReadResult]) -> ReadResult:
    """All runs and problems of `parts`, the runs named by their path below the folder that all parts share."""
    roots = short_roots([part.path for part in parts])
    return ReadResult(
        path=", ".join(part.path for part in parts),
        runs=tuple(
            replace(run, name=_named(root, run.name), shown_as="")
            for root, part in zip(roots, parts, strict=True)
            for run in part.runs
        ),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def short_roots(paths: Sequence[str]) -> list[str]:
    """The paths without the folders they share. As given where one of them holds another."""
    parts = [Path(os.path.normpath(path)).parts for path in paths]
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*parts, strict=False)))
    if any(len(part) == shared for part in parts):
        return list(paths)
    return [str(Path(*part[shared:])) for part in parts]


def _named(root: str, name: str) -> str:
    return root if name == "." else f"{root.rstrip('/')}/{name}"
