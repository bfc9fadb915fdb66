"""What readers make of damaged event files: `python -m tests.benchmarks.damage` prints the table.

A file of 5,000 points (5 tags, 1,000 steps) is damaged in its middle or at its end, and read by TensorBoard's
EventAccumulator, by its data server (with its checksum option, and as it runs by default) and by LogLens.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from loglens.readers.tensorboard.events.records.crc32c import masked
from loglens.readers.tensorboard.reader import TensorBoard
from tests.benchmarks import event_files as files
from tests.benchmarks import peers
from tests.benchmarks.readme import write_block

Damaged = tuple[bytes, int]
"""The bytes of the damaged file, and where a reader should say that the damage is."""


def record_bounds(data: bytes) -> list[tuple[int, int]]:
    """Where each record of a whole file begins and ends."""
    bounds = []
    at = 0
    while at < len(data):
        end = at + 16 + int(struct.unpack_from("<Q", data, at)[0])
        bounds.append((at, end))
        at = end
    return bounds


def _flipped(data: bytes, at: int, place: int) -> Damaged:
    return data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :], place


def _middle(data: bytes) -> tuple[int, int]:
    bounds = record_bounds(data)
    return bounds[len(bounds) // 2]


def value_flipped(data: bytes) -> Damaged:
    begin, end = _middle(data)
    return _flipped(data, end - 6, begin)


def payload_checksum_flipped(data: bytes) -> Damaged:
    begin, end = _middle(data)
    return _flipped(data, end - 2, begin)


def length_flipped(data: bytes) -> Damaged:
    begin, _end = _middle(data)
    return _flipped(data, begin, begin)


def header_checksum_flipped(data: bytes) -> Damaged:
    begin, _end = _middle(data)
    return _flipped(data, begin + 9, begin)


def stray_bytes(data: bytes) -> Damaged:
    begin, _end = _middle(data)
    return data[:begin] + b"\xa5" * 37 + data[begin:], begin


def absurd_length(data: bytes) -> Damaged:
    begin, _end = _middle(data)
    header = struct.pack("<Q", 1 << 60)
    return data[:begin] + header + struct.pack("<I", masked(header)) + data[begin + 12 :], begin


def last_record_cut(data: bytes) -> Damaged:
    return data[:-9], record_bounds(data)[-1][0]


def zeros_at_the_end(data: bytes) -> Damaged:
    return data + bytes(4096), len(data)


DAMAGES: dict[str, Callable[[bytes], Damaged]] = {
    "a value byte flipped": value_flipped,
    "payload checksum flipped": payload_checksum_flipped,
    "length flipped": length_flipped,
    "header checksum flipped": header_checksum_flipped,
    "37 stray bytes between records": stray_bytes,
    "a length of 2**60, checksum valid": absurd_length,
    "last record cut": last_record_cut,
    "4 kB of zeros at the end": zeros_at_the_end,
}


def _cell(read: Callable[[Path], peers.Table], path: Path, whole: peers.Table) -> str:
    """How many points a reader kept, and whether each is one that was written."""
    try:
        kept = read(path)
    except peers.ReaderDiedError as error:
        return f"**dies** ({error})"
    count = sum(map(len, kept.values()))
    wrong = sum(1 for tag, points in kept.items() for point in points if point not in whole.get(tag, set()))
    return f"{count:,}" + (f", **{wrong} wrong**" if wrong else "")


def _loglens(path: Path) -> str:
    (log,) = TensorBoard().read([path])
    count = sum(len(column.steps) for column in log.columns)
    return f"{count:,}, told at byte {', '.join(str(problem.offset) for problem in log.problems) or 'none'}"


def table() -> str:
    """The damage table, as Markdown."""
    readers = {name: read for name, read in peers.POINTS.items() if peers.available(name)}
    lines = [
        "| damage | " + " | ".join(readers) + " | LogLens |",
        "|---|" + "---|" * (len(readers) + 1),
    ]
    with tempfile.TemporaryDirectory() as folder:
        whole = files.regular(Path(folder, "whole", files.FILE_NAME), 5, 1000)
        points = peers.POINTS["EventAccumulator"](whole.parent)
        for number, (name, damage) in enumerate(DAMAGES.items()):
            path = Path(folder, str(number), files.FILE_NAME)
            path.parent.mkdir()
            path.write_bytes(damage(whole.read_bytes())[0])
            cells = [_cell(read, path.parent, points) for read in readers.values()]
            lines.append("| " + " | ".join([name, *cells, _loglens(path)]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    said = table()
    sys.stdout.write("Points kept of 5,000.\n\n" + said + "\n")
    if options.write:
        write_block("benchmark:damage", said)


if __name__ == "__main__":
    main()
