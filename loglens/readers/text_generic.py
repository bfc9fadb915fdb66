"""Lines that no program in particular prints: a counter and names with numbers, as most training scripts write them.

    Epoch [1/5], Step [100/600], Loss: 2.1          Step 1 | loss:1.82 lr:2e-05 grad_norm:1.2
    iter 10: loss 7.96, time 212.34ms, mfu 10.00%   [rank0] step:  1  loss: 12.26  grad_norm:  4.1  tps: 7,114
    Epoch 3 | train loss 0.51 | val loss 0.63       Train Epoch: 1 [640/60000 (1%)]  Loss: 2.30

A file of a thousand lines of one shape is read by the shape of its first: see `LineShape`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from loglens.model.run import Note
from loglens.readers.base import Column
from loglens.readers.metric_names import name_role
from loglens.readers.text_frames import numbered, settled
from loglens.readers.text_grammars import Grammar, Lines, Row, Settled
from loglens.readers.text_shapes import CODE, Reading, ShapeReader


def generic_rows(lines: Lines) -> Iterator[Row]:
    """The rows of lines that move on; prose that tells of one epoch ("loss: 9 after epoch 3") yields nothing."""
    rows, still = _rows(lines), list[Row]()
    for row in rows:
        still.append(row)
        if row.step != still[0].step:
            yield from still
            yield from rows


def _rows(lines: Lines) -> Iterator[Row]:
    """Rows on one step axis. A name that an epoch's summary shares with its steps gets `_epoch` behind it."""
    reader = ShapeReader()
    found = [(number, one) for number, line in enumerate(lines, start=1) if (one := reader.read(line)) is not None]
    readings = numbered(settled(found))
    clock = StepClock.of([one for _, one in readings])
    axis = "step" if clock.counts_steps else "epoch"
    fine_names = {name for _, one in readings if one.step is not None for name, _ in one.values}
    for number, one in readings:
        step = clock.step_of(one)
        if step is None or not one.values:
            continue
        summary = clock.counts_steps and one.step is None and one.bar is None
        values = [(f"{name}_epoch" if summary and name in fine_names else name, value) for name, value in one.values]
        yield Row(step, values, number, axis)


@dataclass(slots=True)
class StepClock:
    """One step axis out of epochs, steps and totals.

    `counts_steps`: lines with values have a step, not only an epoch. `begins_again`: the step starts anew in each
    epoch, so it is counted on: by its total where that is printed, else from where the epoch before ended.
    """

    counts_steps: bool
    begins_again: bool
    first_epoch: int
    epoch: int | None = None
    last: int | None = None  # the step of the line before, on the one axis
    raw: int = 0  # the same as it was printed
    stride: int = 1
    offsets: dict[int | None, int] = field(default_factory=dict)

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> StepClock:
        epoch: int | None = None
        at, last, begins_again = epoch, -1, False
        for one in readings:
            epoch = one.epoch if one.epoch is not None else epoch
            if one.step is not None:
                begins_again |= epoch is not None and at is not None and epoch > at and one.step <= last
                at, last = epoch, one.step
        counts_steps = any(one.step is not None and one.values for one in readings)
        if not any(one.epoch is not None and one.values for one in readings):
            counts_steps |= any(one.step is not None for one in readings)  # the step stands on a line of its own
        first = min((one.epoch for one in readings if one.epoch is not None), default=0)
        return cls(counts_steps, begins_again, min(first, 1))

    def step_of(self, reading: Reading) -> int | None:
        """The step of a line; None for a line without a counter before the first that has one."""
        if reading.epoch is not None:
            self.epoch = reading.epoch
        if not self.counts_steps:
            self.last = self.epoch
        elif reading.step is not None:
            self.last = self._counted_on(reading.step, reading.total) if self.begins_again else reading.step
        elif self.last is None and reading.epoch is not None and reading.values:
            self.last = 0  # an evaluation before training
        return self.last

    def _counted_on(self, step: int, total: int | None) -> int:
        if total and self.epoch is not None:
            return (self.epoch - self.first_epoch) * total + step
        if self.epoch not in self.offsets:  # an epoch that was printed before is trained again: its offset stands
            self.offsets[self.epoch] = 0 if self.last is None or step > self.raw else self.last + self.stride - step
        elif step > self.raw:
            self.stride = step - self.raw
        self.raw = step
        return self.offsets[self.epoch] + step


def counted_rows(lines: Lines) -> Iterator[Row]:
    """Lines that tell the loss and count nothing, one row each; nothing where any line has a counter."""
    reader = ShapeReader()
    found = [(number, one) for number, line in enumerate(lines, start=1) if (one := reader.read(line)) is not None]
    if all(one.step is None and one.epoch is None for _, one in found) and not any(map(CODE.search, lines)):
        told = [(number, one.values) for number, one in found
                if any(name_role(name).role in ("train_loss", "val_loss") for name, _ in one.values)]  # fmt: skip
        yield from (Row(step, values, number) for step, (number, values) in enumerate(told))


def say_counted(columns: tuple[Column, ...]) -> Settled:
    message = "no line has a step or an epoch: the lines are counted 0, 1, 2, ..."
    counted = tuple(replace(column, stepless=True) for column in columns)
    return Settled(columns=counted, notes=(Note(kind="guess", message=message),))


COUNTED = Grammar(
    name="text-counted", title="a training script's own lines, without a step", read=counted_rows, settle=say_counted,
    evidence=10,
)  # fmt: skip
GENERIC = Grammar(name="text", title="a training script's own lines", read=generic_rows, evidence=3)
