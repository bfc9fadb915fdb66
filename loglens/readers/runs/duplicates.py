"""Whether two logs of one folder hold the same run, and which of them is read.

Frameworks write a run into several files under one folder: those are duplicates because the folder names the run.
Files that name their runs themselves are duplicates only where their values say so: two seeds of one experiment agree
in nothing but their schedule, so learning rates prove nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loglens.model.run import FloatArray, Series
from loglens.readers.contract.base import BARS_RANK
from loglens.readers.naming.metric_names import AXIS_ROLES, name_role, normalise

_AGREE = 0.9
_SHIFTS = (0, 1, -1)
"""A program that prints counts from 1 where its logger counts from 0, or the other way round."""
_COMPARED = 12
_NO_PROOF = AXIS_ROLES | {"learning_rate"}
_MEASURES = frozenset({
    "train_loss", "val_loss", "learning_rate", "grad_norm", "train_loss_component", "val_loss_component",
    "train_accuracy", "val_accuracy", "val_error", "candidate_loss", "perplexity", "episode_return",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DuplicateCandidate:
    """A log that may be another's duplicate. `of_folder`: the folder names its run. `is_table`: several of its kind in
    a folder are several runs, whatever their curves look like."""

    format: str
    file: Path
    rank: int
    series: tuple[Series, ...]
    of_folder: bool
    is_table: bool = False


def duplicate_groups(logs: Sequence[DuplicateCandidate]) -> list[list[int]]:
    """The places of logs that hold the same run, in order; a log without a duplicate is a group of its own."""
    groups: list[list[int]] = []
    for place, log in enumerate(logs):
        for group in groups:
            if any(are_duplicates(log, logs[other]) for other in group):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def are_duplicates(candidate: DuplicateCandidate, other: DuplicateCandidate) -> bool:
    """The same run, written twice. Runs that share one file (a database) are never duplicates."""
    if candidate.file == other.file:
        return False
    if candidate.of_folder and other.of_folder:
        return True
    if candidate.format == other.format or (candidate.is_table and other.is_table):
        return _copies(candidate, other)
    pairs = _pairs(candidate.series, other.series)
    # what training measures speaks first: rounded timings and counters agree or not by chance
    measured = [pair for pair in pairs if name_role(pair[0].tag).role in _MEASURES]
    for told in (measured, pairs):
        agreed = [agrees for first, second in told if (agrees := _agree(first, second)) is not None]
        if agreed:
            return sum(agreed) > 0.5 * len(agreed)
    return False


def _copies(candidate: DuplicateCandidate, other: DuplicateCandidate) -> bool:
    """The same file as it is and packed. Several logs of one kind are otherwise several runs, even where they agree."""
    if candidate.file.name.removesuffix(".gz") != other.file.name.removesuffix(".gz"):
        return False
    if [series.tag for series in candidate.series] != [series.tag for series in other.series]:
        return False
    return all(
        np.array_equal(first.steps, second.steps) and np.array_equal(first.values, second.values, equal_nan=True)
        for first, second in zip(candidate.series, other.series, strict=True)
    )


def fullest(logs: Sequence[DuplicateCandidate]) -> int:
    """The place of the log with most points, NaN and infinities included; the lowest rank where they are equal."""
    return min(range(len(logs)), key=lambda place: (logs[place].rank >= BARS_RANK, _emptiness(logs[place]),
                                                    logs[place].rank, str(logs[place].file)))  # fmt: skip


def _emptiness(log: DuplicateCandidate) -> int:
    measured = [len(series) for series in log.series if name_role(series.tag).role in _MEASURES]
    return -sum(measured or [len(series) for series in log.series])


def _pairs(first: Sequence[Series], second: Sequence[Series]) -> list[tuple[Series, Series]]:
    """Series of the same name, else of the same role: what two records of one run would have in common."""
    names = {normalise(item.tag): item for item in second}
    roles: dict[str, Series] = {}
    for item in second:
        roles.setdefault(name_role(item.tag).role or "", item)
    pairs = []
    for item in first:
        role = name_role(item.tag).role or ""
        if role in _NO_PROOF:
            continue
        match = names.get(normalise(item.tag)) or (roles.get(role) if role else None)
        if match is not None and len(item) and len(match):
            pairs.append((item, match))
    return sorted(pairs, key=lambda pair: -min(len(pair[0]), len(pair[1])))[:_COMPARED]


def _agree(series: Series, other: Series) -> bool | None:
    """The values are the same but for rounding; None where that would prove nothing (a constant)."""
    verdicts = [_agree_at(series, other, shift) for shift in _SHIFTS]
    return True if True in verdicts else verdicts[0]


def _agree_at(series: Series, other: Series, shift: int) -> bool | None:
    common, left, right = np.intersect1d(series.steps, other.steps + shift, assume_unique=True, return_indices=True)
    if len(common) >= 0.5 * min(len(series), len(other)):
        first, second = series.values[left], other.values[right]
    elif len(series) == len(other):
        first, second = series.values, other.values  # the same points over another axis: epochs here, steps there
    else:
        return False
    return _same_values(first, second)


def _same_values(first: FloatArray, second: FloatArray) -> bool | None:
    finite = np.isfinite(first) & np.isfinite(second)
    first, second = first[finite], second[finite]
    if len(first) < 2:
        return None
    spread = float(np.percentile(first, 90) - np.percentile(first, 10))
    if not spread > 1e-6 * float(np.median(np.abs(first))):
        return None
    # text logs round to three or four digits; two runs of one experiment differ by far more than that
    close = np.abs(first - second) <= 0.01 * spread + 1e-3 * np.abs(first) * (spread > 0.05 * np.abs(first))
    return float(np.mean(close)) >= _AGREE
