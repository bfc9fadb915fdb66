"""fairseq and metaseq: JSON after `| train_inner |`, or the older `epoch 001:  100 / 5000 loss=12.3, ...`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import as_number

JSON_LINE = re.compile(rb"(?:^|\|\s*|\s)(train_inner|train|valid\w*|test)\s*+\|\s*+(?=\{)")
INNER_LINE = re.compile(rb"\|\s*epoch\s+\d+:\s+\d+\s*/\s*\d+\s+(.*)")
INNER_PAIR = re.compile(rb"(?<!\w)(\w++)=(" + NUMBER + rb")")
EPOCH_LINE = re.compile(rb"\|\s*(?:(train|valid\w*|test)\s*\|\s*)?epoch\s+\d+\s*\|(.*)")
EPOCH_PAIR = re.compile(rb"(?:(valid|train|test) on \S+ subset|(?<!\w)(\w++) (" + NUMBER + rb"))\s*(?:\||$)")
UPDATES = "num_updates"


def fairseq_rows(lines: Lines) -> Iterator[PrintedRow]:
    """Rows of all three kinds; the step is num_updates, names have the split before them as in TensorBoard."""
    names, step = Names(), 0
    for number, line in enumerate(lines, start=1):
        if b"|" not in line:
            continue
        split, values = _values(line, names)
        if not values:
            continue
        updates = values.pop(UPDATES, None)
        step = int(updates) if updates is not None and updates.is_integer() else step
        yield PrintedRow(step, [(f"{split}/{name}", value) for name, value in values.items()], number)


def _values(line: bytes, names: Names) -> tuple[str, dict[str, float]]:
    if b"{" in line:
        found = JSON_LINE.search(line)
        return _json_values(found[1].decode(), line[found.end() :]) if found else ("", {})
    if found := INNER_LINE.search(line):
        return "train_inner", {names[name]: float(value) for name, value in INNER_PAIR.findall(found[1])}
    if found := EPOCH_LINE.search(line):
        split = found[1].decode() if found[1] else "train"
        pairs = EPOCH_PAIR.findall(found[2])
        split = next((subset.decode() for subset, _, _ in pairs if subset), split)
        return split, {names[name]: float(value) for _, name, value in pairs if name}
    return "", {}


def _json_values(split: str, text: bytes) -> tuple[str, dict[str, float]]:
    try:
        printed = loaded(text)
    except ValueError:
        return split, {}
    if not isinstance(printed, Mapping):
        return split, {}
    numbers = {str(key).removeprefix(f"{split}_"): _number(value) for key, value in printed.items()}
    return split, {key: value for key, value in numbers.items() if value is not None}


def _number(value: object) -> float | None:
    """fairseq prints its numbers as strings."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return as_number(value)


def _counts(line: bytes) -> bool:
    updates = _values(line, Names())[1].get(UPDATES) if b"|" in line else None
    return updates is not None and updates.is_integer()


FAIRSEQ = Grammar(name="fairseq", title="fairseq, metaseq", read=fairseq_rows, settles=_counts)
