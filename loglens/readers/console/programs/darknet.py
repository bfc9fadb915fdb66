"""darknet: `100: 2.345678, 3.456789 avg loss, 0.001000 rate, 5.1 seconds, 6400 images`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

# darknet prints " 100: 2.345678, 3.456789 avg loss, 0.001000 rate, 5.1 seconds, 6400 images"

DARKNET_LINE = re.compile(rb"\s*(\d+): (" + NUMBER + rb"), (" + NUMBER + rb") avg(?: loss)?, (" + NUMBER + rb") rate")


def darknet_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The rate is named as in the network's configuration."""
    for number, line in enumerate(lines, start=1):
        if b" avg" in line and (found := DARKNET_LINE.match(line)):
            values = [("loss", float(found[2])), ("avg loss", float(found[3])), ("learning_rate", float(found[4]))]
            yield PrintedRow(int(found[1]), values, number)


DARKNET = Grammar(name="darknet", title="darknet console output", read=darknet_rows, settles=any_line)
