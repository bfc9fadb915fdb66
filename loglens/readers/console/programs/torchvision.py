"""torchvision's references and their relatives: an epoch, a batch, and running means in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

PAIR = re.compile(
    rb"([A-Za-z][\w@./%-]{0,60}+(?: mem)?)(?:\s*+[:=]\s*+|\s++)("
    + NUMBER
    + rb")(?![\w:.])(?:\s*+\(\s*+("
    + NUMBER
    + rb")\))?"
)
NO_METRIC = frozenset({b"eta", b"ETA", b"Epoch", b"epoch"})

# Torchvision's references print "Epoch: [0]  [ 10/660]  lr: 0.1  loss: 2.3 (2.4)"
# PyTorch's ImageNet example prints "Epoch: [0][ 10/5005]\tTime 0.5 ( 1.2)\tLoss 6.9e+00 (7.0e+00)",
# and timm "Train: 0 [  50/1251 (  4%)]  Loss: 6.9 (6.9)"

TRAINING = re.compile(
    rb"(?:(?<!Train )Epoch|Train)\s*+:?\s*+\[?\s*+(\d++)(?:/\d++)?\s*+\]?\s*+:?\s*+"
    rb"\[\s*+(\d++)/(\d++)(?:\s*+\([^()%]*+%\))?\s*+\]"
)
TESTING = re.compile(rb"(?:Test|Val|Eval)\w*+\s*+:?\s*+(?:\[?\s*+\d++\s*+\]?\s*+)?\[\s*+(\d++)/(\d++)", re.IGNORECASE)
RESULT = re.compile(rb"\s*+(?:\* |\*\*|\[epoch: \d+\]|(?:Test|Val|Eval)\w*+(?:\s*+:\s++|\s++)(?=[A-Z]\w*+@))")
CLOCKS = frozenset({"time", "data", "Time", "Data", "DataTime", "max mem"})


class Batch(NamedTuple):
    """A line of training: where in which epoch it stands, of how many batches."""

    epoch: int
    batch: int
    batches: int
    values: list[tuple[str, float]]
    line: int


class Result(NamedTuple):
    """What was measured after an epoch's training."""

    values: list[tuple[str, float]]
    line: int


def epoch_batch_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The step is the batch since the beginning of the training; a test's means stand at the last step before it."""
    events = list(_batches_and_results(lines))
    epochs = [event.epoch for event in events if isinstance(event, Batch)]
    if not epochs:
        return  # lists and headings of any text look like results
    offset = (
        1 if min(epochs) == 1 else 0
    )  # epochs count from 0 in these programs, from 1 in some that descend from them
    step = 0
    for event in events:
        if isinstance(event, Batch):
            step = (event.epoch - offset) * event.batches + event.batch
        yield PrintedRow(step, event.values, event.line)


def _batches_and_results(lines: Lines) -> Iterator[Batch | Result]:
    names = Names()
    test: Result | None = None
    for number, line in enumerate(lines, start=1):
        if (b"[" not in line and b"*" not in line and b"@" not in line) or b"%|" in line:
            continue
        if head := TRAINING.search(line):
            if test:
                yield test
                test = None
            values = [(names[name], float(value)) for name, value, _ in pairs(line, head.end())]
            yield Batch(int(head[1]), int(head[2]), int(head[3]), values, number)
        elif head := TESTING.match(line):
            # running means: those of the last line are the test's; clocks measure the machine
            means = [(f"test_{names[name]}", float(mean or value)) for name, value, mean in pairs(line, head.end())]
            test = Result([mean for mean in means if mean[0].removeprefix("test_") not in CLOCKS], number)
        elif head := RESULT.match(line):
            known = line.lstrip().startswith(b"[")
            found = [(names[name], float(value)) for name, value, _ in pairs(line, head.end())]
            yield Result(found if known else [(f"test_{name}", value) for name, value in found], number)
            test = None if not known else test
    if test:
        yield test


def pairs(line: bytes, start: int) -> list[tuple[bytes, bytes, bytes]]:
    """Name, value and the mean in brackets behind it, empty where there is none."""
    return [item for item in PAIR.findall(line, start) if item[0] not in NO_METRIC]


EPOCH_BATCH = Grammar(name="torchvision", title="torchvision references, PyTorch examples, timm", read=epoch_batch_rows)
