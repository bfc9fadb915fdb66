"""What a grammar of a text log is, and all of them in the order in which they are asked.

A grammar is one program's way of printing progress: a name and a generator that turns lines into rows. To add one:
write the generator in a file of `programs`, add a line here and a test with lines of the real program.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from loglens.model.run import IntArray, Note, Setting
from loglens.readers.console.events import tells_nan, tells_stop
from loglens.readers.contract.base import Column
from loglens.readers.contract.points import INT64, Points

if TYPE_CHECKING:
    from loglens.readers.console.values import Readings

NUMBER = rb"(?:[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?|[-+]?(?:[nN]a[nN]|NAN|[iI]nf(?:inity)?|INF(?:INITY)?))"
"""A number as programs print it; float() takes all of these. Digits are taken whole, never cut in another way."""

MEASURED = re.compile(
    r"loss|\berr(?:\b|_[dg]\b)|nll|\btrl\b|\btel\b|ppl|perplex|acc|error|rmse|\bmse|\bmae|auc|reward|rew_mean|score|map\b|cost|"
    r"return|psnr|\bssim|\bnelbo|\belbo|\bvlb|(?<![a-z])[dg]_[a-z]|cycle_|\bidt_|\bgan|\bl_[a-z]|(?<![a-z])b?ce\b|\bter\b|"
    r"^[dg]$|\bl[12]\b|entropy|xent|deviance|objective|dice|\biou|\bf1\b|bleu|"
    r"likelihood|loglik|\bsi[-_ ]?s[nd]r|\bsdr\b|success|win[ _]?rate|\b[wc]er\b|\bbpb\b|\blearn\b",
    re.IGNORECASE,
)
"""Names that show that a row tells how training goes; a row of times and counters is no evidence of a log."""


FEWEST_ALONE = 3
"""Lines of figures that are a log where the file holds no other and each tells three figures ..."""
PAIRS = re.compile(rb"[A-Za-z_]\w{0,40}\s?[:=]\s{0,4}[-+]?(?:\d|nan|inf)", re.IGNORECASE)
"""... by their names."""
BARE_TRAIN = ("train", "training", "tr", "trn")
BARE_HELD_OUT = ("val", "valid", "validation", "test", "dev", "va", "eval")
"""Data by its name alone."""
BARE_SUMS = ("total", "tot", "sum", "overall")
BARE_PARTS = frozenset({"x", "y", "w", "h", "xy", "wh", "conf", "cls", "class", "box", "obj", "noobj", "giou", "iou",
                        "reg", "kl", "kld", "recon", "rec", "bce", "mse", "l1", "l2", "smooth_l1"})  # fmt: skip
"""Losses that are called after what they are of, or how they are taken, beside their sum."""
SMOOTHED = ("ema", "avg", "mean", "running", "smooth", "smoothed", "ma", "average")
"""What stands beside the figure of a step: the whole of its parts, or its running mean."""
RATES = frozenset({"lr", "learning rate", "learning_rate", "lrate"})


class PrintedRow(NamedTuple):
    """One printed line (or block): its step, names with values, the line's number from 1, and what the step counts."""

    step: int
    values: Sequence[tuple[str, float]]
    line: int
    axis: str = "step"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """Columns after a grammar looked at the whole log: settings taken out of them, and what there is to say."""

    columns: tuple[Column, ...]
    config: Mapping[str, Setting] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


Lines = Sequence[bytes]

TAIL = 40
"""Rows at the end of a log that show what its lines are like."""


def _no_rows() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Printed:
    """What a grammar found in a log. `lines`, `steps` (n,): of its rows, in order. `last`: the tag of the very last
    value. `usual`: lines of figures like most others, None where all are."""

    columns: tuple[Column, ...] = ()
    lines: IntArray = field(default_factory=_no_rows)
    steps: IntArray = field(default_factory=_no_rows)
    last: str = ""
    usual: IntArray | None = None

    @property
    def tail(self) -> tuple[int, ...]:
        """The numbers of the lines of the last rows."""
        return tuple(self.lines[-TAIL:].tolist())

    def without_last(self) -> Printed:
        """The last value left out."""
        if not self.last:
            return replace(self, columns=tuple(column for column in self.columns if len(column.steps)))
        shorter = [
            replace(column, steps=column.steps[:-1], values=column.values[:-1]) if column.tag == self.last else column
            for column in self.columns
        ]
        return replace(self, columns=tuple(column for column in shorter if len(column.steps)), last="")


@dataclass(slots=True)
class PackedRows:
    """Rows one after the other, packed."""

    points: Points = field(default_factory=Points)
    lines: array[int] = field(default_factory=lambda: array("q"))
    steps: array[int] = field(default_factory=lambda: array("q"))
    last: str = ""

    def add(self, row: PrintedRow) -> None:
        step, values, line, axis = row
        self.points.add_row(step, values)
        self.last = ""
        if values and -INT64 <= step < INT64:
            self.last = values[-1][0]
            self.lines.append(line)
            self.steps.append(step)
        if axis != "step":
            self.points.axes.update(dict.fromkeys([tag for tag, _ in values], axis))

    def printed(self) -> Printed:
        """As columns; no row can be added from here on."""
        return Printed(
            columns=self.points.columns(), lines=_array(self.lines), steps=_array(self.steps), last=self.last
        )


def printed(rows: Iterable[PrintedRow]) -> Printed:
    """Rows one after the other as columns."""
    packed = PackedRows()
    for row in rows:
        packed.add(row)
    return packed.printed()


def _array(numbers: array[int]) -> IntArray:
    return np.frombuffer(numbers, dtype=np.int64) if numbers else _no_rows()


def as_they_are(columns: tuple[Column, ...]) -> Settled:
    return Settled(columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """`read` turns lines into rows and never raises. `settle` sees the columns of the whole log.

    `placed`: what readings line by line (see `shapes`) say of a whole log, for a grammar that is read so. `settles`:
    whether all that is read behind a line is the same whatever stood before it; None where no line does that.
    `evidence`: how many rows with a measured quantity make a file a log of this grammar. `decisive`: that many are
    enough whatever else is printed (the lines between them tell less of the same). `alike`: how many rows of the same
    names, each further on than the one before, show that a text of prose holds a log and does not only speak of one.
    """

    name: str
    title: str
    read: Callable[[Lines], Iterator[PrintedRow]]
    settle: Callable[[tuple[Column, ...]], Settled] = as_they_are
    evidence: int = 2
    decisive: bool = False
    alike: int = 10
    placed: Callable[[Readings, Lines], Printed] | None = None
    settles: Callable[[bytes], bool] | None = None

    def gather(self, lines: Lines) -> Printed:
        """A whole log."""
        if self.placed is None:
            return printed(self.read(lines))
        from loglens.readers.console.shapes import ShapeReader

        return self.placed(ShapeReader().read_all(lines), lines)


def any_line(_: bytes) -> bool:
    """`Grammar.settles` where every line is read by itself."""
    return True


class RegisteredGrammar(NamedTuple):
    """A grammar. `priority`: the lowest is asked first, the particular before the general. `where`: `module:NAME` below
    `console`."""

    priority: int
    where: str


GRAMMARS: tuple[RegisteredGrammar, ...] = (
    RegisteredGrammar(20, "programs.hf:TRAINER"),
    RegisteredGrammar(20, "programs.megatron:MEGATRON"),
    RegisteredGrammar(20, "programs.llm_c:LLM_C"),
    RegisteredGrammar(20, "programs.modded_nanogpt:MODDED_NANOGPT"),
    RegisteredGrammar(20, "programs.build_nanogpt:BUILD_NANOGPT"),
    RegisteredGrammar(20, "programs.fairseq:FAIRSEQ"),
    RegisteredGrammar(20, "programs.composer:COMPOSER"),
    RegisteredGrammar(20, "programs.olmo:OLMO"),
    RegisteredGrammar(20, "programs.baselines:BASELINES"),
    RegisteredGrammar(20, "programs.json_stats:JSON_STATS"),
    RegisteredGrammar(20, "programs.marked:DLLOGGER"),
    RegisteredGrammar(20, "programs.marked:MLLOG"),
    RegisteredGrammar(20, "programs.darknet:DARKNET"),
    RegisteredGrammar(20, "programs.dl4j:DL4J"),
    RegisteredGrammar(20, "programs.openmmlab:MMENGINE"),
    RegisteredGrammar(20, "programs.torchvision:EPOCH_BATCH"),
    RegisteredGrammar(20, "programs.keras:KERAS"),
    RegisteredGrammar(20, "programs.flair:FLAIR"),
    RegisteredGrammar(20, "programs.boosting:BOOSTING"),
    RegisteredGrammar(20, "programs.espnet:ESPNET"),
    RegisteredGrammar(20, "programs.marian:MARIAN"),
    RegisteredGrammar(20, "programs.vits:VITS"),
    RegisteredGrammar(20, "programs.ngcf:NGCF"),
    RegisteredGrammar(20, "programs.tesseract:TESSERACT"),
    RegisteredGrammar(20, "programs.xlm:XLM"),
    RegisteredGrammar(20, "programs.trax:TRAX"),
    RegisteredGrammar(20, "programs.allennlp:ALLENNLP"),
    RegisteredGrammar(20, "programs.kaldi:NNET3"),
    RegisteredGrammar(20, "programs.waveglow:TACOTRON"),
    RegisteredGrammar(20, "programs.waveglow:WAVEGLOW"),
    RegisteredGrammar(20, "programs.fasttext:FASTTEXT"),
    RegisteredGrammar(20, "programs.r_optim:R_OPTIM"),
    RegisteredGrammar(20, "programs.vowpal_wabbit:VOWPAL_WABBIT"),
    RegisteredGrammar(20, "programs.coqui:COQUI"),
    RegisteredGrammar(20, "programs.parlai:PARLAI"),
    RegisteredGrammar(20, "programs.estimator:ESTIMATOR"),
    RegisteredGrammar(20, "programs.lerobot:LEROBOT"),
    RegisteredGrammar(20, "programs.rwkv:RWKV"),
    RegisteredGrammar(20, "programs.sas:SAS"),
    RegisteredGrammar(20, "programs.opennlp:OPENNLP"),
    RegisteredGrammar(20, "programs.brackets:GROUPS"),
    RegisteredGrammar(50, "programs.bars:BARS"),
    RegisteredGrammar(60, "printed_tables:TABLE"),
    RegisteredGrammar(80, "generic:GENERIC"),
    RegisteredGrammar(85, "programs.histories:HISTORIES"),
    RegisteredGrammar(90, "generic:COUNTED"),
    RegisteredGrammar(95, "programs.bare:BARE"),
)


@cache
def grammars() -> tuple[Grammar, ...]:
    """Every grammar, in the order of `GRAMMARS`."""
    return tuple(_grammar(grammar.where) for grammar in sorted(GRAMMARS, key=lambda grammar: grammar.priority))


def _grammar(line: str) -> Grammar:
    module, _, name = line.partition(":")
    return cast(Grammar, getattr(import_module(f"loglens.readers.console.{module}"), name))


def evidence(rows: Iterator[PrintedRow]) -> int:
    """How many rows measure something."""
    return sum(measures([tag for tag, _ in row.values]) for row in rows)


def measures(tags: Sequence[str]) -> bool:
    """Whether one of the names of a row measures something, or the row tells of the training without saying what it
    is that it tells."""
    return any(map(MEASURED.search, tags)) or of_data(tags)


def of_data(tags: Sequence[str]) -> bool:
    """Whether figures are named after their data alone, those of the training beside others, beside their running mean
    or beside the rate: "Epoch 3 | train 0.43 | val 0.50", "batch 3: train= 196.8 ema= 198.8", "3: total 0.43 lr 0.1";
    a sum beside its parts as well: "x 0.25, y 0.28, conf 3.7, cls 0.80, total 9.8"."""
    bare = {tag.casefold() for tag in tags}
    beside = not bare.isdisjoint(RATES) or not bare.isdisjoint(BARE_HELD_OUT)
    if not bare.isdisjoint(BARE_TRAIN):
        return beside or not bare.isdisjoint(SMOOTHED)
    return (beside or len(bare & BARE_PARTS) >= 2) and not bare.isdisjoint(BARE_SUMS)


def grammar_of(lines: Lines) -> Grammar | None:
    """The grammar of a sample of lines, None where there is none.

    The first in order that explains at least half as many lines as the best does. A single line of figures is enough
    where another says at which step the loss was NaN: the training came no further; two are where it does not say at
    which, a few where nothing else is said.
    """
    found = [(grammar, evidence(grammar.read(lines))) for grammar in grammars()]
    best = max(count for _, count in found)
    enough = [(grammar, count) for grammar, count in found if count >= grammar.evidence]
    alone = (
        best >= FEWEST_ALONE
        and best == sum(1 for line in lines if line.strip())
        and all(len(PAIRS.findall(line)) >= 3 for line in lines if line.strip())
    )
    stopped = best and not enough and any(map(tells_stop if best == 1 else tells_nan, lines))
    if best and not enough and (alone or stopped):
        enough = [(grammar, count) for grammar, count in found if count]
    return next((grammar for grammar, count in enough if grammar.decisive or 2 * count >= best), None)


class Names(dict[bytes, str]):
    """Names as text, decoded and trimmed once each."""

    def __missing__(self, raw: bytes) -> str:
        name = self[raw] = " ".join(raw.decode("utf-8", errors="replace").split())
        return name
