"""What an event file holds by protobuf alone, record by record: slow, obvious, and what the reader must agree with."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from loglens.readers.contract.base import Log
from loglens.readers.tensorboard.reader import TensorBoard

Points = dict[str, list[tuple[int, float, float]]]


def points_of(path: Path) -> Points:
    """Per tag, in order of first appearance: (step, wall time, value) of every scalar. The file must be whole."""
    from tensorboard.compat.proto import event_pb2
    from tensorboard.util import tensor_util

    data = path.read_bytes()
    points: Points = {}
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = event_pb2.Event.FromString(data[at + 12 : at + 12 + length])
        at += 16 + length
        for value in event.summary.value:
            if value.WhichOneof("value") == "simple_value":
                number = value.simple_value
            elif value.metadata.plugin_data.plugin_name == "scalars":
                number = tensor_util.make_ndarray(value.tensor).item()
            else:
                continue
            points.setdefault(value.tag, []).append((event.step, event.wall_time, number))
    return points


def read(path: Path) -> Log:
    (log,) = TensorBoard().read([path])
    return log


def assert_equal(log: Log, points: Points) -> None:
    """The log has these points: tags, order, steps, wall times and values, bit by bit."""
    assert [column.tag for column in log.columns] == list(points)
    for column in log.columns:
        steps, walls, values = (np.array(part) for part in zip(*points[column.tag], strict=True))
        np.testing.assert_array_equal(column.steps, steps)
        np.testing.assert_array_equal(column.wall_times, walls)
        np.testing.assert_array_equal(column.values, values)
