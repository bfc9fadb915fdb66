"""Lines in their order: which frames of a progress bar are points, and counts for lines that were printed without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from loglens.readers.text_bars import Frame
from loglens.readers.text_shapes import HAS_SPLIT, Reading

Numbered = tuple[int, Reading]
"""The number of a line, and what it says."""
TRAINING = "train"


def settled(readings: Sequence[Numbered]) -> list[Numbered]:
    """The readings without the frames that only draw a bar again. Bars of which nothing says the epoch begin a new one
    where their count goes back, and the batches of a test are not counted among those of the training."""
    readings = _tests_apart(readings)
    if not any(one.bar for _, one in readings):
        return list(readings)
    # an empty bar shows what the one before it ended with
    readings = [here for here in readings if here[1].bar is None or here[1].bar.done]
    kept = [here for place, here in enumerate(readings) if here[1].bar is None or _is_last(readings, place)]
    fresh = list(_fresh(kept))
    return fresh if any(one.epoch is not None for _, one in fresh) else list(_with_epochs(fresh))


def _tests_apart(readings: Sequence[Numbered]) -> list[Numbered]:
    """`Epoch 1 Val [5/20] loss` counts the batches of a test: it stands where the training had come to."""
    trained = {one.total for _, one in readings if one.total is not None and not _is_test(one)}
    if not trained:
        return list(readings)
    return [(number, one._replace(step=None, total=None))
            if one.total is not None and one.total not in trained and _is_test(one) else (number, one)
            for number, one in readings]  # fmt: skip


def _is_test(reading: Reading) -> bool:
    """Nothing in it is a figure of the training."""
    if not reading.values:
        return False
    return all(_is_kept(name) and not name.endswith("_epoch") for name, _ in reading.values)


def _is_last(readings: Sequence[Numbered], place: int) -> bool:
    """The last frame of its count; of a bar that tests, the last of all."""
    one = readings[place][1]
    after = next((other for _, other in readings[place + 1 : place + 2]), None)
    if one.bar is None or after is None or after.bar is None or after.bar.held_out != one.bar.held_out:
        return True
    if one.bar.held_out:
        return after.bar.done < one.bar.done
    return (after.epoch, after.step) != (one.epoch, one.step)


def _fresh(readings: Sequence[Numbered]) -> Iterator[Numbered]:
    """Frames of training without the figures of a test or an epoch that they show once more."""
    shown: dict[str, float] = {}
    for number, one in readings:
        if one.bar is None or one.bar.held_out:
            yield number, one
            continue
        full = one.bar.done == one.bar.total
        values = [(name, value) for name, value in one.values
                  if not _is_kept(name) or full or repr(shown.get(name)) != repr(value)]  # fmt: skip
        shown.update(one.values)
        yield number, one._replace(values=tuple(values))


def _is_kept(name: str) -> bool:
    """A figure that a bar goes on showing until the next is measured."""
    if name.endswith("_epoch"):
        return True
    split = HAS_SPLIT.search(name)
    return split is not None and not split[0].casefold().startswith(TRAINING)


def _with_epochs(readings: Sequence[Numbered]) -> Iterator[Numbered]:
    epoch, last = 0, -1
    for number, one in readings:
        bar: Frame | None = None if one.bar is None or one.bar.held_out else one.bar
        if bar is not None and one.step == bar.done:
            epoch, last = epoch + (bar.done < last), bar.done
            yield number, one._replace(epoch=epoch)
        else:
            yield number, one


def numbered(readings: Sequence[Numbered]) -> list[Numbered]:
    """Counts lines that were printed without a step, one a batch below the line of their epoch."""
    if any(one.step is not None for _, one in readings):
        return list(readings)
    names: Counter[tuple[int, str]] = Counter()
    heading = 0
    for _, one in readings:
        heading += one.epoch is not None
        names.update((heading, name) for name, _ in one.values if one.epoch is None)
    repeated = {name for (_, name), count in names.items() if count > 2 and 2 * count > 3}
    usual = {name for name in repeated if sum(names[at, name] > 2 for at in range(1, heading + 1)) * 2 > heading}
    if not heading or not usual:
        return list(readings)
    counted, step = [], 0
    for number, one in readings:
        step = 0 if one.epoch is not None else step
        if one.epoch is None and any(name in usual for name, _ in one.values):
            step += 1
            counted.append((number, one._replace(step=step)))
        else:
            counted.append((number, one))
    return counted
