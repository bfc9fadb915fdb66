"""One event by TensorBoard's own classes: what `wire` does not know. Slow to import and to run, and rarely needed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loglens.model.run import Setting
from loglens.readers.tensorboard.events.records.wire import HPARAMS, SCALARS

_BFLOAT16 = 14
_NO_NUMBERS = frozenset({7, 20, 21})  # string, resource, variant


class Undecodable(Exception):
    """The payload is no event, though its checksum holds."""


@dataclass(slots=True)
class DecodedEvent:
    """`points`: (tag, value) in order. `restart`: a session starts here, which undoes what is there from `step` on."""

    wall: float
    step: int
    points: list[tuple[str, float]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    restart: bool = False
    hparams: bool = False
    config: dict[str, Setting] = field(default_factory=dict)


def decode(payload: bytes, plugins: dict[str, str]) -> DecodedEvent:
    """Any event. `plugins`: see `Tags`; kept up to date here."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    try:
        message = event_pb2.Event.FromString(payload)
    except DecodeError as error:
        raise Undecodable(str(error)) from error
    event = DecodedEvent(message.wall_time, message.step)
    kind = message.WhichOneof("what")
    if kind == "session_log":
        event.restart = message.session_log.status == event_pb2.SessionLog.START
    elif kind == "summary":
        for value in message.summary.value:
            _value(value, event, plugins)
    elif kind not in (None, "file_version"):
        event.passed.append(kind.replace("_", " "))
    return event


def _value(value: Any, event: DecodedEvent, plugins: dict[str, str]) -> None:
    plugin = value.metadata.plugin_data.plugin_name or plugins.get(value.tag, "")
    if plugin:
        plugins[value.tag] = plugin
    kind = value.WhichOneof("value")
    if plugin == HPARAMS:
        event.hparams = True
        event.config.update(_settings(value.metadata.plugin_data.content))
    elif kind == "simple_value":
        event.points.append((value.tag, value.simple_value))
    elif kind == "tensor" and plugin == SCALARS:
        number = _number(value.tensor)
        if number is None:
            event.passed.append("scalar that is no single number")
        else:
            event.points.append((value.tag, number))
    elif kind == "tensor" and not plugin and (number := _number(value.tensor)) is not None:
        event.points.append((value.tag, number))  # `tf.summary.write` of a scalar, without its plugin
    elif plugin or kind:
        event.passed.append(plugin.removesuffix("s") or {"histo": "histogram"}.get(kind, kind))


def _number(tensor: Any) -> float | None:
    """The one number in a tensor, of whatever type and shape; None where it holds none or several."""
    from tensorboard.util import tensor_util

    if tensor.dtype in _NO_NUMBERS:
        return None
    if tensor.dtype == _BFLOAT16:
        return _bfloat16(tensor)
    try:
        array = tensor_util.make_ndarray(tensor)
        return float(array.item()) if array.size == 1 else None
    except (TypeError, ValueError, KeyError):
        return None


def _bfloat16(tensor: Any) -> float | None:
    """The upper half of a 32-bit float; NumPy has no such type."""
    content: bytes = tensor.tensor_content or b"".join(int(item).to_bytes(2, "little") for item in tensor.half_val)
    return float(struct.unpack("<f", b"\0\0" + content)[0]) if len(content) == 2 else None


def _settings(content: bytes) -> Mapping[str, Setting]:
    """The hyper-parameters in the metadata of the tag '_hparams_/session_start_info', {} in that of the others."""
    from google.protobuf.message import DecodeError
    from tensorboard.plugins.hparams import plugin_data_pb2

    try:
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
    except DecodeError:
        return {}
    return {name: _setting(value) for name, value in sorted(data.session_start_info.hparams.items())}


def _setting(value: Any) -> Setting:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return float(value.number_value)
    if kind == "bool_value":
        return bool(value.bool_value)
    return str(value.string_value) if kind == "string_value" else None
