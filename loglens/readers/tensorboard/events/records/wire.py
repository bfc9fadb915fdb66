"""One event by hand, for the few kinds of event that make up nearly all of a log.

Protocol buffers put a key (field number * 8 + wire type) before every field: tensorflow/core/util/event.proto and
framework/summary.proto have the numbers. This reads only the canonical form that writers emit (fields in order, none
twice); for anything else it returns None, and `protobuf` reads the event.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SCALARS, TEXT, HPARAMS = "scalars", "text", "hparams"

# Event: wall_time=1 (double), step=2, file_version=3, graph_def=4, summary=5, log_message=6, session_log=7,
#        tagged_run_metadata=8, meta_graph_def=9, source_metadata=10
_WALL, _STEP, _VERSION, _SUMMARY, _SOURCE = 0x09, 0x10, 0x1A, 0x2A, 0x52
_NO_POINTS = {0x22: "graph", 0x32: "log message", 0x42: "run metadata", 0x4A: "graph"}
# Summary.Value: tag=1, simple_value=2 (float), image=4, histo=5, audio=6, tensor=8, metadata=9
_VALUE, _TAG, _SIMPLE, _TENSOR, _METADATA = 0x0A, 0x0A, 0x15, 0x42, 0x4A
_OLD_KINDS = {0x22: "image", 0x2A: "histogram", 0x32: "audio"}
# TensorProto: dtype=1, tensor_shape=2, tensor_content=4, float_val=5, double_val=6
_DTYPE, _SHAPE, _CONTENT, _FLOATS, _DOUBLES = 0x08, 0x12, 0x22, 0x2A, 0x32
_FLOAT, _DOUBLE = 1, 2

Data = bytes | memoryview
"""A payload; as a memoryview where it is too large to be copied for nothing."""

_read_double = struct.Struct("<d").unpack_from


class _Unknown(Exception):
    """The event is not of the canonical form."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """Where a scalar stands in a payload: its tag, the place of its value and how that is written ('<f4', '<f8').

    `tensor`: it is a tensor that the plugin `scalars` shows, not a simple value.
    """

    tag: bytes
    at: int
    code: str
    tensor: bool = False


@dataclass(slots=True)
class TensorShape:
    """What is in a payload. `step_size`: bytes of the step's varint (0: left out, the step is 0), at byte 10."""

    wall: float
    step: int
    step_size: int
    scalars: list[Scalar] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    plain: bool = True
    """Nothing but a wall time, maybe a step, and one summary."""


def shape_of(payload: Data) -> TensorShape | None:
    """What is in an event, None where it has to be read by protobuf."""
    try:
        return _event(payload)
    except (_Unknown, IndexError, struct.error):
        return None


def scalar_of(value: bytes) -> Scalar | None:
    """The scalar in one `Summary.Value`, None where it is another kind of value or has to be read by protobuf."""
    shape = TensorShape(0.0, 0, 0)
    try:
        _value(value, 0, len(value), shape)
    except (_Unknown, IndexError):
        return None
    return shape.scalars[0] if shape.scalars else None


def varint(data: Data, at: int) -> tuple[int, int]:
    """An unsigned varint of up to ten bytes, and where it ends."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    number = shift = 0
    for place in range(at, at + 10):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    raise _Unknown


def _field(data: Data, at: int, limit: int) -> tuple[int, int]:
    """The bounds of a length-delimited field whose length stands at `at`."""
    length, begin = varint(data, at)
    end = begin + length
    if end > limit:
        raise _Unknown
    return begin, end


def _event(data: Data) -> TensorShape:
    size = len(data)
    if data[0] != _WALL:
        raise _Unknown
    at, step, step_size = 9, 0, 0
    if size > 9 and data[9] == _STEP:
        step, at = varint(data, 10)
        step_size = at - 10
        if step >= 1 << 63:
            step -= 1 << 64
    shape = TensorShape(_read_double(data, 1)[0], step, step_size)
    if at == size:
        shape.plain = False
        return shape
    key = data[at]
    begin, end = _field(data, at + 1, size)
    if key == _SUMMARY and end == size:
        _summary(data, begin, end, shape)
        return shape
    shape.plain = False
    if key == _VERSION:
        while end < size:
            if data[end] != _SOURCE:
                raise _Unknown
            end = _field(data, end + 1, size)[1]
    elif key in _NO_POINTS and end == size:
        shape.passed.append(_NO_POINTS[key])
    else:
        raise _Unknown
    return shape


def _summary(data: Data, at: int, end: int, shape: TensorShape) -> None:
    while at < end:
        if data[at] != _VALUE:
            raise _Unknown
        begin, at = _field(data, at + 1, end)
        _value(data, begin, at, shape)


def _value(data: Data, at: int, end: int, shape: TensorShape) -> None:
    if data[at] != _TAG:
        raise _Unknown
    begin, at = _field(data, at + 1, end)
    tag = bytes(data[begin:at])
    key = data[at]
    if key == _SIMPLE:
        if at + 5 != end:
            raise _Unknown
        shape.scalars.append(Scalar(tag, at + 1, "<f4"))
    elif key == _TENSOR:
        begin, at = _field(data, at + 1, end)
        plugin = plugin_of(data, at, end)
        if plugin == SCALARS:
            shape.scalars.append(_tensor(data, begin, at, tag))
        elif plugin in ("", HPARAMS):
            raise _Unknown
        else:
            shape.passed.append(plugin.removesuffix("s"))
    elif key in _OLD_KINDS and _field(data, at + 1, end)[1] == end:
        shape.passed.append(_OLD_KINDS[key])
    else:
        raise _Unknown


def plugin_of(data: Data, at: int, end: int) -> str:
    """The plugin's name in a value's metadata (SummaryMetadata, plugin_data=1, plugin_name=1); '' where it has none."""
    if at == end or data[at] != _METADATA:
        return ""
    begin, stop = _field(data, at + 1, end)
    if stop != end or begin == stop or data[begin] != 0x0A:
        raise _Unknown
    begin, stop = _field(data, begin + 1, stop)
    if begin == stop or data[begin] != 0x0A:
        raise _Unknown
    begin, stop = _field(data, begin + 1, stop)
    return bytes(data[begin:stop]).decode("utf-8", errors="replace")


def _tensor(data: Data, at: int, end: int, tag: bytes) -> Scalar:
    if data[at] != _DTYPE:
        raise _Unknown
    dtype = data[at + 1]
    at += 2
    if data[at] == _SHAPE:
        if data[at + 1] != 0:  # not a single number
            raise _Unknown
        at += 2
    key, length = data[at], data[at + 1]
    if at + 2 + length != end:
        raise _Unknown
    if dtype == _FLOAT and length == 4 and key in (_CONTENT, _FLOATS):
        return Scalar(tag, at + 2, "<f4", tensor=True)
    if dtype == _DOUBLE and length == 8 and key in (_CONTENT, _DOUBLES):
        return Scalar(tag, at + 2, "<f8", tensor=True)
    raise _Unknown
