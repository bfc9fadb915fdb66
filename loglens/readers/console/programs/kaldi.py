"""Kaldi's nnet3: an objective, the log-likelihood a frame, that rises; each line tells a stretch of minibatches.

LOG (nnet3-train...) Average objective function for 'output' for minibatches 0-99 is -0.35 over 640000 frames.
LOG (nnet3-train...) Overall average objective function for 'output' is -0.35 over 1.2e+06 frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, Settled
from loglens.readers.contract.base import Column

LINE = re.compile(
    rb"(?:(Overall average)|Average) objective function for '([^']{1,60})'(?: for minibatches \d+-(\d+))? is ("
    + NUMBER
    + rb")"
)


def nnet3_rows(lines: Lines) -> Iterator[PrintedRow]:
    """By minibatch where stretches are told, else the lines are counted: each is of one more job."""
    found = [(number, match) for number, line in enumerate(lines, start=1)
             if b"objective function" in line and (match := LINE.search(line))]  # fmt: skip
    stretches = any(match[3] for _, match in found)
    counts: dict[str, int] = {}
    for number, match in found:
        output = match[2].decode("utf-8", errors="replace")
        if stretches and match[1]:
            continue  # the mean over all stretches before it
        step = counts[output] = int(match[3]) if match[3] else counts.get(output, -1) + 1
        yield PrintedRow(step, [(f"objective {output}", float(match[4]))], number)


def as_loss(columns: tuple[Column, ...]) -> Settled:
    """What is trained, with its sign turned: a loss that falls."""
    trained = next((column for column in columns if column.tag == "objective output"), columns[0] if columns else None)
    if trained is None:
        return Settled(columns=columns)
    told = f"'loss' is {trained.tag!r} with its sign turned: Kaldi's objective is a log-likelihood, which rises"
    loss = replace(trained, tag="loss", values=np.negative(trained.values))
    return Settled(columns=(*columns, loss), notes=(Note(kind="info", message=told, series="loss"),))


NNET3 = Grammar(name="kaldi-nnet3", title="Kaldi nnet3", read=nnet3_rows, settle=as_loss)
