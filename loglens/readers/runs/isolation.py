"""Putting runs together so that a bug met in one folder's logs costs that folder and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from loglens import crash
from loglens.errors import LogLensError
from loglens.model.run import Problem, Run
from loglens.readers.contract.base import Log
from loglens.readers.runs.assemble import assembled, relative_problems


def assembled_apart(
    logs: Sequence[Log], root: Path, mapping: Mapping[str, str]
) -> tuple[tuple[Run, ...], tuple[Problem, ...]]:
    """As `assembled`; where that fails, folder by folder, and what still fails is told as a problem of its files."""
    try:
        return assembled(logs, root, mapping)
    except LogLensError:
        raise
    except Exception as error:  # a bug
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        return _apart(logs, root, mapping, error)


def _apart(
    logs: Sequence[Log], root: Path, mapping: Mapping[str, str], error: Exception
) -> tuple[tuple[Run, ...], tuple[Problem, ...]]:
    groups = _by(logs, lambda log: log.folder)
    if len(groups) == 1:
        groups = _by(logs, lambda log: log.file)
    if len(groups) == 1:
        message, bug = crash.told(error), not isinstance(error, MemoryError)
        told = Problem(path=str(logs[0].file), message=message, bug=bug)
        return (), relative_problems([*(problem for log in logs for problem in log.problems), told], root)
    parts = [assembled_apart(group, root, mapping) for group in groups]
    runs = sorted((run for found, _ in parts for run in found), key=lambda run: run.name)
    return tuple(runs), tuple(problem for _, problems in parts for problem in problems)


def _by(logs: Sequence[Log], key: Callable[[Log], Path]) -> list[list[Log]]:
    groups: dict[Path, list[Log]] = {}
    for log in logs:
        groups.setdefault(key(log), []).append(log)
    return list(groups.values())
