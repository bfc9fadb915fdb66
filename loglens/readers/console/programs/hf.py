"""Dictionaries that the Hugging Face Trainer prints: `{'loss': 2.5, 'learning_rate': 1e-05, 'epoch': 0.16}`.

Older releases print numbers, 5.x quoted strings. The lines give the epoch, a fraction, and not the step. Where the
progress bar was kept (it is drawn again after each line, with the step) the step is taken from there; else it counts
the lines of training.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column

DICTIONARY = re.compile(rb"\{ *'[^{}']+': [^{}]*\}")
PAIR = re.compile(rb"'([^']+)': *'?(" + NUMBER + rb")'?(?=[,} ])")
EPOCH = re.compile(rb"'epoch': *('?)\d+(?:\.(\d+))?'?[,} ]")
BAR = re.compile(rb"\| *(\d+)/(\d+) \[")
STEPS = ("step", "global_step")
CLOCKS = frozenset({"epoch", *STEPS})
LAST_STEP = 2**53
SUMMARY = "train_runtime"  # the last dictionary tells means over the run
REGULAR = 0.9
PAIRED = 0.8


class ProgressBar(NamedTuple):
    """How far a progress bar is, out of how much."""

    done: int
    total: int


class PrintedDictionary(NamedTuple):
    """A dictionary, the line it stands on, the bars drawn before and after it, and its epoch's decimals."""

    values: dict[str, float]
    line: int
    decimals: int
    before: ProgressBar | None = None
    after: ProgressBar | None = None

    @property
    def trains(self) -> bool:
        return SUMMARY not in self.values and ("loss" in self.values or "train_loss" in self.values)

    @property
    def epoch(self) -> float | None:
        return self.values.get("epoch")


def trainer_rows(lines: Lines) -> Iterator[PrintedRow]:
    printed = without_duplicates(list(_printed(lines)))
    last = -1
    for row, step in zip(printed, steps_of(printed), strict=True):
        # an evaluation repeats the epoch of the line of training before it
        known = ("epoch", *STEPS) if step == last else STEPS
        yield PrintedRow(step, [(tag, value) for tag, value in row.values.items() if tag not in known], row.line)
        last = step


def _printed(lines: Lines) -> Iterator[PrintedDictionary]:
    names = Names()
    waiting: PrintedDictionary | None = None
    bar: ProgressBar | None = None
    for number, line in enumerate(lines, start=1):
        found = DICTIONARY.search(line) if b"{" in line and b"'" in line else None
        if found is None:
            if b"/" in line and b"|" in line and (drawn := BAR.search(line)):
                bar = ProgressBar(int(drawn[1]), int(drawn[2]))
                if waiting and waiting.after is None:
                    waiting = waiting._replace(after=bar)
            continue
        epoch = EPOCH.search(found[0])
        if epoch and not epoch[1] and not epoch[2]:
            continue  # the Trainer's epoch is a fraction: another script printed this
        if waiting:
            yield waiting
        if (drawn := BAR.search(line, 0, found.start())) is not None:
            bar = ProgressBar(int(drawn[1]), int(drawn[2]))
        said = ((names[name], float(value)) for name, value in PAIR.findall(found[0]))
        # an epoch of nan or 1e999 counts nothing
        values = {name: value for name, value in said if name not in CLOCKS or abs(value) < LAST_STEP}
        told = "epoch" in values or "step" in values
        waiting = PrintedDictionary(values, number, len(epoch[2] or b"") if epoch else 0, bar) if told else None
        bar = None
    if waiting:
        yield waiting


def without_duplicates(printed: list[PrintedDictionary]) -> list[PrintedDictionary]:
    """Each dictionary once where nearly every one was printed twice (two handlers, two processes)."""
    again = [at > 0 and row.values == printed[at - 1].values for at, row in enumerate(printed)]
    if 2 * sum(again) < PAIRED * len(printed) or any(twice and other for twice, other in pairwise(again)):
        return printed
    return [row for row, twice in zip(printed, again, strict=True) if not twice]


def steps_of(printed: Sequence[PrintedDictionary]) -> list[int]:
    """The step of each dictionary: printed in it, or read off the bars, or its lines of training are counted."""
    if all(any(name in item.values for name in STEPS) for item in printed):
        return [int(next(item.values[name] for name in STEPS if name in item.values)) for item in printed]
    return _steps_of_bars(printed) or _steps_of_whole(printed) or _counted(printed)


def _steps_of_bars(printed: Sequence[PrintedDictionary]) -> list[int]:
    """Steps as the bars have them, none where bars are missing or do not move on with the lines.

    The bar is drawn anew after a line (with the line's own step, or the next one where a step ended meanwhile), and
    stood before it at its step or a little earlier: whichever is at round steps is right.
    """
    training = [item for item in printed if item.trains]
    best: tuple[float, list[int]] = 0.0, []
    for bars in ([item.after for item in training], [item.before for item in training]):
        totals = Counter(bar.total for bar in bars if bar)
        if not totals:
            continue
        total = totals.most_common(1)[0][0]  # an evaluation has a bar of its own with another total
        done = [bar.done if bar and bar.total == total else None for bar in bars]
        known = [item for item in done if item is not None]
        forward = [later - earlier for earlier, later in pairwise(known) if later > earlier]
        if len(known) < REGULAR * len(done) or len(forward) < REGULAR * (len(known) - 1):
            continue
        stride = Counter(forward).most_common(1)[0][0] if forward else 1
        round_ones = sum(item % stride == 0 for item in known) / len(known)
        if round_ones > best[0] or not best[1]:
            best = round_ones, _spread(printed, done, stride)
    return best[1]


def _steps_of_whole(printed: Sequence[PrintedDictionary]) -> list[int]:
    """Steps of a training that ended, where the bar and the lines went through two streams, one behind the other: the
    bar says how many steps there were, the epoch which part of them was gone. None where that is not known."""
    bars = [bar for item in printed for bar in (item.before, item.after) if bar is not None]
    ended = next((item.epoch for item in printed if SUMMARY in item.values), None)
    training = [item for item in printed if item.trains and item.epoch]
    if len(bars) != 1 or not ended or len(training) < 2 or len(training) >= bars[0].total:
        return []
    per_epoch = bars[0].total / ended
    blur = 10.0 ** -max(item.decimals for item in training) / 2
    first, last = training[0].epoch or 0.0, training[-1].epoch or 0.0
    stride = _roundest((last - first) / (len(training) - 1) * per_epoch, 2 * blur / (len(training) - 1) * per_epoch)
    return [round((item.epoch or 0.0) * per_epoch / stride) * stride for item in printed] if stride else []


def _roundest(about: float, off: float) -> int:
    """The whole number with the fewest digits that differs from another by no more than `off`."""
    scales: list[int] = [int(10**power) * digit for power in range(6, -1, -1) for digit in (5, 2, 1)]
    for scale in scales:
        near = round(about / scale) * scale
        if near and abs(near - about) <= off + 0.5:
            return near
    return 0


def _spread(printed: Sequence[PrintedDictionary], done: Sequence[int | None], stride: int) -> list[int]:
    """Every dictionary's step: its own where it is of training, else that of the line of training before it."""
    steps, last, own = [], 0, iter(done)
    for item in printed:
        if item.trains:
            found = next(own)
            last = last + stride if found is None else found
        steps.append(last)
    return steps


def _counted(printed: Sequence[PrintedDictionary]) -> list[int]:
    """Lines of training counted 1, 2, ...: the epoch, printed with 2 to 4 digits, says where lines are missing or were
    printed again after a restart, and nothing finer."""
    training = [item for item in printed if item.trains and item.epoch is not None]
    pace = _epochs_per_line([item.epoch or 0.0 for item in training])
    steps: list[int] = []
    last: PrintedDictionary | None = None
    begun = at = 1
    # by how much two printed epochs may be off; zeros at the end are not printed
    blur = 10.0 ** -sorted(item.decimals for item in training)[len(training) // 2] if training else 0.1
    for item in printed:
        if not item.trains:
            ahead = (item.epoch - last.epoch) / pace if pace and last and last.epoch and item.epoch else 0.0
            steps.append(at + round(ahead) if ahead > 0.5 and ahead * pace > blur else at)
            continue
        if last is None:
            begun = at = max(1, round((item.epoch or 0.0) / pace)) if pace and (item.epoch or 0.0) - blur > pace else 1
        else:
            at += 1
            if pace and item.epoch is not None and last.epoch is not None:
                due = begun + (item.epoch - (training[0].epoch or 0.0)) / pace
                slack = blur / pace + 1.5 + 0.02 * abs(at - begun)
                if item.epoch < last.epoch or abs(at - due) > slack:
                    at = max(1, round(due))
        last = item
        steps.append(at)
    return steps


def _epochs_per_line(epochs: Sequence[float]) -> float:
    """How far a line of training brings the epoch, over the longest stretch without a restart; 0 where it does not."""
    stretches: list[tuple[int, float]] = []
    begin = 0
    for at in range(1, len(epochs) + 1):
        if at == len(epochs) or epochs[at] < epochs[at - 1]:
            stretches.append((at - 1 - begin, epochs[at - 1] - epochs[begin]))
            begin = at
    lines, gone = max(stretches, default=(0, 0.0))
    return gone / lines if lines else 0.0


def say_how(columns: tuple[Column, ...]) -> Settled:
    message = (
        "the lines give the epoch, not the step: the step is from the progress bar, else it counts the logged lines"
    )
    return Settled(columns=columns, notes=(Note(kind="guess", message=message),))


TRAINER = Grammar(name="hf-console", title="Hugging Face Trainer console output", read=trainer_rows, settle=say_how)
