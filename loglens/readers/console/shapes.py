"""A printed line taken apart: its counters, and its names with numbers. What was learned from one line reads the next.

Taking a line apart by search costs some 20 µs; a line of a known shape (the same words, other numbers) costs 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from loglens.readers.console.bars import Frame, frame_of
from loglens.readers.console.grammar import (
    BARE_HELD_OUT,
    BARE_SUMS,
    BARE_TRAIN,
    MEASURED,
    NUMBER,
    Lines,
    Names,
    of_data,
)
from loglens.readers.console.shape import VALUE, LineShape, NumberPlace
from loglens.readers.console.text.counters import ALONE, BRACKET, DIGIT, counters_of
from loglens.readers.console.values import LineValues, Readings
from loglens.readers.naming.metric_names import name_role

LONGEST = 4096  # bytes; a longer line is no line of progress
SHAPES = 6  # shapes in use at once; a log that needs more is read by search
GIVE_UP = 200  # shapes learned after which learning costs more than it saves

WORD = rb"[A-Za-z_(][\w@%./()#'\-]{0,80}+"
NAMING = rb"(?!(?:nan|inf|NaN|NAN|Inf|INF)\b)" + WORD
"""A word of a name: in "loss nan loss_att nan" there are two names."""
PAIR = re.compile(
    rb"(?<![\w.])(" + NAMING + rb"(?: " + NAMING + rb"){0,3})(?:\s++(?:is|was)\b)?+(?:\s*+[:=]\s*+[\[(]?|\s++)"
    rb"(?:\d++/\d++ \((?=[\d.]++%\)))?(" + VALUE + rb")([A-Za-z%]{0,6})(?![\w:/]|\.\d|-\d)"
    rb"(?:,?\)|\s?\(\s*+" + VALUE + rb"\s*+\))?"
)
_COUNTED = rb"(global[_ -]?step|steps?|iterations?|iters?|updates?|batch(?:es)?|epochs?|rounds?|episodes?)"
AT_COUNT = re.compile(  # "Cost after iteration 100: 0.69", "Score at iteration 100 is 0.5", "Loss after 3 epochs = 0.5"
    rb"(?<![\w.])("
    + WORD
    + rb"(?: "
    + WORD
    + rb"){0,4}?)\s++\(?(?:after|at|for|in|of|on|@)\s++(?:the )?(?:end of )?(?:"
    + _COUNTED
    + rb"\s*+[:=#]?\s*+(\d++)(?:\s*+(?:/|of)\s*+\d++)?+|(\d++)\s++"
    + _COUNTED
    + rb")\)?\s*+(?:[:=]|is\b|was\b|->)\s*+("
    + VALUE
    + rb")(?![\w/:]|\.\d)",
    re.IGNORECASE,
)
SPLIT = re.compile(
    rb"(?<![\w/.\-])(?:(train|training)|(val|valid|validation|validate|validating|cv)|(test|testing)|(eval|evaluation)|(dev))"
    rb"(?![\w/.\-])",
    re.IGNORECASE,
)
SPLIT_NAMES = ("train", "val", "test", "eval", "dev")
HAS_SPLIT = re.compile(
    r"(?<![a-z])(?:train|val|valid|validation|test|eval|dev)(?![a-z])|^(?:train|val|eval|test)", re.IGNORECASE
)
TRAINED = "train"
UNITS = re.compile(r"^(?:(?:(?:s|ms|secs?|seconds?|mins?)\.?|[a-z]+/[a-z]+(?:/[a-z]+)?\.?)\s+)+(?=\S)", re.IGNORECASE)
TALK = re.compile(
    r"^.*\b(?:done|finished|completed?|after|with|at|has|have|the|took|saved|got|reached|currently|now|this|and|we|from|"
    r"improved|decreased|increased|INFO|DEBUG|WARNING|root|model|while)\s+(?=\S)"
)
"""Words before a figure's name that only lead up to it; and the unit of the figure before."""
MEAN = re.compile(r"^(?:average|avg\.?|mean) ", re.IGNORECASE)
TIMES = frozenset({b"s", b"sec", b"secs", b"ms", b"us", b"min", b"mins", b"h"})
UNSAID = frozenset({*BARE_TRAIN, *BARE_HELD_OUT, *BARE_SUMS})
"""Names that do not say what is measured: "train 30.1s" is a time."""
SCALES = {b"K": 1e3, b"M": 1e6, b"B": 1e9, b"G": 1e9, b"T": 1e12}


CODE = re.compile(rb"print\(|\w:\.?\d*[defg]\b")  # a script that printed its own source
WRAPPED = re.compile(
    rb"\b(?:tensor|np\.\w+|(?:Device)?Array|array)\(\[?\s*+([^\s,()\[\]]++)[^()]*+(?:\([^()]*+\)[^()]*+)*+\)"
)
GLUED = re.compile(
    rb"([:=]\s?[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?+)"
    rb"(?=(?!(?:[kKMGTB]|[kKMGT]i?[bB]|m?s|secs?|min|h|it|ep|epochs?)\b(?![ _]loss))"
    rb"[A-Za-z_][A-Za-z_]{0,12}(?:[ _][A-Za-z]{1,12}){0,3}\s?[:=]\s?[-+]?[\d.])"
)
QUOTED_VALUE = re.compile(rb"([:=]\s?)(['\"])(" + NUMBER + rb")\2(?![\w'\"])")
"""A number that was printed as text: 'loss': '1.13'."""
QUOTED_NAME = re.compile(rb"(['\"])([A-Za-z_][\w@%./ -]{0,80})\1(?=\s?[:=]\s?(?:[-+.\d]|nan|inf))", re.IGNORECASE)
BRACKETED_NAME = re.compile(
    rb"\[([ \t]{0,40})([A-Za-z_][\w@%./-]{0,60}(?: [A-Za-z_][\w@%./-]{0,60}){0,3})([ \t]{0,40})\]"
    rb"(?=\s{0,4}[:=]\s{0,4}(?:[-+.\d]|nan|inf))",
    re.IGNORECASE,
)
"""A name in a cell of its own: "[total_loss     ]: 0.19"."""
TUPLE = re.compile(rb"\(\s?'([\w@%./-]{1,80}+)',\s?(" + NUMBER + rb")\)")
"""A name with its number in an ordered dictionary as Python shows it: "OrderedDict([('loss', 0.5), ('lr', 0.1)])"."""
LEADERS = re.compile(rb"\.{3,}")
"""Dots that lead from a counter to its figure: "Epoch: 3.............Loss: 0.5"."""
SPREAD = re.compile(rb" min\|avg\|max: (?:" + NUMBER + rb")\|(" + NUMBER + rb")\|(?:" + NUMBER + rb")")
"""The least, the mean and the most of a batch: "loss min|avg|max: 0.71|2.6|60.0" """
REMARK = re.compile(rb"(?<=[A-Za-z_])\s?\([A-Za-z][A-Za-z ]{0,30} \d{1,9}(?: [A-Za-z]{1,20})?\)(?=\s{0,3}[:=])")
"""What a figure is of: "batch_loss(sum over 256) = 743.7"."""
HALF_DAY = re.compile(rb"(?<=\d:\d\d)(?:[.,]\d{1,6})? [AP]M\b[\]:,]?")
"""What stands behind a time of day: "01:36:38 AM Mean loss 864.4"."""
GLUED_TIME = re.compile(rb"(?<![\d:])(\d\d:\d\d:\d\d)(?=[A-Za-z]{3,20}\s?[:=])")
"""A time of day that nothing parts from the first word: "23:37:35iters: 20"."""
SINGLE = re.compile(rb"(?<=\d)f(?=[-+]?\d{1,3}(?![\w.]))")
"""The exponent of a number in single precision, as Julia prints it: 2.3026f0."""
DATE = re.compile(
    rb"\(?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s{1,2}\d{1,2}"
    rb" \d\d:\d\d:\d\d(?: [A-Z]{2,5})?(?: \d{4})?\)?"
)
"""A date as C prints it: "Training Loss (Tue Jan 18 21:04:11 2022)" tells no loss of 18."""
SET_RATE = re.compile(
    r"(?:chang|reduc|set|adjust|decreas|lower|increas|updat)\w{0,4} (?:the )?(?:learning rate|lr)\b", re.IGNORECASE
)
"""What a line says that sets the rate: "Update[783]: Change learning rate to 2.0e-02"."""
EXTREME = re.compile(r"\b(?:best|lowest|highest|min(?:imum)?|max(?:imum)?|previous|final)\b", re.IGNORECASE)
WINDOW = re.compile(
    rb"\s?\(?(?:\b(?:over|for|in|of|from|during)\s)?(?:\bthe )?\b(?:last|past|previous|recent) \d+"
    rb"(?:\)| (?:episodes?|epis|steps?|epochs?|games?|iterations?|iters?|batch(?:es)?|rounds?|trials?|runs?|updates?)"
    rb"\b\)?)",
    re.IGNORECASE,
)
"""What a figure is a mean of: "average reward over the last 100 episodes: 23.4"."""
PLANNED = re.compile(
    rb"(?<![A-Za-z])(?:epochs|steps|iterations|iters|batch(?:es|size)?)['\"]?\s{0,4}[:=]", re.IGNORECASE
)
SETTING = re.compile(
    r"(?<![a-z])(?:batch[_ ]?size|weight[_ ]?decay|min[_ ]lr|num[_ ]workers|seed|warm_?up[_ ]?\w{0,8}|dropout)$",
    re.IGNORECASE,
)
"""Counters and names of what is set once, beside which nothing is measured."""
RANK_OF = re.compile(rb"\] \(\d{1,3}/\d{1,3}\)\Z")
"""A process out of all, as icefall puts it behind the place that logs: "INFO [train.py:812] (3/4) Not all ..."."""
TELLING = frozenset({"train_loss", "val_loss", "candidate_loss", "learning_rate", "grad_norm", "train_accuracy",
                     "val_accuracy", "val_error", "perplexity", "episode_return"})  # fmt: skip
"""Roles whose names say enough where a line counts nothing."""


class ShapeReader:
    """Reads lines one after the other and remembers their shapes."""

    def __init__(self) -> None:
        self._shapes: list[LineShape] = []
        self._bars: list[LineShape] = []
        self._learned = 0
        self._names = Names()

    def read_all(self, lines: Lines) -> Readings:
        """What the lines that tell something say."""
        readings = Readings()
        self.read_on(enumerate(lines, start=1), readings)
        return readings

    def read_on(self, lines: Iterable[tuple[int, bytes]], readings: Readings) -> None:
        """The same of further lines, each with its number, added to what was read before."""
        for number, line in lines:
            reading = self.read(line)
            if reading is not None:
                readings.append(number, reading)

    def learned(self) -> dict[str, Any]:
        """What the lines so far have taught, as plain JSON: later lines are read by it."""
        return {"shapes": [_told(shape) for shape in self._shapes], "bars": [_told(shape) for shape in self._bars],
                "count": self._learned}  # fmt: skip

    @classmethod
    def taught(cls, learned: Mapping[str, Any]) -> ShapeReader:
        """A reader that knows what `learned` told."""
        reader = cls()
        reader._shapes, reader._bars = ([_shape(said) for said in learned[kind]] for kind in ("shapes", "bars"))
        reader._learned = int(learned["count"])
        return reader

    def read(self, line: bytes) -> LineValues | None:
        """The line taken apart; None where it tells nothing of the training."""
        if not line or len(line) > LONGEST:
            return None
        reading = _known(line, self._shapes)  # most lines are of a known shape and need no second look
        if reading is not None:
            return reading
        frame = frame_of(line)
        if frame is not None:
            reading = _known(frame.said, self._bars) or self._search(frame.said, self._bars, bar_places)
            return _epoch_of(frame.said) if reading is None else with_bar(reading, frame)
        said = plain(line)
        reading = None if said is line else _known(said, self._shapes)
        return reading or self._search(said, self._shapes, places_of)

    def _search(
        self, line: bytes, shapes: list[LineShape], search: Callable[[bytes, Names], Sequence[NumberPlace]]
    ) -> LineValues | None:
        """By search, after which the shape of the line is known."""
        places = tuple(sorted(search(line, self._names)))
        if not places:
            return None
        shape = LineShape.of(line, places)
        reading = shape.reading(tuple(line[place.start : place.end] for place in places))
        if reading is not None and reading.names and self._learned < GIVE_UP:
            self._learned += 1
            shapes.insert(0, shape)
            del shapes[SHAPES:]
        return reading


def _told(shape: LineShape) -> list[Any]:
    return [[word.decode("latin-1") for word in shape.words], [list(place) for place in shape.places]]


def _shape(told: Sequence[Any]) -> LineShape:
    words, places = told
    return LineShape(tuple(word.encode("latin-1") for word in words), tuple(NumberPlace(*place) for place in places))


def _known(line: bytes, shapes: list[LineShape]) -> LineValues | None:
    for at, shape in enumerate(shapes):
        reading = shape.read(line)
        if reading is not None:
            if at:  # what came last comes next
                shapes.insert(0, shapes.pop(at))
            return reading
    return None


def places_of(line: bytes, names: Names) -> list[NumberPlace]:
    """Where the numbers of a line stand, found by search. Empty where it has no counter and no telling name."""
    if at_count := AT_COUNT.search(line):
        return _at_count(line, names, at_count)
    counters, taken = counters_of(line)
    # what stands before the first counter is the logger's (a rank, a source line) unless it measures something
    found = _values(line, names, taken)
    names_of = [item.name for item in found]
    telling = found if of_data(names_of) or _all_losses(names_of) else [item for item in found if tells(item.name)]
    begins = min((*(start for start, _ in taken), *(item.start for item in telling)), default=len(line))
    values = [item for item in found if item.start >= begins]
    if len(values) == 1 and SET_RATE.match(values[0].name):
        return []  # an event, whose counter may be another than that of the figures
    if _says_settings(line, taken, found):
        return []
    if counters:
        return [*counters, *values]
    if CODE.search(line):
        return []
    bracket = BRACKET.search(line)
    if bracket is None or _is_share(line, bracket, values) or RANK_OF.search(line[: bracket.end()]):
        return _behind_a_number(line, found, values)
    if not values:
        return []
    count = [NumberPlace(*bracket.span(1), "step"), NumberPlace(*bracket.span(2), "total")]
    return [*count, *_values(line, names, [bracket.span()])]


def _says_settings(line: bytes, taken: Sequence[tuple[int, int]], values: Sequence[NumberPlace]) -> bool:
    """Whether a line tells what was planned, not how it went: "Namespace(epochs=10, lr=0.1)", "batch size: 32, epochs:
    5"."""
    if not values or any(MEASURED.search(item.name) for item in values):
        return False
    planned = any(PLANNED.search(line, start, end) for start, end in taken)
    return planned or any(SETTING.search(item.name) for item in values)


def _is_share(line: bytes, bracket: re.Match[bytes], values: Sequence[NumberPlace]) -> bool:
    """Whether a fraction is what the figure before it was worked out from: "accuracy: 20.78%, (512570/2466133)"."""
    before = [item for item in values if item.end <= bracket.start()]
    if not before or int(bracket[2]) == 0:
        return False
    percent = line[before[-1].end : bracket.start()].lstrip()[:1] == b"%"
    if not percent and not re.search(r"acc|correct|prec|recall|err", before[-1].name, re.IGNORECASE):
        return False
    share, said = int(bracket[1]) / int(bracket[2]), float(line[before[-1].start : before[-1].end].replace(b",", b""))
    return abs(100 * share - said) <= 0.6 or (not percent and abs(share - said) <= 0.006)


def _behind_a_number(line: bytes, found: list[NumberPlace], values: list[NumberPlace]) -> list[NumberPlace]:
    """What a line tells, counted by the number that it begins with, where that stands right before a figure of the
    training, or before losses in brackets: "100 loss: 0.5", "100 [D loss: 0.5, acc.: 80%] [G loss: 2.1]"."""
    alone = ALONE.match(line)
    if alone is None:
        return values
    in_brackets = line[alone.end() : alone.end() + 1] == b"[" and found and "loss" in found[0].name.casefold()
    told = found if in_brackets else values
    if not told or DIGIT.search(line, alone.end(), told[0].start) or not (in_brackets or tells(told[0].name)):
        return values
    return [NumberPlace(*alone.span(1), "step"), *told]


def _at_count(line: bytes, names: Names, found: re.Match[bytes]) -> list[NumberPlace]:
    """A figure that is told of a counter, and what else stands behind it: "Loss after epoch 3: 0.5, accuracy: 0.9"."""
    counted, word = (found.span(3), found[2]) if found[2] else (found.span(4), found[5])
    name = label(names[found[1]])
    if EXTREME.search(name):
        return []  # "best val loss at epoch 3: 0.5" looks back
    kind = "epoch" if word[:2].lower() == b"ep" else "step"
    others = (item for item in _values(line, names, [(0, found.end())]) if item.name != name)
    return [NumberPlace(*counted, kind), NumberPlace(*found.span(6), "value", name), *others]


def _all_losses(names: Sequence[str]) -> bool:
    """Whether a line tells nothing but losses, several: "loss_D: 0.405, loss_G_fake: 0.300"."""
    return len(names) > 1 and all("loss" in name.casefold() for name in names)


def tells(name: str) -> bool:
    """Whether a name says that a line is about training even where the line counts nothing."""
    return name_role(name).role in TELLING or bool(HAS_SPLIT.search(name) and MEASURED.search(name))


def plain(line: bytes) -> bytes:
    """The line without quotes around names and numbers, without brackets around a name, without what wraps a number:
    tensor(0.5), without the window of a mean, and with a blank where a name is glued to the number before it:
    "loss:0.5acc:0.9"."""
    if GLUED.search(line):
        line = GLUED.sub(rb"\1 ", line)
    if WINDOW.search(line):
        line = WINDOW.sub(b"", line)
    if b"(" in line and REMARK.search(line):
        line = REMARK.sub(b"", line)
    if b"..." in line:
        line = LEADERS.sub(b" ", line)
    if b"tot_loss[" in line:
        line = line.replace(b"tot_loss[loss=", b"loss_running=")
    if b"|avg|" in line:
        line = SPREAD.sub(rb": \1", line)
    if b":" in line:
        line = GLUED_TIME.sub(rb"\1 ", line)
        line = HALF_DAY.sub(b" ", DATE.sub(b" ", line))
    if b"f" in line:
        line = SINGLE.sub(b"e", line)
    if b"{" in line or line.lstrip()[:1] in (b"'", b'"'):
        line = line.translate(None, b"\"'")
    elif b"'" in line or b'"' in line:
        line = QUOTED_NAME.sub(rb"\2", QUOTED_VALUE.sub(rb"\1\3", line))
    if b"]" in line:
        line = BRACKETED_NAME.sub(_unbracketed, line)
    return _unwrapped(line) if b"(" in line else line


def _unwrapped(line: bytes) -> bytes:
    """The line without what a library puts around a number, tensor(0.5), or a dictionary around a name with it."""
    if b"tensor(" in line or b"rray(" in line or b"np." in line:
        line = WRAPPED.sub(rb"\1", line)
    return TUPLE.sub(rb"\1: \2", line) if b"('" in line else line


def _unbracketed(found: re.Match[bytes]) -> bytes:
    """A name out of its brackets where it measures something or was padded to a width; a logger's level stays."""
    name = found[2].decode("utf-8", errors="replace")
    padded = len(found[1]) + len(found[3]) > 1
    return found[2] if padded or MEASURED.search(name) or name_role(name).role is not None else found[0]


def bar_places(said: bytes, names: Names) -> tuple[NumberPlace, ...]:
    """The epoch and the figures of a bar; empty where it shows no measure."""
    counters, taken = counters_of(said)
    values = _values(said, names, taken)
    if not any(MEASURED.search(value.name) for value in values):
        return ()
    return (*(counter for counter in counters if counter.kind == "epoch"), *values)


def _epoch_of(said: bytes) -> LineValues | None:
    """The epoch of a bar that shows nothing else, above the figures that are told of it."""
    counters, _ = counters_of(said)
    epoch = next((counter for counter in counters if counter.kind == "epoch"), None)
    return None if epoch is None else LineShape.of(said, (epoch,)).reading((said[epoch.start : epoch.end],))


def with_bar(reading: LineValues, frame: Frame) -> LineValues:
    """What a bar says, the count of the bar as its step; a step that the trainer shows itself goes before it."""
    if frame.held_out:
        return reading._replace(bar=frame)
    counted = next((value for name, value in reading.values if name in ("global_step", "trainer/global_step")), None)
    if counted is not None and counted.is_integer():
        return reading._replace(bar=frame, step=int(counted))
    return reading._replace(bar=frame, step=frame.done, total=frame.total)


def _values(line: bytes, names: Names, taken: list[tuple[int, int]]) -> list[NumberPlace]:
    """Names with numbers. A line that begins with a loss of held-out data tells its other measures of that data too:
    "eval loss: 0.27, acc: 0.94"."""
    found = list(_named(line, names, taken))
    splits = {word[0].casefold() for item in found if (word := HAS_SPLIT.search(item.name)) is not None}
    if len(splits) != 1 or TRAINED in splits or len(found) < 2 or not HAS_SPLIT.search(found[0].name):
        return found
    if not MEASURED.search(found[0].name) or any("loss" in item.name.casefold() for item in found[1:]):
        return found
    split = splits.pop()
    return [item._replace(name=f"{split}_{item.name}") if _is_of(item.name) else item for item in found]


def _is_of(name: str) -> bool:
    """Whether a measure does not say of which data."""
    return MEASURED.search(name) is not None and HAS_SPLIT.search(name) is None


def _named(line: bytes, names: Names, taken: list[tuple[int, int]]) -> Iterator[NumberPlace]:
    """Names with numbers. A word like `Val:` before a name says of which data what follows it was measured."""
    split, held_out, before, at = "", "", 0, 0
    seen: set[str] = set()
    while found := PAIR.search(line, at):
        counted = [end for start, end in taken if start < found.end(2) and found.start() < end]
        if counted:  # a name may begin behind a counter: "train (1/10) loss: 0.5"
            at = max(counted) if max(counted) <= found.start(2) else max(found.end(), *counted)
            continue
        at = found.end()
        if (word := _last_split(line[before : found.start()])) is not None:
            split = word
        before = found.end()
        name = label(names[found[1]])
        if name.count("(") != name.count(")"):
            name = name.strip("()")
        if said := HAS_SPLIT.search(name):
            held_out = "" if said[0].casefold() == TRAINED else said[0].casefold()
        elif split:
            name = f"{split}_{MEAN.sub('', name)}"
        elif held_out and name in seen:  # "Train Loss: 0.4 Acc: 0.8 | Val Loss: 0.5 Acc: 0.7"
            name = f"{held_out}_{name}"
        if found[3] in TIMES and name.casefold() in UNSAID:
            name = f"{name} time"
        if name and name not in seen:
            seen.add(name)
            yield NumberPlace(*found.span(2), "value", name, SCALES.get(found[3], 1.0))


def label(text: str) -> str:
    """The name of a figure without the words that lead up to it."""
    name = UNITS.sub("", text.removesuffix(" is").strip("'"))
    return TALK.sub("", name) if " " in name else name


def _last_split(gap: bytes) -> str | None:
    """The split a stretch between two numbers names last, None where it names none; '' for training."""
    word = None
    for found in SPLIT.finditer(gap):
        place = next(at for at, group in enumerate(found.groups()) if group)
        word = SPLIT_NAMES[place] if place else ""
    return word
