"""Boosted trees: one line a round, cells between tabs. XGBoost, LightGBM and CatBoost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column

# XGBoost prints "[10]\ttrain-rmse:0.52\teval-rmse:0.61", LightGBM "[10]\ttraining's l2: 0.52\tvalid_1's l2: 0.61",
# in R "[10]:\ttrain's l2:0.52\tvalid's l2:0.61",
# CatBoost "10:\tlearn: 0.52\ttest: 0.61\tbest: 0.61 (10)\ttotal: 48ms\tremaining: 1s". A mean over folds has its
# deviation behind it: "0.52+0.01", "0.52 + 0.01"

OLD_CATBOOST = re.compile(
    rb"(\d{1,9}):\s{1,8}learn (" + NUMBER + rb")\s{0,4}(?:test (" + NUMBER + rb")[^\n]{0,80}?)?passed:"
)
"""Its first versions: "0:     learn 0.6355974416passed: 17.6 sec"."""
ROUND = re.compile(rb"(?:\A|[\]):]\s+)(?:\[(\d+)\]:?|(\d+):)\t(?=\S)")
VALUE = re.compile(rb"\s*+(" + NUMBER + rb")(?:\s*+\+\s*+" + NUMBER + rb")?(?:\s*+\(\d++\))?\s*+\Z")
BEST = re.compile(rb"best iteration is", re.IGNORECASE)


def boosting_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a round. The best round, which LightGBM prints once more at the end, is not a new one."""
    names, again = Names(), False
    for number, line in enumerate(lines, start=1):
        if b"passed:" in line and (old := OLD_CATBOOST.match(line.lstrip())):
            told = [("learn", float(old[2])), *([("test", float(old[3]))] if old[3] else [])]
            yield PrintedRow(int(old[1]), told, number)
            continue
        if b"\t" not in line or not (head := ROUND.search(line)):
            again = BEST.search(line) is not None
            continue
        cells = [(names[name], value) for name, value in _cells(line[head.end() :])]
        if cells and not again:
            yield PrintedRow(int(head[1] or head[2]), cells, number)
        again = False


def _cells(text: bytes) -> Iterator[tuple[bytes, float]]:
    for cell in text.split(b"\t"):
        name, _, said = cell.rpartition(b":")
        if (name := name.lstrip(b":")) and (found := VALUE.match(said)):
            yield name, float(found[1])


def _is_round(line: bytes) -> bool:
    return b"\t" in line and ROUND.search(line) is not None


def scores_apart(columns: tuple[Column, ...]) -> Settled:
    """CatBoost names no metric. Where its best is the highest so far, what it prints is a score and no loss."""
    named = {column.tag: column for column in columns}
    test, best = named.get("test"), named.get("best")
    columns = tuple(column for column in columns if column.tag != "best")
    if test is None or best is None or not np.array_equal(test.steps, best.steps) or len(test.steps) < 2:
        return Settled(columns=columns)
    above = float(np.sum(best.values - test.values)) or float(best.values[-1] - best.values[0])
    if not above > 0:
        return Settled(columns=columns)
    told = "CatBoost's best is the highest so far: what it prints is a score, higher is better, and no loss"
    scores = {tag: f"{split}_accuracy" for tag, split in (("learn", "train"), ("test", "val"))}
    renamed = tuple(replace(column, tag=scores.get(column.tag, column.tag)) for column in columns)
    return Settled(columns=renamed, notes=(Note(kind="info", message=told),))


BOOSTING = Grammar(name="boosting", title="XGBoost, LightGBM, CatBoost console output", read=boosting_rows,
                   settle=scores_apart, settles=_is_round)  # fmt: skip
