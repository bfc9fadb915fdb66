"""Lines that no program in particular prints: a counter and names with numbers, as most training scripts write them.

    Epoch [1/5], Step [100/600], Loss: 2.1          Step 1 | loss:1.82 lr:2e-05 grad_norm:1.2
    iter 10: loss 7.96, time 212.34ms, mfu 10.00%   [rank0] step:  1  loss: 12.26  grad_norm:  4.1  tps: 7,114
    Epoch 3 | train loss 0.51 | val loss 0.63       Train Epoch: 1 [640/60000 (1%)]  Loss: 2.30

A file of a thousand lines of one shape is read by the shape of its first: see `LineShape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from loglens.model.run import IntArray, Note
from loglens.readers.console.events import tells_stop
from loglens.readers.console.frames import numbered, settled
from loglens.readers.console.grammar import (
    BARE_HELD_OUT,
    BARE_SUMS,
    BARE_TRAIN,
    MEASURED,
    Grammar,
    Lines,
    Printed,
    PrintedRow,
    Settled,
    of_data,
)
from loglens.readers.console.shapes import CODE, ShapeReader
from loglens.readers.console.text.sections import in_sections, repeats, without_echoes
from loglens.readers.console.values import BEYOND, NOWHERE, Block, LineValues, Readings
from loglens.readers.contract.base import Column
from loglens.readers.naming.behaviour import looks_like
from loglens.readers.naming.metric_names import name_role

RARE = 50
"""Figures of names that fewer than one in so many lines has may be words: "reducing learning rate of group 0"."""


SEVERAL, MOSTLY = 3, 0.5
"""Lines of an epoch, and the share of the whole way that a loss goes within the epochs, from which on they are steps.
"""
MANY, FEW = 5, 5
"""Epochs from which on one in so many that counts steps is an exception."""
STANDS_STILL = 20
"""Losses beside one and the same epoch that show that they are those of its batches."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """Readings with the step of each (n,), NOWHERE for those that are no point. `again`: names that an epoch's summary
    shares with its steps get `_epoch` behind them there."""

    readings: Readings
    steps: IntArray
    axis: str = "step"
    again: frozenset[str] = frozenset()

    def tags(self, block: Block) -> tuple[str, ...]:
        if block.steps or block.held_out is not None or self.again.isdisjoint(block.names):
            return block.names
        return tuple(f"{name}_epoch" if name in self.again else name for name in block.names)

    def rows(self) -> Iterator[PrintedRow]:
        tags = [self.tags(block) for block in self.readings.blocks]
        for step, place, (number, values) in zip(
            self.steps.tolist(), self.readings.block_places, self.readings, strict=True
        ):
            if step != NOWHERE:
                yield PrintedRow(step, list(zip(tags[place], values.numbers, strict=True)), number, self.axis)

    def _is_usual(self, block: Block) -> bool:
        return RARE * block.count >= len(self.readings)

    def _epochs(self) -> Column | None:
        """The epoch that stands beside the steps, None where it does not move on."""
        blocks = self.readings.split()
        beside = [
            (block, at) for block, at in blocks if block.epochs and block.steps and block.names and not block.bars_done
        ]
        if not beside:
            return None
        epochs = np.full(len(self.readings), np.nan)
        for block, at in beside:
            epochs[at] = np.frombuffer(block.epochs, dtype=np.int64)
        epochs[self.steps == NOWHERE] = np.nan
        told = ~np.isnan(epochs)
        whole = bool(np.all(told))  # the usual case, in which nothing is copied
        counts = epochs if whole else epochs[told]
        if len(counts) < SEVERAL or counts[0] == counts[-1] or bool(np.any(counts[1:] < counts[:-1])):
            return None
        return Column(tag="epoch", steps=self.steps if whole else self.steps[told], values=counts, axis="step")

    def printed(self) -> Printed:
        shown = self.steps != NOWHERE
        if not bool(np.any(shown)):
            return Printed()
        last = self.readings.block_places[int(np.flatnonzero(shown)[-1])]
        whole = bool(np.all(shown))  # the usual case, in which nothing is copied
        lines = self.readings.lines if whole else self.readings.lines[shown]
        rare = any(not self._is_usual(block) for block in self.readings.blocks)
        columns = self.readings.columns(self.steps, self.tags, self.axis)
        beside = self._epochs() if self.axis == "step" else None
        if beside is not None and not any(column.tag.casefold() == beside.tag for column in columns):
            columns = (*columns, beside)
        return Printed(
            columns=columns,
            lines=lines,
            steps=self.steps if whole else self.steps[shown],
            usual=self.readings.lines[shown & self.readings.spread(self._is_usual, np.bool_)] if rare else None,
            last=self.tags(self.readings.blocks[last])[-1],
        )


def generic(readings: Readings, lines: Lines) -> Placed:
    """Lines that move on, on one step axis; of prose that tells of one epoch ("loss: 9 after epoch 3") nothing,
    unless it also says at which step the training stopped."""
    if repeats(readings):
        readings = without_echoes(in_sections(lines, readings))
    readings = numbered(settled(readings))
    clock = StepClock.of(readings)
    steps = clock.steps_of(readings)
    shown = steps[steps != NOWHERE]
    if not len(shown) or (bool(np.all(shown == shown[0])) and not any(map(tells_stop, lines))):
        steps = np.full(len(readings), NOWHERE)
    if not clock.counts_steps:
        if (told := _told_within_epochs(readings)) is not None:
            steps = np.cumsum(readings.spread(lambda block: block is told, np.bool_)) - 1
            return Placed(readings=readings, steps=np.where(steps < 0, NOWHERE, steps))
        return Placed(readings=readings, steps=steps, axis="epoch")
    fine_names = frozenset(name for block in readings.blocks if block.steps for name in block.names)
    return Placed(readings=readings, steps=steps, again=fine_names)


@dataclass(slots=True)
class StepClock:
    """One step axis out of epochs, steps and totals.

    `counts_steps`: lines with values have a step, not only an epoch. `begins_again`: the step starts anew in each
    epoch, so it is counted on: by its total where that is printed, else from where the epoch before ended. `length`:
    steps of an epoch.
    """

    counts_steps: bool
    begins_again: bool
    first_epoch: int
    length: int = 0
    epoch: int | None = None
    last: int | None = None  # the step of the line before, on the one axis
    raw: int = 0  # the same as it was printed
    stride: int = 0  # as far as it is known
    offsets: dict[int | None, int] = field(default_factory=dict)

    @classmethod
    def of(cls, readings: Readings) -> StepClock:
        blocks = readings.blocks
        counts_steps = any(block.steps and block.names for block in blocks)
        if not any(block.epochs and block.names for block in blocks):
            counts_steps |= any(block.steps for block in blocks)  # the step stands on a line of its own
        counts_steps = counts_steps and not _steps_in_few_epochs(readings)
        first = min((min(block.epochs) for block in blocks if block.epochs), default=0)
        begins_again = _begins_again(readings)
        if (begins_again and _counts_lengths(readings)) or _tells_lengths(readings):
            return cls(False, False, min(first, 1))
        return cls(counts_steps, begins_again, min(first, 1), _length(readings) if begins_again else 0)

    def steps_of(self, readings: Readings) -> IntArray:
        """(n,) the step of each reading; NOWHERE where it has no value, or no step in 64 bits."""
        if self.counts_steps and not self.begins_again and all(block.steps for block in readings.blocks):
            steps: IntArray = readings.spread(lambda block: np.frombuffer(block.steps, dtype=np.int64), np.int64)
        else:
            found = (self.step_of(values) for _, values in readings)
            inside = (step if step is not None and -BEYOND < step < BEYOND else NOWHERE for step in found)
            steps = np.fromiter(inside, dtype=np.int64, count=len(readings))
        steps[steps == BEYOND] = NOWHERE
        steps[readings.spread(lambda block: not block.names, np.bool_)] = NOWHERE
        return steps

    def step_of(self, reading: LineValues) -> int | None:
        """The step of a line; None for a line without a counter before the first that has one."""
        if reading.epoch is not None:
            self.epoch = reading.epoch
        if not self.counts_steps:
            self.last = self.epoch
        elif reading.step is not None:
            self.last = self._counted_on(reading.step, reading.total) if self.begins_again else reading.step
        elif self.last is None and reading.epoch is not None and reading.values:
            self.last = self._gone()  # an evaluation before training
        return self.last

    def _gone(self) -> int:
        """The steps of the epochs before the first that the log holds."""
        return 0 if self.epoch is None else (self.epoch - self.first_epoch) * self.length

    def _counted_on(self, step: int, total: int | None) -> int:
        if total and self.epoch is not None:
            return (self.epoch - self.first_epoch) * total + step
        if self.epoch not in self.offsets:  # an epoch that was printed before is trained again: its offset stands
            if not self.offsets:
                self.offsets[self.epoch] = self._gone()
            elif step > self.raw:
                self.offsets[self.epoch] = 0
            else:
                self.offsets[self.epoch] = (self.last or 0) + (self.stride or max(1, self.raw)) - step
        elif step > self.raw:
            self.stride = step - self.raw
        self.raw = step
        return self.offsets[self.epoch] + step


def _told_within_epochs(readings: Readings) -> Block | None:
    """The lines that tell a loss several times in every epoch and count nothing but the epoch, where it moves within
    the epochs: they are steps. Those of several processes differ within an epoch by chance alone."""
    for block in readings.blocks:
        if not block.epochs or block.steps or block.held_out is not None or not _tells_loss(block):
            continue
        epochs = np.frombuffer(block.epochs, dtype=np.int64)
        begins = np.flatnonzero(np.diff(epochs, prepend=epochs[0] - 1))
        ends = np.append(begins[1:], len(epochs)) - 1
        name = next(at for at, name in enumerate(block.names) if name_role(name).role in ("train_loss", "val_loss"))
        losses = np.array(block.numbers[name])
        if len(begins) < 2 or np.any(np.diff(epochs) < 0) or float(np.median(ends - begins + 1)) < SEVERAL:
            continue
        inside, whole = float(np.sum(losses[ends] - losses[begins])), float(losses[-1] - losses[0])
        if np.isfinite(whole) and whole and inside / whole >= MOSTLY:
            return block
    return None


def _steps_in_few_epochs(readings: Readings) -> bool:
    """Whether only a few of many epochs have a line that counts steps: a bar that was left in the first."""
    if 2 * sum(block.count for block in readings.blocks if block.steps) > len(readings):
        return False
    seen: set[int] = set()
    counted: set[int] = set()
    epoch: int | None = None
    for _, values in readings:
        epoch = values.epoch if values.epoch is not None else epoch
        if epoch is not None and values.names:
            seen.add(epoch)
            if values.step is not None:
                counted.add(epoch)
    return len(seen) >= MANY and FEW * len(counted) <= len(seen)


def _begins_again(readings: Readings) -> bool:
    """Whether a later epoch starts at a step that the one before it had passed."""
    if not any(block.epochs for block in readings.blocks) or not any(block.steps for block in readings.blocks):
        return False
    epoch: int | None = None
    at, last = epoch, -1
    for _, values in readings:
        epoch = values.epoch if values.epoch is not None else epoch
        if values.step is not None:
            if epoch is not None and at is not None and epoch > at and values.step <= last:
                return True
            at, last = epoch, values.step
    return False


def _counts_lengths(readings: Readings) -> bool:
    """Whether the step only tells how long each epoch was, one row an epoch and hardly two of the same length:
    "Episode 3 Step 344: loss 0.5, return 330"."""
    with_steps = [block for block in readings.blocks if block.steps]
    if any(block.totals or not block.epochs for block in with_steps):
        return False
    epochs = np.concatenate([np.frombuffer(block.epochs, dtype=np.int64) for block in with_steps])
    steps = np.concatenate([np.frombuffer(block.steps, dtype=np.int64) for block in with_steps])
    return len(np.unique(epochs)) == len(epochs) and 2 * len(np.unique(steps)) > len(steps)


def _tells_lengths(readings: Readings) -> bool:
    """Whether training and validation tell a length of their own each, the same in every epoch:
    "Epoch 3 | Training | Steps: 6275 | Loss: 6.3", "Epoch 3 | Validation | Steps: 784 | Loss: 5.4"."""
    with_steps = [block for block in readings.blocks if block.steps]
    if any(block.totals or len(set(block.epochs)) < 2 for block in with_steps):
        return False
    lengths = [set(block.steps) for block in with_steps]
    return all(len(found) == 1 for found in lengths) and len(set().union(*lengths)) > 1


def _length(readings: Readings) -> int:
    """How many steps an epoch has: from the first of all that are printed to what would follow the last."""
    steps = np.unique(np.concatenate([np.frombuffer(block.steps, dtype=np.int64) for block in readings.blocks
                                      if block.steps]))  # fmt: skip
    if len(steps) < 2 or steps[-1] >= BEYOND // 2:
        return 0
    return int(steps[-1] - steps[0] + np.min(np.diff(steps)))


def counted(readings: Readings, lines: Lines) -> Placed:
    """Lines that tell the loss and count nothing, one point each; nothing where any line has a counter that moves."""
    steps = np.full(len(readings), NOWHERE)
    if not _moves(readings) and not any(map(CODE.search, lines)):
        told = readings.spread(_tells_loss, np.bool_)
        steps[told] = np.arange(np.count_nonzero(told))
    return Placed(readings=readings, steps=steps)


def _moves(readings: Readings) -> bool:
    """Whether any line has a counter; one that says the same at all of many losses ("Epoch 1 Loss 4.4" after every
    batch) counts nothing."""
    epochs = {count for block in readings.blocks for count in block.epochs}
    steps = {count for block in readings.blocks for count in block.steps}
    if len(epochs) > 1 or len(steps) > 1 or (steps and not epochs):
        return True
    return (
        bool(epochs)
        and sum(block.count for block in readings.blocks if block.epochs and _tells_loss(block)) < STANDS_STILL
    )


def _tells_loss(block: Block) -> bool:
    return any(name_role(name).role in ("train_loss", "val_loss") for name in block.names)


def say_counted(columns: tuple[Column, ...]) -> Settled:
    message = "no line has a step or an epoch that moves on: the lines are counted 0, 1, 2, ..."
    stepless = tuple(replace(column, stepless=True) for column in columns)
    return Settled(columns=stepless, notes=(Note(kind="guess", message=message),))


def named_after_data(columns: tuple[Column, ...]) -> Settled:
    """Figures called after their data alone, or after being the whole of their parts, as what they look like: losses
    where they come down, accuracies where they only rise and stay within a hundred, else nothing. Only where nothing
    else is named that could be the loss of that data, and not where they count something or tell the time."""
    bare = {column.tag.casefold(): column for column in columns}
    train = next((bare[word] for word in (*BARE_TRAIN, *BARE_SUMS) if word in bare), None)
    held_out = [bare[word] for word in BARE_HELD_OUT if word in bare]
    others = [column.tag for column in columns if column is not train and column not in held_out]
    whole = [tag for tag in others if tag.casefold() in ("loss", "cost")]
    if any(map(MEASURED.search, set(others) - set(whole))) or (train is None) == (not whole):
        return Settled(columns=columns)
    if not (held_out if whole else of_data(tuple(bare))):
        return Settled(columns=columns)
    summed = train is not None and train.tag.casefold() in BARE_SUMS
    named = [column for column in (train, *held_out) if column is not None]
    kind = looks_like(named[0].values)
    if kind is None or (summed and (kind != "loss" or any(map(TIMED.search, others)))):
        return Settled(columns=columns)
    renamed = {column.tag: replace(column, tag=f"{column.tag} {kind}") for column in named}
    if not {column.tag for column in renamed.values()}.isdisjoint(others):
        return Settled(columns=columns)
    names = " and ".join(map(repr, renamed))
    do, each = ("do", "each is") if len(renamed) > 1 else ("does", "it is")
    whose = "its data" if held_out else "the training"
    message = f"{names} {do} not say what is measured: {each} taken for the {kind} of {whose}"
    note = Note(kind="guess", message=message)
    return Settled(columns=tuple(renamed.get(column.tag, column) for column in columns), notes=(note,))


TIMED = re.compile(r"^(?:data|fwd|bwd|forward|backward|load|loader|optim|step|comm|time)(?:$|[ _])", re.IGNORECASE)
"""Parts of the time that a step takes: the total beside them is a time."""


COUNTED = Grammar(
    name="text-counted",
    title="a training script's own lines, without a step",
    read=lambda lines: counted(ShapeReader().read_all(lines), lines).rows(),
    placed=lambda readings, lines: counted(readings, lines).printed(),
    settle=say_counted,
    evidence=10,
)
GENERIC = Grammar(
    name="text",
    title="a training script's own lines",
    read=lambda lines: generic(ShapeReader().read_all(lines), lines).rows(),
    placed=lambda readings, lines: generic(readings, lines).printed(),
    settle=named_after_data,
    evidence=3,
)
