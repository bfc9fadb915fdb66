"""VITS and what descends from it, so-vits-svc and RVC: lists of losses with the step and the rate behind them.

[2.59, 2.21, 9.1, 41.2, 2.4, 1.5, 200, 0.0002]                                 VITS: losses, step, rate
Losses: [2.59, 2.2, 9.1, 41.2, 2.4], step: 200, lr: 0.0001, reference_loss: 57.5    so-vits-svc
[200, 9.99e-05]                                                                RVC: step, rate; losses follow
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column
from loglens.readers.contract.points import as_step

LIST = re.compile(rb"(?:\A|[:\sO])(?:Losses: )?\[(" + NUMBER + rb"(?:, ?" + NUMBER + rb"){1,24})\]")
NAMED = re.compile(rb"(?<!\w)([A-Za-z_]\w*+)[:=] ?(" + NUMBER + rb")(?=,|\s|$)")
EPOCH = b"Train Epoch"
WHOLE = re.compile(rb"\bLoss: ?(" + NUMBER + rb")(?!\S)")
"""What Glow-TTS prints before the list: "Train Epoch: 211 [0/15600 (0%)]\tLoss: -0.5888"."""
LOSSES = ("loss_disc", "loss_gen", "loss_fm", "loss_mel", "loss_dur", "loss_kl")
"""The losses of VITS in the order in which it lists them; so-vits-svc has no duration predictor."""


def vits_rows(lines: Lines) -> Iterator[PrintedRow]:
    names = Names()
    seen = False
    step: int | None = None
    whole: list[tuple[str, float]] = []
    for number, line in enumerate(lines, start=1):
        if EPOCH in line:
            seen = True
            whole = [("loss", float(total[1]))] if (total := WHOLE.search(line)) else []
        if not seen or (b"[" not in line and b"loss" not in line):
            continue
        found = LIST.search(line)
        named = [(names[name], float(value)) for name, value in NAMED.findall(line, found.end() if found else 0)]
        if found is None:
            if step is not None and any(name.startswith("loss_") for name, _ in named):
                yield PrintedRow(step, named, number)
            continue
        listed = [float(item) for item in found[1].split(b",")]
        told = dict(named)
        if "step" in told:  # so-vits-svc
            step = as_step(told.pop("step"))
            if step is None:
                continue
            yield PrintedRow(step, [*_listed(listed), *told.items()], number)
        elif (counted := as_step(listed[-2])) is not None and 0 < abs(listed[-1]) < 1:
            step = counted
            yield PrintedRow(step, [*whole, *_listed(listed[:-2]), ("lr", listed[-1])], number)
            whole = []


UNNAMED = "loss_"
"""How the losses of another program are called, by their place in its list."""


def _listed(losses: list[float]) -> list[tuple[str, float]]:
    names = LOSSES if len(losses) == len(LOSSES) else tuple(loss for loss in LOSSES if loss != "loss_dur")
    if len(losses) != len(names):
        return [(f"{UNNAMED}{at}", value) for at, value in enumerate(losses)]
    return list(zip(names, losses, strict=True))


def generator_total(columns: tuple[Column, ...]) -> Settled:
    """The generator's whole loss, which none of them prints: the sum of its parts, without the discriminator's."""
    parts = [column for column in columns if column.tag in LOSSES[1:]]
    whole = any(column.tag in ("loss", "reference_loss", "loss_gen_all") for column in columns)
    if not parts and not whole:
        return _sum_of_all(columns)
    if len(parts) < 3 or whole or not all(np.array_equal(part.steps, parts[0].steps) for part in parts):
        return Settled(columns=columns)
    total = Column(tag="loss_gen_all", steps=parts[0].steps, values=np.sum([part.values for part in parts], axis=0))
    told = f"'loss_gen_all' is the sum of {', '.join(repr(part.tag) for part in parts)}, which the generator minimises"
    return Settled(columns=(*columns, total), notes=(Note(kind="info", message=told, series=total.tag),))


def _sum_of_all(columns: tuple[Column, ...]) -> Settled:
    """The sum of a list of losses that nothing names, as Glow-TTS minimises it."""
    parts = [column for column in columns if column.tag.removeprefix(UNNAMED).isdigit()]
    if not parts or not all(np.array_equal(part.steps, parts[0].steps) for part in parts):
        return Settled(columns=columns)
    total = Column(tag="loss", steps=parts[0].steps, values=np.sum([part.values for part in parts], axis=0))
    told = f"'loss' is the sum of the {len(parts)} figures of a list that nothing names"
    return Settled(columns=(*columns, total), notes=(Note(kind="guess", message=told, series=total.tag),))


VITS = Grammar(name="vits", title="VITS, so-vits-svc, RVC", read=vits_rows, settle=generator_total, decisive=True)
