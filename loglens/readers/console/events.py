"""What a log says in words: overflows, a stop at NaN, out of memory, signals, restarts, checkpoints, changed rates.

Lines are found by fixed pieces of words first, in the whole text at once, and only those few are looked at closely.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loglens.model.run import Event, EventKind, IntArray
from loglens.readers.contract.times import time_of

LONGEST = 2000
"""Bytes of a line that are looked at."""
TEXT = 200
MOST, LAST = 500, 100
"""Events of a kind that are kept, and how many of them are the last ones."""
IN_VAIN = 400
"""Lines with a piece of word that tell nothing, after which the piece is given up: it is in every line of figures."""
_PIECE = 1 << 18

_GAP = rb"[^\n]{0,60}?"
"""Whatever lies between two words; where many words may follow, their first letters are asked for before them."""


def _words(*alternatives: bytes) -> re.Pattern[bytes]:
    return re.compile(b"|".join(alternatives), re.IGNORECASE)


KINDS: tuple[tuple[EventKind, tuple[bytes, ...], re.Pattern[bytes]], ...] = (
    ("out_of_memory", (b"out of memory", b"outofmemory", b"oom", b"exhausted", b"bad_alloc", b"alloc_failed"), _words(
        rb"out of memory", rb"OutOfMemory", rb"oom[-_ ]?kill", rb"\bOOM\b(?!\W{0,3}\d)", rb"RESOURCE_?EXHAUSTED",
        rb"std::bad_alloc", rb"CUBLAS_STATUS_ALLOC_FAILED",
    )),
    ("nan_stop", (b"loss is ", b"nan", b"finite", b"invalid loss", b"floatingpointerror"), _words(
        rb"\bloss (?:is|became|was|turned|has become|value is)(?: to)? (?:nan|[-+]?inf\b|infinite|"
        rb"not (?:finite|a number)|non-?finite)",
        rb"\b(?:nan|inf|infinite|non-?finite|not finite)\b" + _GAP + rb"\b(?=[saethqb])(?:stop|abort|exit|terminat|"
        rb"halt|end(?:ing)? training|quit|break)",
        rb"\b(?:stop|abort|terminat|halt|exit|crash|fail)\w*+" + _GAP + rb"\b(?:nan|non-?finite|"
        rb"not finite|infinite)\b",
        rb"\bnan(?:s)? (?:loss(?:es)? (?:detect|encounter|at|during|found)|or inf|detected|encountered|"
        rb"found|values?\b)",
        rb"\b(?:detected|encountered|found|got) (?:an? )?(?:nan|inf\b|infinite|non-?finite)",
        rb"nan\w{0,12}?loss\w{0,40}?error", rb"invalid loss, terminating", rb"FloatingPointError",
        rb"\b(?:loss|gradients?|grads?|grad norm)\b[^\n]{0,20} (?:are|is|not|contains?) (?:not finite|"
        rb"finite|non-?finite|nan)\b(?! mask)",
    )),
    ("diverged", (b"diverg", b"explod"), _words(
        rb"\b(?:model|training|train|loss|run|optimi[sz]\w+)\b" + _GAP + rb"\bdiverg(?:ed|ing|es|e)\b",
        rb"\bdiverg(?:ed|ing)\b" + _GAP + rb"\b(?:loss|training|model)\b", rb"\bhas diverged\b",
        rb"\b(?:loss|gradients?) (?:is |are |has |have )?explod(?:ed|ing|es?)", rb"\bexploding (?:loss|gradients?)",
    )),
    ("overflow", (b"overflow", b"loss scal", b"loss_scal", b"grad scal"), _words(
        rb"\bgrad(?:ient)?s? overflow", rb"\boverflow\b" + _GAP + rb"(?=[sdre])(?:skip|scal|detect|reduc|encounter)",
        rb"(?:skip|scal|detect|reduc)\w{0,12}+" + _GAP + rb"\boverflow\b",
        rb"\b(?:setting|reducing|decreasing|lowering|halving)\b[^\n]{0,30}(?:loss|grad)[ _-]scal",
        rb"\b(?:loss|grad)[ _-]scal\w*+[^\n]{0,20} (?:reduc|decreas|lower|halv)",
        rb"minimum (?:loss|grad)[ _-]scale? (?:is )?reached",
        rb"minimum loss scale", rb"loss scale (?:is )?(?:already )?at (?:its )?minimum",
    )),
    ("killed",
    (b"kill",
    b"signal",
    b"sigterm",
    b"sigint",
    b"sigusr",
    b"sigsegv",
    b"interrupt",
    b"time limit",
    b"preempt",
                b"segmentation fault", b"core dumped", b"cancelled at"), _words(
        rb"^\W*+(?:\d[\d:./ T-]*+\]?\s*+)?killed\W*+$",
        rb"\b(?:was|been|got|process|job|task|worker|child|line \d++:\s++\d++) killed\b",
        rb"\bkilled (?:by|process|due|after|worker)",
        rb"^\S++(?<=\S:) line \d++:\s++\d++ (?:killed|terminated|segmentation)",
        rb"\bSIG(?:TERM|KILL|INT|USR[12]|SEGV|ABRT|HUP)\b",
        rb"\b(?:received|caught|got|by|with) (?:a )?signal\b",
        rb"\bsignal[: ]+\d+\b(?!\s*/)",
        rb"KeyboardInterrupt",
        rb"due to time limit",
        rb"\bpreempted\b",
        rb"\bpreemption\b[^\n]{0,30}(?:notice|detect|signal)",
        rb"segmentation fault",
        rb"core dumped",
        rb"\bCANCELLED AT\b",
    )),
    ("lr_changed", (b"reducing", b"learning rate", b"learning_rate", b"reducelronplateau", b" lr "), _words(
        rb"\breducing (?:the )?(?:learning[ _]rate|lr)\b", rb"ReduceLROnPlateau",
        rb"\b(?:learning[ _]rate|lr)\b(?: (?:is|was|has been|will be))? (?:now )?(?:reduced|decreased|"
        rb"lowered|dropped|changed|annealed|decayed|halved|increased|raised)\b",
        rb"\b(?:decay|dropp?|lower|halv|anneal|adjust|decreas|chang|increas|rais|updat|cutt?)(?:e|ed|ing|"
        rb"s)? (?:the )?(?:learning[ _]rate|lr)\b[^\n]{0,40}(?:\bto\b|\bfrom\b|=|:|\bby\b)",
        rb"\b(?:setting|set|new) (?:the )?(?:learning[ _]rate|lr)\b[^\n]{0,12}(?:\bto\b|->)",
    )),
    ("scheduler_changed", (b"scheduler", b"overrid", b"checkpoint value"), _words(
        rb"\bscheduler\b" + _GAP + rb"\b(?:chang|replac|overrid|overwrit|differ|mismatch|reset|"
        rb"not (?:loaded|restored|found)|re-?initiali[sz])",
        rb"\b(?:chang|replac|overrid|overwrit|switch|reset|re-?initiali[sz])\w*+" + _GAP + rb"\bscheduler\b",
        rb"detected call of .{0,3}lr_scheduler\.step",
        rb"\boverrid\w++ (?:the )?(?:learning rate|lr|warmup|end iteration|decay|start learning)",
        rb"using checkpoint value [^\n]{0,40}(?:learning rate|warmup|decay|iterations)",
    )),
    ("resumed", (b"resum", b"restart", b"re-start", b"continu", b"starting from", b"picking up"), _words(
        rb"\bresum(?:ed|ing|e)\b(?!\w)[^\n=:]{0,30}?(?:\bfrom\b|\btraining\b|\bat\b|\brun\b|checkpoint|"
        rb"epoch|step|iteration)(?!\W{0,4}(?:none|false|null|''|\"\"))",
        rb"\bre-?start(?:ed|ing)?\b[^\n]{0,30}?\b(?:from|at|training)\b",
        rb"\bcontinu(?:e|ed|ing) (?:the )?(?:training |run )?from\b",
        rb"\bstarting from (?:epoch|step|iter\w*)\W{0,3}[1-9]", rb"\bpicking up\b[^\n]{0,30}from\b",
    )),
    ("checkpoint_loaded", (b"loading", b"loaded", b"restor", b"load checkpoint", b"load model"), _words(
        rb"\b(?:loading|loaded|load|restoring|restored|restore)\b" + _GAP + rb"(?=[cwsomp.])(?:\bcheckpoint|\bckpt|"
        rb"\bweights?\b|\bstate[ _]?dict|\bsnapshot|\boptimizer state|\bmodel from|\bpretrained|\.pth?\b|"
        rb"\.tar\b|\.ckpt|\.h5\b|\.safetensors)",
        rb"\bcheckpoint\b[^\n]{0,80}\b(?:loaded|restored)\b",
        rb"\brestoring (?:parameters|variables|model|all states|states|from)",
    )),
    ("stage_changed",
    (b"stage", b"phase", b"curriculum", b"unfreez", b"changing loss", b"resolution", b"length"), _words(
        rb"[=*#~-]{2}\s?(?:curriculum\s)?(?:stage|phase|lesson)\b[ :#]{0,2}(?:\d|one|two|three|four|ii)",
        rb"\b(?:enter|start|begin|switch|mov|advanc|progress|transition|proceed)\w{0,6}+\s(?:on |over |up )?"
        rb"(?:to |with |in |into )?(?:the )?(?:\w{1,12} )?(?:stage|phase|lesson|curriculum)\b(?! ?0)",
        rb"\b(?:curriculum|stage|phase|lesson)\b[ :#]{0,2}\d{0,2}:? ?(?:->|begins?\b|starts?\b|started\b|"
        rb"updated?\b|advanced?\b)",
        rb"\b(?:increas|grow|chang|switch|rais|extend|updat|doubl)\w{0,4}+\s(?:the )?"
        rb"(?:max(?:imum)?[ _]|training[ _])?(?:seq(?:uence)?|context|resolution|image|input|crop|clip)[ _]?"
        rb"(?:len(?:gth)?|size|resolution)?\b[^\n]{0,20}(?:\bto\b|->)",
        rb"\bchanging loss\b", rb"\bunfreez(?:e|ing|es)\b",
    )),
    ("started", (b"start", b"running training", b"begin"), _words(
        rb"\bstart(?:ing|ed|s)?(?: the| to| of)? (?:train|fine-?tun)",
        rb"\brunning training\b",
        rb"\btraining (?:is )?(?:start|begin)(?:s|ed|ing)?\b",
        rb"\bbegin(?:s|ning)?(?: the| to| of)? (?:train|fine-?tun)",
    )),
)  # fmt: skip
"""Kinds in the order in which a line is asked, each with pieces of words of which its lines have one."""

_STOPS: frozenset[EventKind] = frozenset({"nan_stop", "diverged"})
STOPPED_AT = re.compile(
    rb"\b(?:at |in )?(?:global[ _]?)?(?:iteration|iter|step)s?\s?[:=#]?\s?(\d{1,15})\b", re.IGNORECASE
)
"""The step that a line names: "Loss became infinite or NaN at iteration=27!"."""

_PLACES: dict[bytes, tuple[int, ...]] = {
    needle: tuple(place for place, (_, needles, _) in enumerate(KINDS) if needle in needles)
    for _, needles, _ in KINDS
    for needle in needles
}
"""The kinds that have a piece of word, by their places in KINDS."""

NOT = _words(
    rb"\b(?:saved?|saving|save_\w++|downloading|no checkpoint|not found|without|skip(?:ping)? (?:loading|resume))\b",
    rb"^\s*+[\"']?[\w.-]++[\"']?\s*+[:=]\s*+(?:none|false|true|null|\d++|'[^']*+'|\"[^\"]*+\"),?\s*+$",
    rb"(?<!\w)\w++=(?:none|false|true),",
)
"""Lines that name such a thing without telling that it happened: a saved checkpoint, a setting."""
NO_STAGE = _words(
    rb"\b(?:eval|valid|test|inference|predict|scheduler|learning[ _]rate|lr|warm-?up|cool-?down|constant|decay|anneal)"
    rb"\w{0,8}\b"
)
"""What a phase is of that is none of the training's task."""
_DENIED: frozenset[EventKind] = frozenset(
    {"resumed", "checkpoint_loaded", "started", "scheduler_changed", "lr_changed", "stage_changed"}
)
RATE = re.compile(rb"(?:to|->|=|:|is)\s*+(?:\[\s*+)?([-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?+)(?!\.*+\w)")


class EventLine(NamedTuple):
    """A line that tells something: its number from 1, and its text."""

    kind: EventKind
    line: int
    text: bytes


def said(text: bytes) -> list[EventLine]:
    """What a whole text says in words, in its order."""
    found: list[EventLine] = []
    vain: dict[bytes, int] = defaultdict(int)
    begin = before = 0
    while begin < len(text):
        end = text.find(b"\n", begin + _PIECE) + 1 or len(text)
        piece = text[begin:end]
        found += _said_in(piece, before, vain)
        before += len(piece.splitlines())
        begin = end
    return found


def said_in(others: Sequence[tuple[int, bytes]]) -> list[EventLine]:
    """The same of some lines of a long log, each with its number: those that are no figures like most."""
    text = b"\n".join(line for _, line in others)
    return [item._replace(line=others[item.line - 1][0]) for item in said(text)]


def _said_in(piece: bytes, before: int, vain: dict[bytes, int]) -> Iterator[EventLine]:
    """`before`: how many lines there were before the piece."""
    small = piece.lower()
    starts: dict[int, list[bytes]] = {}
    for needle in _PLACES:
        at = small.find(needle) if vain[needle] < IN_VAIN else -1
        found = 0
        while at >= 0 and found < IN_VAIN:
            begin = max(piece.rfind(b"\n", 0, at), piece.rfind(b"\r", max(0, at - LONGEST), at)) + 1
            starts.setdefault(begin, []).append(needle)
            found += 1
            at = small.find(needle, _line_end(piece, at))
    if not starts:
        return
    number, counted = before, 0
    for begin in sorted(starts):
        line = piece[begin : min(_line_end(piece, begin), begin + LONGEST)]
        kind = _kind(line, starts[begin])
        if kind is None:
            for needle in starts[begin]:
                vain[needle] += 1
            continue
        number += len(piece[counted:begin].splitlines())
        counted = begin
        yield EventLine(kind, number + 1, line)


def _line_end(piece: bytes, at: int) -> int:
    ends = [end for end in (piece.find(b"\n", at), piece.find(b"\r", at)) if end >= 0]
    return min(ends, default=len(piece))


def kind_of(line: bytes) -> EventKind | None:
    """What a line tells, None where it tells nothing of the kind."""
    small = line.lower()
    return _kind(line, [needle for needle in _PLACES if needle in small])


def _kind(line: bytes, needles: Sequence[bytes]) -> EventKind | None:
    for place in sorted({place for needle in needles for place in _PLACES[needle]}):
        kind, _, pattern = KINDS[place]
        if pattern.search(line):
            other = kind == "stage_changed" and NO_STAGE.search(line) is not None
            return None if other or (kind in _DENIED and NOT.search(line)) else kind
    return None


def tells_nan(line: bytes) -> bool:
    """Whether a line says that a training stopped at a loss that is NaN or infinite."""
    if len(line) > LONGEST or (b"nan" not in line.lower() and b"inf" not in line.lower()):
        return False
    return kind_of(line) == "nan_stop"


def tells_stop(line: bytes) -> bool:
    """Whether a line says so, and at which step."""
    return tells_nan(line) and STOPPED_AT.search(line) is not None


def stop_of(line: bytes) -> int | None:
    """The step at which a line says that the training stopped, None where it names none."""
    found = STOPPED_AT.search(line)
    return None if found is None else int(found[1])


def rate_of(line: bytes) -> float | None:
    """The learning rate that a line sets, None where it names none."""
    rates = RATE.findall(line)
    return float(rates[-1]) if rates and 0.0 <= float(rates[-1]) < 1e3 else None


def events_of(told: Sequence[EventLine], lines: IntArray, steps: IntArray) -> tuple[Event, ...]:
    """Events with the step that was logged last before them. `lines`, `steps` (n,): those of the rows, in order."""
    numbers = lines.tolist()
    events = []
    for item in _few(told):
        at = bisect_right(numbers, item.line) - 1
        step = int(steps[at]) if at >= 0 else None
        if item.kind in _STOPS and (told_step := stop_of(item.text)) is not None and (step is None or told_step > step):
            step = told_step
        events.append(Event(kind=item.kind, step=step, time=time_of(item.text), text=shown(item.text), line=item.line))
    return tuple(events)


def _few(told: Sequence[EventLine]) -> Iterator[EventLine]:
    """All of each kind, or its first and last ones where it came very often."""
    places: dict[EventKind, list[int]] = {}
    for at, event in enumerate(told):
        places.setdefault(event.kind, []).append(at)
    kept = {
        at
        for those in places.values()
        for at in (those if len(those) <= MOST else those[: MOST - LAST] + those[-LAST:])
    }
    return (event for at, event in enumerate(told) if at in kept)


def shown(line: bytes) -> str:
    """A line as one of printable characters, not longer than 200."""
    text = " ".join(
        "".join(item if item.isprintable() else " " for item in line.decode("utf-8", errors="replace")).split()
    )
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"
