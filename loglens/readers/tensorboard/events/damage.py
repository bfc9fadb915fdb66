"""What was not whole in an event file, in words: each place with its offset, nothing skipped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from loglens.model.run import Problem
from loglens.readers.tensorboard.events.records.walk import Gap
from loglens.readers.tensorboard.events.stream import Source

_MOST_PLACES = 20
"""Damaged records that are named one by one; of more, the rest is counted."""


def problems_of(source: Source) -> tuple[Problem, ...]:
    """Everything that could not be read, in order of place."""
    found = [*_records(source), *(_gap(source, gap) for gap in source.walker.gaps)]
    found.sort(key=lambda problem: problem.offset or 0)
    if source.error:
        found.append(_problem(source, f"cannot be read: {source.error}", None))
    elif source.shrunk:
        message = f"the file was cut shorter than its {source.size} bytes while it was read; what was there is read"
        found.append(_problem(source, message, None))
    elif source.size == 0:
        found.append(_problem(source, "the file is empty (0 bytes): its writer never got to write to it", 0))
    return tuple(found)


def still_written(source: Source) -> bool:
    """Whether all that is wrong with the file is an unfinished record at its end, as while it is being written."""
    gaps = source.walker.gaps
    return len(gaps) == 1 and gaps[0].kind == "torn" and not source.columns.damaged and not source.error


def _problem(source: Source, message: str, offset: int | None) -> Problem:
    return Problem(path=str(source.path), message=message, offset=offset)


def _records(source: Source) -> Iterator[Problem]:
    for offsets, what in (
        (source.columns.damaged, "does not match its checksum and was left out"),
        (source.columns.undecodable, "holds no event, though its checksum holds, and was left out"),
    ):
        offsets = sorted(offsets)
        for offset in offsets[:_MOST_PLACES]:
            yield _problem(source, f"the record at byte {offset} {what}", offset)
        more = offsets[_MOST_PLACES:]
        if more:
            yield _problem(source, f"{len(more)} more records, the first at byte {more[0]}: each {what}", more[0])


def _gap(source: Source, gap: Gap) -> Problem:
    match gap.kind:
        case "passed over":
            message = (
                f"no record begins at byte {gap.offset} (damaged header or stray bytes): {gap.size} bytes were "
                f"passed over, up to the next record at byte {gap.offset + gap.size}"
            )
        case "torn":
            message = (
                f"the file ends inside a record, at byte {gap.offset}: {gap.size} bytes of it are there "
                "(its writer was stopped, or is still writing); everything before it was read"
            )
        case "zeros":
            message = (
                f"the file ends with {gap.size} zero bytes, from byte {gap.offset} on, as a crash of the machine "
                "leaves them; everything before them was read"
            )
        case "unreadable end":
            message = (
                f"no record begins at byte {gap.offset} (damaged header or stray bytes), nor anywhere in the "
                f"{gap.size} bytes up to the end of the file; everything before it was read"
            )
    return _problem(source, message, gap.offset)
