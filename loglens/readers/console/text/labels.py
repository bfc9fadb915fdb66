"""What a launcher, a container or a logger puts before every line of a program that knows nothing of it.

[rank0]: epoch  train_loss       trainer-1  | epoch  train_loss       2024-05-01 12:00:00,123 - INFO - epoch  train_loss
[rank0]:     1      0.6888       trainer-1  |     1      0.6888       2024-05-01 12:00:07,004 - INFO -     1      0.6888

Tables and bars, whose lines begin with figures, are hidden by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

TIME = (
    rb"\[?\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?[ T_-]\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    rb"|\[?\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\]?"
)
LEVEL = rb"\[?(?:INFO|DEBUG|NOTICE|WARNING|TRACE|info|debug|notice)\]?"
APART = rb"(?:[ \t]{1,9}(?:[-|:][ \t]{1,9})?|(?=\[))"
LABEL = re.compile(
    rb"(?:"
    rb"\[(?:rank|default|worker|node|gpu|proc|host)[ _:-]?\d{1,5}\]:? ?"  # torchrun, DeepSpeed
    rb"|\d{1,5}: "  # srun --label
    rb"|[\w.-]{1,60}[-_]\d{1,5} {1,20}\| "  # docker compose
    rb"|\([\w.-]{1,60} pid=\d{1,9}[^()\n]{0,60}\) "  # Ray
    rb"|[IWD]\d{4} \d\d:\d\d:\d\d\.\d{1,9} {1,9}\d{1,9} [\w./-]{1,80}:\d{1,6}\] "  # glog
    rb"|(?:" + TIME + rb")(?:" + APART + rb"\[?[\w.<>:/-]{1,80}\]?){0,3}?" + APART + LEVEL +
    rb"(?:" + APART + rb"[\w.<>/-]{1,60}(?::[\w.<>-]{1,60})?:\d{1,6})?(?:[ \t]{0,9}[-|:\]])?[ \t]?"  # logging, Hydra
    rb"|" + LEVEL + rb"(?::[\w.-]{1,60}:|[ \t]{0,9}[-|:][ \t]?|[ \t])"
    rb"|(?:" + TIME + rb")[ \t]"  # kubectl and docker logs with --timestamps, ts
    rb")"
)  # fmt: skip
LOOKED_AT = 400
"""Lines that show whether there is a label."""
SHARE, FEWEST = 0.9, 3


def labelled(lines: Sequence[bytes]) -> bool:
    """Whether nearly every line begins with a label."""
    some = [line for line in lines[:LOOKED_AT] if line.strip()]
    return sum(LABEL.match(line) is not None for line in some) >= max(FEWEST, SHARE * len(some))


def unlabelled(line: bytes) -> bytes:
    found = LABEL.match(line)
    return line[found.end() :] if found else line


NUMBERED = re.compile(rb"\s{0,9}(\d{1,12}):(?=\s)")
GROWS = 0.9
"""Share of the lines that begin with a number, and of their numbers that are larger than the one before."""
FEWEST_NUMBERS = 4
SINCE_1970 = 1e8
"""Seconds, from which on a number is a time."""


def numbered(lines: Sequence[bytes]) -> bool:
    """Whether nearly every line begins with a number that grows: a counter without its word ("120: loss 0.5"), where
    the number of a process stays."""
    some = [line for line in lines if line.strip()]
    found = [int(number[1]) for line in some if (number := NUMBERED.match(line))]
    own = len(set(found))
    if not found or found[0] >= SINCE_1970 or (2 * own <= len(found) and own**2 < 2 * len(found)):
        return False  # times, or a few processes in turn, again and again: epochs have many steps
    grown = sum(last < step for last, step in pairwise(found))
    return len(found) >= max(FEWEST_NUMBERS, GROWS * len(some)) and grown >= GROWS * (len(found) - 1)


def with_word(line: bytes) -> bytes:
    """A line whose counter has its word."""
    return NUMBERED.sub(rb"step \1:", line, count=1)


COMMENT = re.compile(rb"[ \t]{0,12}+(?:%{1,6}+|#{1,6}+|/{2,6}+|>{1,6}+|-{2,6}+)[ \t]{1,4}+(?=\S)")
"""The mark of a comment: a log that was pasted into a script, or quoted."""
FEWEST_COMMENTS = 5


def commented(lines: Sequence[bytes]) -> bool:
    """Whether a good many lines are comments."""
    return sum(COMMENT.match(line) is not None for line in lines) >= FEWEST_COMMENTS


def uncommented(line: bytes) -> bytes:
    """A line without the mark of a comment."""
    return COMMENT.sub(b"", line, count=1)
