"""Comet's offline experiments: a zip with `experiment.json` and `messages.json`, one message a line."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract import limits
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import ZIP, is_zip
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.packed import member_of
from loglens.readers.contract.points import Points, as_number, as_setting, as_step

MESSAGES, EXPERIMENT = "messages.json", "experiment.json"
LOCAL_HEADER = struct.Struct("<4s5H3I2H")


@dataclass(frozen=True, slots=True, kw_only=True)
class CometZip:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="comet-offline", title="Comet offline experiment (zip)")

    def recognises(self, probe: Probe) -> bool:
        if not is_zip(probe):
            return False
        if EXPERIMENT.encode() in probe.head or MESSAGES.encode() in probe.head:
            return True
        try:
            with zipfile.ZipFile(probe.path) as archive:
                return MESSAGES in archive.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return False

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        for path in paths:
            yield read_archive(path)


def read_archive(path: Path) -> Log:
    """One archive as a log. An archive without its table of contents is read from the beginning as far as it goes."""
    problems: list[Problem] = []
    members = _members(path, problems)
    points = Points()
    config: dict[str, Setting] = {}
    no_step = _read_messages(members.get(MESSAGES, b""), path, points, config, problems)
    try:
        experiment = loaded(members.get(EXPERIMENT, b"{}"))
    except ValueError:
        experiment = {}
    if not isinstance(experiment, Mapping):
        experiment = {}
    if not len(points) and not problems:
        problems.append(Problem(path=str(path), message="the Comet archive holds no metric"))
    started = as_number(experiment.get("start_time"))
    notes = []
    if no_step:
        message = "points without a step are counted in order of writing"
        notes.append(Note(kind="guess", message=message, path=str(path), count=no_step))
    return Log(
        format=CometZip.meta.id,
        file=path,
        folder=path.parent,
        columns=points.columns(count_zero_steps=True),
        own_file=True,
        run_id=str(experiment.get("offline_id") or ""),
        started=None if started is None else started / 1000,
        rank=10,
        config=config,
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _members(path: Path, problems: list[Problem]) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            here = set(archive.namelist())
            return {name: member_of(archive, name, path) for name in (MESSAGES, EXPERIMENT) if name in here}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        message = f"the archive is damaged ({error}); what is whole at its beginning is read"
    except OSError as error:
        problems.append(Problem(path=str(path), message=f"the file cannot be opened ({error.strerror})"))
        return {}
    problems.append(Problem(path=str(path), message=message))
    try:
        return torn_members(limits.whole(path))
    except OSError:
        return {}


def torn_members(data: bytes) -> dict[str, bytes]:
    """The members of an archive that lost its end, unpacked one after the other as far as they go."""
    members: dict[str, bytes] = {}
    at = 0
    while data.startswith(ZIP, at) and at + LOCAL_HEADER.size <= len(data):
        _, _, flags, method, _, _, _, packed, _, name_length, extra_length = LOCAL_HEADER.unpack_from(data, at)
        start = at + LOCAL_HEADER.size + name_length + extra_length
        name = data[at + LOCAL_HEADER.size : at + LOCAL_HEADER.size + name_length].decode("utf-8", errors="replace")
        if method == zipfile.ZIP_DEFLATED:
            members[name], used = _inflated(data[start:])
            end = start + used
        else:
            end = start + packed
            members[name] = data[start:end]
        # a streamed member is followed by its sizes: the next header is looked for
        at = data.find(ZIP, end) if flags & 8 else end
        if at < start:
            break
    return members


def _inflated(data: bytes) -> tuple[bytes, int]:
    """What can be unpacked, in small pieces so that damage costs one piece and not the member; and how much it took."""
    unpacker = zlib.decompressobj(wbits=-15)
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(data), 1024):
        piece = data[at : at + 1024]
        if size > limits.FREE:
            break
        try:
            parts.append(unpacker.decompress(piece))
            size += len(parts[-1])
        except zlib.error:
            return b"".join(parts), at
        if unpacker.eof:
            return b"".join(parts), at + len(piece) - len(unpacker.unused_data)
    return b"".join(parts), len(data)


def _read_messages(data: bytes, path: Path, points: Points, config: dict[str, Setting], problems: list[Problem]) -> int:
    """Adds the metrics and the parameters of a message file; returns how many points came without a step."""
    counts: dict[str, int] = {}
    bad: list[int] = []
    for number, line in enumerate(data.splitlines(), start=1):
        if b"metric" not in line and b"param" not in line:
            continue
        try:
            payload = loaded(line)["payload"]
        except (ValueError, KeyError, TypeError):
            bad.append(number)
            continue
        if not isinstance(payload, Mapping):
            bad.append(number)
        elif isinstance(metric := payload.get("metric"), Mapping):
            _add_metric(metric, payload, points, counts)
        elif isinstance(param := payload.get("param"), Mapping) and param.get("source") != "auto-logged":
            value = param.get("paramValue")
            if value is None or isinstance(value, str | int | float):
                config[str(param.get("paramName"))] = as_setting(value) if isinstance(value, str) else value
    if bad:
        message = f"{len(bad)} messages are not whole; they are left out"
        problems.append(Problem(path=str(path), message=message, offset=bad[0]))
    return sum(counts.values())


def _add_metric(
    metric: Mapping[str, object], payload: Mapping[str, object], points: Points, counts: dict[str, int]
) -> None:
    name = str(metric.get("metricName"))
    context = metric.get("context") or payload.get("context")
    if context and not name.startswith(f"{context}_"):
        name = f"{context}_{name}"  # as Comet's charts name what was logged within train() or validate()
    value, step = as_number(metric.get("metricValue")), as_step(metric.get("step"))
    if value is None:
        return
    if step is None:
        step = counts.get(name, 0)
        counts[name] = step + 1
    time = as_number(payload.get("local_timestamp"))
    points.add(name, step, value, None if time is None else time / 1000)
