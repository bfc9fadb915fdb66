"""Boosted trees: one line a round, cells between tabs. XGBoost, LightGBM and CatBoost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# XGBoost prints "[10]\ttrain-rmse:0.52\teval-rmse:0.61", LightGBM "[10]\ttraining's l2: 0.52\tvalid_1's l2: 0.61",
# CatBoost "10:\tlearn: 0.52\ttest: 0.61\tbest: 0.61 (10)\ttotal: 48ms\tremaining: 1s". A mean over folds has its
# deviation behind it: "0.52+0.01", "0.52 + 0.01"

ROUND = re.compile(rb"(?:\A|[\]):]\s+)(?:\[(\d+)\]|(\d+):)\t(?=\S)")
VALUE = re.compile(rb"\s*+(" + NUMBER + rb")(?:\s*+\+\s*+" + NUMBER + rb")?\s*+\Z")
BEST = re.compile(rb"best iteration is", re.IGNORECASE)


def boosting_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a round. The best round, which LightGBM prints once more at the end, is not a new one."""
    names, again = Names(), False
    for number, line in enumerate(lines, start=1):
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


BOOSTING = Grammar(name="boosting", title="XGBoost, LightGBM, CatBoost console output", read=boosting_rows,
                   settles=_is_round)  # fmt: skip
