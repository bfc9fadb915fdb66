"""The counters of a printed line: epoch, step and total, with a word before them, behind them, or none.

Epoch [1/5], Step [100/600]     3/10 epoch     [0/5][50/1583]     Train: 1/3 (33%) [49/323 (15%)]     e001    [100]  a=1
"""

from __future__ import annotations

import re

from loglens.readers.console.shape import NumberPlace

COUNTER = re.compile(
    rb"(?<![\w./])(g(?:lobal)?[_ -]?step|n(?:um_)?updates|upd(?= ?[:=#]? {0,4}\d)"
    rb"|(?<=\d )b(?= {0,3}\d)|steps?|iterations?|iters?|it|updates?|batch(?:es)?|epochs?|ep"
    rb"|e(?=:\d{1,5}[ ,]{1,3}\[)|(?<![^\s\[(])(?:e|(?-i:i))(?=\d{1,7}[\s:,|\])])(?!\d{4} \d\d:)"
    rb"|rounds?|episodes?|(?:split|progress)(?=\s{1,4}\d{1,9}\s?/))"
    rb"(?:[ _-]?(?:idx|index|id|i)(?![a-z]))?+(?:\s++is(?=\s))?+"
    rb"\s*+[:=#]{0,2}\s*+[\[(]?\s*+(\d{1,3}(?:,\d{3})++|\d++)(?:\s*+(?:/|of)\s*+(\d++))?(?:\s*+\(\s*+[\d.]++%\s*+\))?"
    rb"(?![\w/]|\.\d|:\d)",
    re.IGNORECASE,
)
SPAN = re.compile(rb"\b(?:mini)?batch(?:es)? ?\[\s{0,6}(\d{1,9})-\s{0,6}(\d{1,9})\]", re.IGNORECASE)
"""The batches that a figure is of, as MXNet and CNTK print them: "Epoch[0] Batch [100-200]"."""
PART_OF_EPOCH = re.compile(rb"\A[^A-Za-z{\x27\"]{0,40}epoch\s?[:=]?\s{0,4}(\d{1,5}\.\d{1,4})(?![\d.])", re.IGNORECASE)
"""An epoch and how much of the next: "Epoch: 1.3   train loss: 1.72"."""
BEHIND_EPOCH = re.compile(
    rb"(?:(?<![\w./])(\d++)\s*+/\s*+\d++|\A[^A-Za-z]*?(?<![\w.:/-])(\d++)(?:st|nd|rd|th|\.)?+)\]?\s++epochs?\b(?!\s*+[:=#]?\s*+\[?\d)",
    re.IGNORECASE,
)
"""The number before its word: "3/10 epoch G_loss: 0.5", "3rd epoch, loss 0.5"."""
ALONE = re.compile(rb"\s*+(?:[#(]\s?|i\s?[:=]\s?|t\s?[:=]\s?)?(\d{1,9})\)?\s?[,;|)\-]?\s++(?=\[?[A-Za-z_])")
"""A number without a word before the first figure: "100 loss: 0.5", "100 [D loss: 0.5]". In "0: loss 0.5" it is a
process's."""
RULED = re.compile(rb"\s*+([-=*#~_+])\1{2,79}\s*+\[?(\d{1,6})\]?\s*+([-=*#~_+])\3{2,79}\s*+")
"""A number alone between rules, above what is told of it: "-----3-----", "===== 3 =====" ."""
SEEN = re.compile(
    rb"(?:(?<![\w./])(kimg|kframes)|(?<![\w./])(?:samples|images|imgs|examples|tokens|frames|sentences|words) "
    rb"(?:seen|processed|trained)|\A[^A-Za-z]{0,40}?(?:samples|images|imgs|examples|tokens|frames|sentences))"
    rb"\s{0,4}[:=#]?\s{0,6}(\d{1,3}(?:,\d{3})++|\d++(?:\.\d++)?)([kKMGB]?)(?![\w/%]|\.\d|:\d)"
)
"""What was trained on so far, where nothing else counts: "samples seen 1000000", "kimg 6.4", "tokens: 1.5M"."""
THOUSANDS = {b"k": 1e3, b"K": 1e3, b"M": 1e6, b"G": 1e9, b"B": 1e9}
DIGIT = re.compile(rb"\d")
BEHIND = re.compile(rb"(?<![\w./])(\d+)\s*/\s*(\d+)\s+(?:batch(?:es)?|steps|iter(?:ation)?s|updates)\b")
BRACKET = re.compile(rb"[\[(]\s*(\d+)\s*/\s*(\d+)(?:\s*\(\s*[\d.]+%\s*\))?\s*[\])]")
NESTED = re.compile(  # "Train: 1/3 (33%) [49/323 (15%)]"
    rb"(?<![\w./])(\d+)/\d+\s*\(\s*[\d.]+%\s*\)\s*\[\s*(\d+)\s*/\s*(\d+)(?:\s*\(\s*[\d.]+%\s*\))?\s*\]"
)
NEXT = re.compile(rb"\s?[,;:|]\s+(\d+)\s*/\s*(\d+)(?=[\s,;:|])")  # "Epoch  1,    50/ 1500; acc"
INDEXED = re.compile(rb"\]?\[(\d{1,9})\]()(?=[\s,;:|])")  # "Epoch: [0][50]; Time"
ROUND = re.compile(
    # boosting: "[10]  train-rmse:0.52", clu: "logging_writer.py:48] [100] loss=0.5", llama2.c: "100 | loss 0.5"
    # gpt-2-simple: "[100 | 91.40] loss=0.5"
    rb"(?:\A|\A\[[\d:. -]++\]\s*+|(?<![\w.])[\w.]++:\d++\]\s*+)"
    rb"(?:\[(\d++)(?: \| \d++\.\d++)?\]\s|(\d++)\s++\|\s++(?=[A-Za-z]))"
)
LEADING = re.compile(
    rb"\s*(?:[A-Z]\s{1,6}|[\x80-\xff]{2,12}\s{1,6})?(\d+)/(\d+)(?=[\s:])"
)  # also "A   20/1200  loss=26.07", of phase A
PAIRED = re.compile(rb"\s*\[\s*(\d+)(?:,\s*|/\d+\s*\]\s*\[\s*)(\d+)(?:/(\d+))?\s*\]")  # also "[0/5][50/1583]"
FINE = (
    b"global",
    b"gstep",
    b"num_up",
    b"nup",
    b"step",
    b"it",
    b"up",
    b"batch",
)  # the training step, the best word for it first


def _is_epoch(word: bytes) -> bool:
    """A counter's word: epoch, ep, or the lone letter of "E:3 [20/1000]"."""
    return word[:2].lower() in (b"ep", b"e")


def counters_of(line: bytes) -> tuple[list[NumberPlace], list[tuple[int, int]]]:
    """The places of epoch, step and total, and the stretches of the line that counters take up."""
    if ruled := RULED.fullmatch(line):
        return [NumberPlace(*ruled.span(2), "epoch")], [ruled.span()]
    found = list(COUNTER.finditer(line))
    taken = [item.span() for item in found]
    epoch = next((item for item in found if _is_epoch(item[1])), None)
    fine = [item for item in found if not _is_epoch(item[1])]
    step = _micro_batch(fine) if epoch is None and b"iter time" in line else None
    step = step or min(fine, key=_coarseness, default=None)
    places = [] if epoch is None else [NumberPlace(*epoch.span(2), "epoch")]
    if epoch is None and (behind_epoch := BEHIND_EPOCH.search(line)):
        places.append(NumberPlace(*behind_epoch.span(behind_epoch.lastindex or 1), "epoch"))
        taken.append(behind_epoch.span())
        if step is None:
            return places, taken
    nested = NESTED.search(line) if epoch is None and step is None and b"%" in line else None
    if nested:
        places += [NumberPlace(*nested.span(at), kind) for at, kind in enumerate(("epoch", "step", "total"), start=1)]
        taken.append(nested.span())
    elif step is not None and (span := SPAN.match(line, step.start())):
        places.append(NumberPlace(*span.span(2), "step"))
        taken.append(span.span())
    elif step is not None:
        places += _step_places(step)
        if epoch is None and step[3] and (before := BRACKET.search(line, 0, step.start())):
            places.append(NumberPlace(*before.span(1), "epoch"))  # "[01/10] batch 13/391 loss 2.61"
            taken.append(before.span())
    elif span := SPAN.search(line):
        places.append(NumberPlace(*span.span(2), "step"))
        taken.append(span.span())
    elif counted := _unnamed_count(line, epoch):
        places += [NumberPlace(*counted.span(at), kind) for at, kind in enumerate(("step", "total"), 1) if counted[at]]
        taken.append(counted.span())
    elif epoch is None:
        unnamed, stretch = _wordless(line)
        places += unnamed
        if not places:
            places, stretch = _seen(line)
        taken += [stretch] if places and stretch is not None else []
    return places, taken


def _micro_batch(fine: list[re.Match[bytes]]) -> re.Match[bytes] | None:
    """The iterations of lit-gpt's "iter 12 step 1: loss 0.8, iter time: 840ms", of which several make a step; None
    where the line does not begin so, for "iter" may count within what another counter counts."""
    if len(fine) < 2 or not fine[0][1].lower().startswith(b"it") or not fine[1][1].lower().startswith(b"step"):
        return None
    return fine[0] if int(fine[0][2].replace(b",", b"")) >= int(fine[1][2].replace(b",", b"")) else None


def _wordless(line: bytes) -> tuple[list[NumberPlace], tuple[int, int] | None]:
    """The counters at the beginning of a line that no word names, and the stretch that they take up."""
    if lead := ROUND.search(line):
        return [NumberPlace(*lead.span(lead.lastindex or 1), "step")], lead.span()
    if of := LEADING.match(line):
        return [NumberPlace(*of.span(1), "step"), NumberPlace(*of.span(2), "total")], of.span()
    if pair := PAIRED.match(line):
        places = [NumberPlace(*pair.span(1), "epoch"), NumberPlace(*pair.span(2), "step")]
        return [*places, NumberPlace(*pair.span(3), "total")] if pair[3] else places, pair.span()
    return [], None


def _seen(line: bytes) -> tuple[list[NumberPlace], tuple[int, int] | None]:
    """The samples, tokens or images seen so far, where nothing else counts, or the thousandths of epochs."""
    if part := PART_OF_EPOCH.search(line):
        return [NumberPlace(*part.span(1), "step", scale=1000.0)], part.span()
    if (seen := SEEN.search(line)) is None:
        return [], None
    scale = THOUSANDS[seen[3]] if seen[3] else 1e3 if b"." in seen[2] and seen[1] else 1.0
    if scale == 1.0 and b"." in seen[2]:
        return [], None
    return [NumberPlace(*seen.span(2), "step", scale=scale)], seen.span()


def _unnamed_count(line: bytes, epoch: re.Match[bytes] | None) -> re.Match[bytes] | None:
    """Where a step, and mostly a total, stand whose word comes behind them, or has none behind an epoch."""
    if behind := BEHIND.search(line):
        return behind
    if epoch is None:
        return None
    return NEXT.match(line, epoch.end()) or INDEXED.match(line, epoch.end()) or BRACKET.search(line, epoch.end())


def _step_places(step: re.Match[bytes]) -> list[NumberPlace]:
    places = [NumberPlace(*step.span(2), "step")]
    return [*places, NumberPlace(*step.span(3), "total")] if step[3] else places


def _coarseness(counter: re.Match[bytes]) -> int:
    word = counter[1].lower()
    return next((rank for rank, start in enumerate(FINE) if word.startswith(start)), len(FINE))
