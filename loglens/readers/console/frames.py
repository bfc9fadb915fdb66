"""Lines in their order: which frames of a progress bar are points, and counts for lines that were printed without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

import numpy as np

from loglens.readers.console.bars import Frame
from loglens.readers.console.shapes import HAS_SPLIT
from loglens.readers.console.values import Block, LineValues, Numbered, Readings

TRAINING = "train"
LEAST_ENDS = 2
MOVING = 3
"""So many totals are none: they are what moves on."""


def settled(readings: Readings) -> Readings:
    """The readings without the frames that only draw a bar again. Bars of which nothing says the epoch begin a new one
    where their count goes back, and the batches of a test are not counted among those of the training."""
    readings = _lengths_apart(_tests_apart(_ends_apart(_epochs_over_batches(readings))))
    if all(block.held_out is None for block in readings.blocks):
        return readings
    fresh = Readings(_fresh(_last_frames(readings)))
    return fresh if any(block.epochs for block in fresh.blocks) else Readings(_with_epochs(fresh))


def _epochs_over_batches(readings: Readings) -> Readings:
    """`Batch 3/200` where the second number moves and the first stands: the third epoch, its 200th batch."""
    counted = [block for block in readings.blocks if block.totals]
    if any(block.epochs for block in counted) or any(block.held_out is not None for block in readings.blocks):
        return readings
    steps = {step for block in counted for step in block.steps}
    totals = {total for block in counted for total in block.totals}
    if len(totals) < MOVING or len(totals) <= len(steps):
        return readings
    if len(steps) == 1 and 0 < max(steps) * 2 >= min(totals):  # "0/100" counts no step of a hundred
        return readings
    return Readings(
        (
            number,
            values._replace(epoch=values.step, step=values.total, total=None) if values.total is not None else values,
        )
        for number, values in readings
    )


def _lengths_apart(readings: Readings) -> Readings:
    """`Epoch 1 | Validation | Steps: 66 | Loss` tells once an epoch how long the test is, beside a training that
    counts: it stands where that had come to."""
    told = {block.names for block in readings.blocks if _is_test(block) and _tells_length(block)}
    if not told or not any(block.steps and not _is_test(block) and _counts(block) for block in readings.blocks):
        return readings
    return Readings(
        (number, values._replace(step=None) if values.names in told else values) for number, values in readings
    )


def _tells_length(block: Block) -> bool:
    """Whether its lines have one and the same step, once an epoch."""
    if not block.steps or not block.epochs or block.totals:
        return False
    steps, epochs = (np.frombuffer(those, dtype=np.int64) for those in (block.steps, block.epochs))
    return bool(np.all(steps == steps[0]) and np.all(epochs[1:] > epochs[:-1]))


def _counts(block: Block) -> bool:
    """Whether its steps are many."""
    steps = np.frombuffer(block.steps, dtype=np.int64)
    return len(steps) >= MOVING and len(np.unique(steps[: MOVING * MOVING])) >= MOVING


def _ends_apart(readings: Readings) -> Readings:
    """`[Batch 9/9] loss=0.69` beside `[Epoch 1 Batch 70/78] loss=0.70`: the end of a test, which counts its own batches
    and says the figures of the training's names."""
    trained = {total for block in readings.blocks if block.epochs and block.names for total in set(block.totals)}
    ends = {
        (block.names, block.totals[0])
        for block in readings.blocks
        if block.names and block.totals and not block.epochs and block.held_out is None and block.count >= LEAST_ENDS
        and block.steps == block.totals and len(set(block.totals)) == 1 and block.totals[0] not in trained
    }  # fmt: skip
    if not ends or not trained:
        return readings
    return Readings(
        (number, _as_test(values))
        if (values.names, values.total) in ends and values.epoch is None
        else (number, values)
        for number, values in readings
    )


def _as_test(values: LineValues) -> LineValues:
    names = tuple(name if HAS_SPLIT.search(name) else f"eval_{name}" for name in values.names)
    return values._replace(names=names, step=None, total=None)


def _tests_apart(readings: Readings) -> Readings:
    """`Epoch 1 Val [5/20] loss` counts the batches of a test: it stands where the training had come to. So does a bar
    of a test that shows nothing else, told by a total that no figure of the training has."""
    counted = [block for block in readings.blocks if block.totals]
    tests = {block.names for block in counted if _is_test(block)}
    trained = {total for block in counted if block.names and block.names not in tests for total in block.totals}
    if any(not block.names and not trained.issuperset(block.totals) for block in counted):
        tests.add(())
    if not tests or not trained:
        return readings
    return Readings(
        (number, values._replace(step=None, total=None))
        if values.total is not None and values.total not in trained and values.names in tests else (number, values)
        for number, values in readings
    )  # fmt: skip


def _is_test(block: Block) -> bool:
    """Nothing in its lines is a figure of the training."""
    return bool(block.names) and all(_is_kept(name) and not name.endswith("_epoch") for name in block.names)


def _last_frames(readings: Iterable[Numbered]) -> Iterator[Numbered]:
    """Of frames that draw a bar again the last. An empty bar shows what the one before it ended with."""
    begun = (here for here in readings if here[1].bar is None or here[1].bar.done)
    for here, after in pairwise(chain(begun, [None])):
        if here is not None and (after is None or _is_last(here[1], after[1])):
            yield here


def _is_last(values: LineValues, after: LineValues) -> bool:
    """The last frame of its count; of a bar that tests, the last of all."""
    if values.bar is None or after.bar is None or after.bar.held_out != values.bar.held_out:
        return True
    if values.bar.held_out:
        return after.bar.done < values.bar.done
    return (after.epoch, after.step) != (values.epoch, values.step)


def _fresh(readings: Iterable[Numbered]) -> Iterator[Numbered]:
    """Frames of training without the figures of a test or an epoch that they show once more."""
    shown: dict[str, float] = {}
    for number, reading in readings:
        if reading.bar is None or reading.bar.held_out:
            yield number, reading
            continue
        full = reading.bar.done == reading.bar.total
        values = [(name, value) for name, value in reading.values
                  if not _is_kept(name) or full or repr(shown.get(name)) != repr(value)]  # fmt: skip
        shown.update(reading.values)
        names, numbers = tuple(name for name, _ in values), tuple(value for _, value in values)
        yield number, reading._replace(names=names, numbers=numbers)


def _is_kept(name: str) -> bool:
    """A figure that a bar goes on showing until the next is measured."""
    if name.endswith("_epoch"):
        return True
    split = HAS_SPLIT.search(name)
    return split is not None and not split[0].casefold().startswith(TRAINING)


def _with_epochs(readings: Iterable[Numbered]) -> Iterator[Numbered]:
    epoch, last = 0, -1
    for number, values in readings:
        bar: Frame | None = None if values.bar is None or values.bar.held_out else values.bar
        if bar is not None and values.step == bar.done:
            epoch, last = epoch + (bar.done < last), bar.done
            yield number, values._replace(epoch=epoch)
        else:
            yield number, values


def numbered(readings: Readings) -> Readings:
    """Counts lines that were printed without a step, one a batch below the line of their epoch."""
    if any(block.steps for block in readings.blocks) or not any(block.epochs for block in readings.blocks):
        return readings
    usual = _usual(readings)
    return Readings(_counted(readings, usual)) if usual else readings


def _usual(readings: Readings) -> set[str]:
    """The names that stand on lines of their own below most lines of an epoch, several times as a rule."""
    names: Counter[tuple[int, str]] = Counter()
    heading = 0
    for _, values in readings:
        heading += values.epoch is not None
        names.update((heading, name) for name in values.names if values.epoch is None)
    repeated = {name for (_, name), count in names.items() if count > 2}
    return {name for name in repeated if sum(names[at, name] > 2 for at in range(1, heading + 1)) * 2 > heading}


def _counted(readings: Readings, usual: set[str]) -> Iterator[Numbered]:
    step = 0
    for number, values in readings:
        step = 0 if values.epoch is not None else step
        if values.epoch is None and not usual.isdisjoint(values.names):
            step += 1
            yield number, values._replace(step=step)
        else:
            yield number, values
