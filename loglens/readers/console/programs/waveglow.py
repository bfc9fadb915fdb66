"""NVIDIA's speech synthesis: WaveGlow prints "100: -4.3737", Tacotron 2 "Train loss 100 0.52 Grad Norm 1.2 2.3s/it"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

STEP_LOSS = re.compile(rb"\s*(?:step_|iter_)?(\d+):\s{1,8}(?:loss_)?(" + NUMBER + rb")\s*$")
TRAIN = re.compile(
    rb"Train loss (\d+) (" + NUMBER + rb")(?: Grad Norm (" + NUMBER + rb"))?(?: (" + NUMBER + rb")s/it)?\s*$"
)
VALID = re.compile(rb"Validation loss (\d+):\s{1,9}(" + NUMBER + rb")\s*$")


def waveglow_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if b":" in line and (found := STEP_LOSS.match(line)):
            yield PrintedRow(int(found[1]), [("loss", float(found[2]))], number)


def tacotron_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if b"loss" not in line:
            continue
        if found := TRAIN.search(line):
            named = zip(("Train loss", "Grad Norm", "s/it"), found.groups()[1:], strict=True)
            yield PrintedRow(int(found[1]), [(name, float(value)) for name, value in named if value], number)
        elif found := VALID.search(line):
            yield PrintedRow(int(found[1]), [("Validation loss", float(found[2]))], number)


WAVEGLOW = Grammar(name="waveglow", title="WaveGlow console output", read=waveglow_rows, evidence=3,
                   settles=any_line)  # fmt: skip
TACOTRON = Grammar(name="tacotron", title="Tacotron 2 console output", read=tacotron_rows, settles=any_line)
