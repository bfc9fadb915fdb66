"""What writers other than the usual ones may write: read by protobuf, and the same as it says."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

from loglens.readers.tensorboard.events.records.wire import shape_of
from loglens.readers.tensorboard.reader import HPARAMS_NOTE
from tests.benchmarks import event_files as files
from tests.readers.tensorboard.events.oracle import assert_equal, points_of, read

Value = summary_pb2.Summary.Value


def plugin(name: str, content: bytes = b"") -> Any:
    data = summary_pb2.SummaryMetadata.PluginData(plugin_name=name, content=content)
    return summary_pb2.SummaryMetadata(plugin_data=data)


def write(folder: Path, *payloads: bytes) -> Path:
    return files.write(folder / files.FILE_NAME, payloads)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (1,)], ids=["scalar", "one element"])
def test_every_type_of_number(dtype: str, shape: tuple[int, ...], tmp_path: Path) -> None:
    held = tensor_util.make_tensor_proto(np.ones(shape, dtype), dtype=None)
    value = Value(tag="loss", tensor=held, metadata=plugin("scalars"))
    path = write(tmp_path, *(files.event(files.START, step, value) for step in range(3)))
    log = read(path)
    assert log.columns[0].values.tolist() == [1.0, 1.0, 1.0]
    assert_equal(log, points_of(path))


def test_metadata_that_comes_only_once(tmp_path: Path) -> None:
    first = files.tensor("loss", 1.0)
    later = Value(tag="loss", tensor=first.tensor)
    path = write(
        tmp_path,
        files.event(1.0, 0, first),
        files.event(1.0, 1, later),
        files.event(1.0, 2, Value(tag="x", tensor=first.tensor)),
    )
    log = read(path)
    # a tensor of one number is one, though no metadata ever named its plugin
    assert [(column.tag, column.steps.tolist()) for column in log.columns] == [("loss", [0, 1]), ("x", [2])]


def test_bfloat16_in_either_place(tmp_path: Path) -> None:
    shape = tensor_pb2.TensorProto().tensor_shape
    packed = tensor_pb2.TensorProto(dtype=types_pb2.DT_BFLOAT16, tensor_shape=shape, tensor_content=b"\x16\x40")
    listed = tensor_pb2.TensorProto(dtype=types_pb2.DT_BFLOAT16, tensor_shape=shape, half_val=[0x4016])
    path = write(
        tmp_path,
        files.event(1.0, 0, Value(tag="loss", tensor=packed, metadata=plugin("scalars"))),
        files.event(1.0, 1, Value(tag="loss", tensor=listed, metadata=plugin("scalars"))),
    )
    assert read(path).columns[0].values.tolist() == [2.34375, 2.34375]


def test_a_session_that_starts_at_the_beginning_undoes_nothing(tmp_path: Path) -> None:
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    path = write(
        tmp_path,
        files.event(1.0, 0, files.simple("loss", 3.0)),
        event_pb2.Event(wall_time=1.0, session_log=start).SerializeToString(),
        files.event(1.0, 1, files.simple("loss", 2.0)),
    )
    (purge,) = read(path).purges
    assert dict(purge.before) == {}


def test_what_is_no_scalar_is_counted(tmp_path: Path) -> None:
    words = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[b"{}"])
    path = write(
        tmp_path,
        files.event(1.0, 0, Value(tag="keras", tensor=words, metadata=plugin("graph_keras_model"))),
        files.event(1.0, 0, Value(tag="h", histo=summary_pb2.HistogramProto(num=3, bucket=[1.0]))),
        files.event(1.0, 0, Value(tag="i", image=summary_pb2.Summary.Image(width=1)), files.simple("loss", 2.0)),
        files.event(1.0, 0, Value(tag="a", audio=summary_pb2.Summary.Audio(num_channels=1))),
        files.event(1.0, 0, Value(tag="s", tensor=words, metadata=plugin("scalars"))),
        event_pb2.Event(wall_time=1.0, graph_def=b"xx").SerializeToString(),
    )
    log = read(path)
    assert [(column.tag, column.values.tolist()) for column in log.columns] == [("loss", [2.0])]
    (note,) = log.notes
    assert (note.kind, note.count) == ("info", 6)
    assert "1 graph_keras_model" in note.message
    assert "1 histogram" in note.message
    assert "1 scalar that is no single number" in note.message
    assert log.problems == ()


def test_fields_out_of_order_or_twice(tmp_path: Path) -> None:
    summary = files.event(0.0, 0, files.simple("loss", 3.0))
    assert summary[0] == 0x2A  # protobuf leaves out a wall time and a step of 0
    wall = b"\x09" + struct.pack("<d", files.START)
    step = b"\x10\x07"
    path = write(tmp_path, summary + wall + step, step + summary + wall, wall + step + summary + summary, summary)
    log = read(path)
    assert log.columns[0].steps.tolist() == [7, 7, 7, 7, 0]
    assert_equal(log, points_of(path))


def test_a_session_that_starts_again_undoes_what_came_before(tmp_path: Path) -> None:
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    stop = event_pb2.SessionLog(status=event_pb2.SessionLog.STOP)
    events = [files.event(1.0, step, files.simple("loss", step)) for step in range(100)]
    events.append(files.event(1.0, 50, files.simple("val", 0.0)))
    events.append(event_pb2.Event(wall_time=1.0, step=80, session_log=start).SerializeToString())
    events += [files.event(1.0, step, files.simple("loss", step)) for step in range(80, 90)]
    events.append(event_pb2.Event(wall_time=1.0, step=90, session_log=stop).SerializeToString())
    (purge,) = read(write(tmp_path, *events)).purges
    assert (purge.step, dict(purge.before)) == (80, {"loss": 100, "val": 1})


def test_hyper_parameters(tmp_path: Path) -> None:
    info = plugin_data_pb2.SessionStartInfo()
    info.hparams["lr"].number_value = 0.1
    info.hparams["opt"].string_value = "adam"
    info.hparams["amsgrad"].bool_value = True
    content = plugin_data_pb2.HParamsPluginData(session_start_info=info).SerializeToString()
    value = Value(tag="_hparams_/session_start_info", metadata=plugin("hparams", content))
    log = read(write(tmp_path, files.event(1.0, 0, value), files.event(1.0, 0, files.simple("hparam/loss", 0.5))))
    assert dict(log.config) == {"lr": 0.1, "opt": "adam", "amsgrad": True}
    assert HPARAMS_NOTE in [note.message for note in log.notes]
    assert [column.tag for column in log.columns] == ["hparam/loss"]


def test_a_sound_record_that_holds_no_event(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xff\xff\xff\xff", files.event(1.0, 0, files.simple("loss", 1.0)))
    log = read(path)
    assert [column.tag for column in log.columns] == ["loss"]
    (problem,) = log.problems
    assert problem.offset == len(files.first_record())
    assert "holds no event" in problem.message


@pytest.mark.parametrize("cut", range(40))
def test_a_payload_cut_anywhere_is_left_to_protobuf(cut: int) -> None:
    payload = files.event(files.START, 300, files.tensor("loss", 1.0, content=True))
    assert shape_of(payload) is not None
    shape = shape_of(payload[:cut])
    assert shape is None or not shape.scalars
