"""Progress lines of image trainers: torchvision's references and their relatives, OpenMMLab, darknet, Torch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from loglens.model.run import Setting
from loglens.readers.console.grammar import MEASURED, NUMBER, Grammar, Lines, Names, Row, Settled
from loglens.readers.contract.base import Column
from loglens.readers.contract.points import as_number

PAIR = re.compile(
    rb"([A-Za-z][\w@./-]{0,60}+(?: mem)?)(?:\s*+[:=]\s*+|\s++)("
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


def epoch_batch_rows(lines: Lines) -> Iterator[Row]:
    """The step is the batch since the beginning of the training; a test's means stand at the last step before it."""
    events = list(_batches_and_results(lines))
    epochs = [one.epoch for one in events if isinstance(one, Batch)]
    if not epochs:
        return  # lists and headings of any text look like results
    offset = (
        1 if min(epochs) == 1 else 0
    )  # epochs count from 0 in these programs, from 1 in some that descend from them
    step = 0
    for one in events:
        if isinstance(one, Batch):
            step = (one.epoch - offset) * one.batches + one.batch
        yield Row(step, one.values, one.line)


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
            values = [(names[name], float(value)) for name, value, _ in _pairs(line, head.end())]
            yield Batch(int(head[1]), int(head[2]), int(head[3]), values, number)
        elif head := TESTING.match(line):
            # running means: those of the last line are the test's; clocks measure the machine
            means = [(f"test_{names[name]}", float(mean or value)) for name, value, mean in _pairs(line, head.end())]
            test = Result([one for one in means if one[0].removeprefix("test_") not in CLOCKS], number)
        elif head := RESULT.match(line):
            known = line.lstrip().startswith(b"[")
            found = [(names[name], float(value)) for name, value, _ in _pairs(line, head.end())]
            yield Result(found if known else [(f"test_{name}", value) for name, value in found], number)
            test = None if not known else test
    if test:
        yield test


def _pairs(line: bytes, start: int) -> list[tuple[bytes, bytes, bytes]]:
    """Name, value and the mean in brackets behind it, empty where there is none."""
    return [one for one in PAIR.findall(line, start) if one[0] not in NO_METRIC]


EPOCH_BATCH = Grammar(name="torchvision", title="torchvision references, PyTorch examples, timm", read=epoch_batch_rows)

# OpenMMLab prints "Epoch [1][50/7330]\tlr: 1.0e-02, loss: 2.2", today "Epoch(train)  [1][ 50/7330]  lr: ..." and
# "Iter(train) [  10/100]  lr: ...", and for results "Epoch(val) [1][100/100]  coco/bbox_mAP: 0.31"

MM_HEAD = re.compile(
    rb"- (Epoch|Iter)\s?(?:\((train|val|test)\))?\s*\[\s*(\d+)(?:/\s*\d+)?\](?:\[\s*(\d+)(?:/\s*(\d+))?\])?"
)


def mmengine_rows(lines: Lines) -> Iterator[Row]:
    """Epochs and batches count from 1; a validation stands at the last step of the training before it."""
    names, step, length = Names(), 0, 0
    for number, line in enumerate(lines, start=1):
        if b" - " not in line or not (head := MM_HEAD.search(line)):
            continue
        counter, mode, place, batch, batches = head.groups()
        if counter == b"Epoch" and mode is None and batch is None:
            continue  # another program's "Epoch [1/5]"
        if mode in (None, b"train"):
            length = int(batches or length)
            step = int(place) if counter == b"Iter" else (int(place) - 1) * length + int(batch or 0)
        values = [(names[name], float(value)) for name, value, _ in _pairs(line, head.end())]
        if values:
            yield Row(step, values, number)


MMENGINE = Grammar(name="mmengine-text", title="OpenMMLab text log", read=mmengine_rows)

# Torch prints 'json_stats: {"epoch":1,"loss":1.39,"lr":0.1,...}', the options repeated in every line

STATS = re.compile(rb"json_stats:\s*+(?=\{)")


def json_stats_rows(lines: Lines) -> Iterator[Row]:
    count = 0
    for number, line in enumerate(lines, start=1):
        if b"json_stats" not in line or not (found := STATS.search(line)):
            continue
        try:
            stats = json.loads(line[found.end() : line.rfind(b"}") + 1])
        except (ValueError, RecursionError):
            continue
        if not isinstance(stats, Mapping):
            continue
        count += 1
        epoch = as_number(stats.get("epoch"))
        values = [(str(key), as_number(value)) for key, value in stats.items() if key != "epoch"]
        step = int(epoch) if epoch is not None and epoch.is_integer() else count
        yield Row(step, [(key, value) for key, value in values if value is not None], number, "epoch")


def options_apart(columns: tuple[Column, ...]) -> Settled:
    """A number that never changes and measures nothing is an option of the run."""
    curves, config = [], dict[str, Setting]()
    for column in columns:
        constant = len(column.values) > 1 and bool(np.all(column.values == column.values[0]))
        if constant and not MEASURED.search(column.tag) and column.tag not in ("lr", "learning_rate"):
            value = float(column.values[0])
            config[column.tag] = int(value) if value.is_integer() else value
        else:
            curves.append(column)
    return Settled(columns=tuple(curves), config=config)


JSON_STATS = Grammar(name="json-stats", title="Torch json_stats lines", read=json_stats_rows, settle=options_apart)

# darknet prints " 100: 2.345678, 3.456789 avg loss, 0.001000 rate, 5.1 seconds, 6400 images"

DARKNET_LINE = re.compile(rb"\s*(\d+): (" + NUMBER + rb"), (" + NUMBER + rb") avg(?: loss)?, (" + NUMBER + rb") rate")


def darknet_rows(lines: Lines) -> Iterator[Row]:
    """The rate is named as in the network's configuration."""
    for number, line in enumerate(lines, start=1):
        if b" avg" in line and (found := DARKNET_LINE.match(line)):
            values = [("loss", float(found[2])), ("avg loss", float(found[3])), ("learning_rate", float(found[4]))]
            yield Row(int(found[1]), values, number)


DARKNET = Grammar(name="darknet", title="darknet console output", read=darknet_rows)
