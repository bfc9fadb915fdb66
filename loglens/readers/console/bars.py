"""Progress bars with figures behind them, as tqdm, Lightning, Ignite and rich draw them again and again.

    Epoch 3:  45%|████▌     | 54/120 [00:04<00:05, 11.90it/s, v_num=0, train_loss=0.21, val_loss=0.3]
    Epoch [1/5]: [14/38]  37%|███▋      , loss=0.685 [00:00<00:00]
    Epoch 0/4  ━━━━━━━━━━━━━━━━ 64/64 0:00:00 • 0:00:00 189.55it/s v_num: 0.000 train_loss: 0.693

A bar shows what it was last told: a training's bar repeats the validation loss of the epoch before in every frame, and
is drawn once with the new count before it is drawn with the new loss. So the last frame of a count is read, and what
was held out counts where it changes and where the bar is full.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from loglens.readers.contract.points import INT64

FRAME = re.compile(rb"(?<!\d)\d{1,3}%\|[^|\[\],]*(?:\||(?=[,\[]))")
RICH = re.compile(rb"(?:\xe2\x94\x81|\xe2\x95[\xb8\xba])[\xe2\x94\x81\x95\xb8\xba\s]*+(?=(\d+/\d+ \d+:\d+:\d+)?)")
ENDLESS = re.compile(rb"(?<![\w.])(?=\d+it \[\d+:\d+, )")
COUNT = re.compile(rb"(?<![\w.:/])(\d+(?:\.\d+)?)([kKMG]?)(?:/(\d+(?:\.\d+)?)([kKMG]?)|/\?|it)(?![\w.:/])")
CLOCK = re.compile(
    rb"\[?(?<!\d)\d++:[\d:]++(?:\s*+(?:<|\xe2\x80\xa2)\s*+[^,\s\]]++)?,?\s*+(?:[\d.?]++[kMG]?\s*+[^\s,\]=/]*+/[^\s,\]=]++)?"
)
HELD_OUT = re.compile(
    rb"(?<![a-z])(?:val(?:id(?:ation|ating|ate)?)?|eval(?:uation|uating|uate)?|test(?:ing)?|dev)(?![a-z])",
    re.IGNORECASE,
)
SCALES = {b"": 1, b"k": 1_000, b"K": 1_000, b"M": 1_000_000, b"G": 1_000_000_000}


class Frame(NamedTuple):
    """A bar as it was drawn once. `said`: what stands around the graph, without its clock and its rate."""

    done: int
    total: int | None
    held_out: bool
    said: bytes


def frame_of(line: bytes) -> Frame | None:
    """The bar in a line, None where there is none or where it counts nothing."""
    if b"%|" in line:
        found = FRAME.search(line)
    elif b"\xe2\x94\x81" in line:
        found = next((item for item in RICH.finditer(line) if item[1]), None)
    else:
        found = ENDLESS.search(line) if b"it [" in line else None
    if found is None:
        return None
    before, after = line[: found.start()], line[found.end() :]
    place, here = COUNT.search(after), True
    if place is None or b"[" in after[: place.start()]:
        place, here = next(reversed(list(COUNT.finditer(before))), None), False
    if place is None:
        return None
    if here:
        after = after[: place.start()] + after[place.end() :]
    else:
        before = before[: place.start()]
    done, total = float(place[1]) * SCALES[place[2]], float(place[3] or 0) * SCALES[place[4] or b""]
    if max(done, total) >= INT64:
        return None
    said = before.rstrip(b" :") + b" " + CLOCK.sub(b" ", after, count=1).replace(b" - ", b"=")
    return Frame(round(done), None if place[3] is None else round(total), HELD_OUT.search(before) is not None, said)
