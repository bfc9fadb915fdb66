"""The other readers of event files, up to having every scalar as NumPy columns."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = dict[tuple[str, str], tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]
"""Per run and tag: steps, wall times, values."""
Table = dict[str, set[tuple[int, float]]]
"""Per tag: (step, value)."""

ALL_POINTS = 1 << 40


class ReaderDiedError(Exception):
    """A reader did not survive the file; why, in a few words."""


def available(name: str) -> bool:
    """Whether what a reader needs is installed."""
    return not name.startswith("data server") or find_spec("tensorboard_data_server") is not None


def event_accumulator(folder: Path) -> Columns:
    """TensorBoard's own reader, told to keep everything; tensors become numbers as its scalars page does it."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    columns: Columns = {}
    for run in sorted({path.parent for path in folder.rglob("*tfevents*")}):
        name = run.relative_to(folder).as_posix()
        accumulator = EventAccumulator(str(run), size_guidance={"scalars": 0, "tensors": 0, "images": 1})
        accumulator.Reload()
        tags = accumulator.Tags()
        for tag in tags["scalars"]:
            rows = accumulator.Scalars(tag)
            columns[name, tag] = _columns((row.step, row.wall_time, row.value) for row in rows)
        for tag in tags["tensors"]:
            if accumulator.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
                events = accumulator.Tensors(tag)
                columns[name, tag] = _columns(
                    (one.step, one.wall_time, tensor_util.make_ndarray(one.tensor_proto).item()) for one in events
                )
    return columns


def _columns(rows: Iterator[tuple[int, float, float]]) -> Any:
    steps, walls, values = zip(*rows, strict=True)
    return np.array(steps), np.array(walls), np.array(values)


@contextmanager
def _server(folder: Path, *flags: str) -> Iterator[Any]:
    """A data server that loads `folder`, and a client for it."""
    import grpc  # type: ignore[import-untyped]
    import tensorboard_data_server  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from tensorboard.data.proto import data_provider_pb2_grpc

    with tempfile.TemporaryDirectory() as scratch:
        port_file = Path(scratch, "port")
        command = [
            *(str(tensorboard_data_server.server_binary()), "--logdir", str(folder), "--port", "0"),
            *("--port-file", str(port_file), "--reload", "once", "--samples-per-plugin", "scalars=all"),
            *("--die-after-stdin", *flags),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                while not (port_file.exists() and port_file.read_text().endswith("\n")):
                    time.sleep(0.001)
                options = [("grpc.max_receive_message_length", -1)]
                with grpc.insecure_channel(f"localhost:{int(port_file.read_text())}", options=options) as channel:
                    yield data_provider_pb2_grpc.TensorBoardDataProviderStub(channel)
            finally:
                process.kill()


def _last_walls(client: Any) -> dict[str, float]:
    """Per run, how far its scalars are loaded."""
    from tensorboard.data.proto import data_provider_pb2 as messages

    request = messages.ListScalarsRequest(plugin_filter=messages.PluginFilter(plugin_name="scalars"))
    return {
        run.run_name: max((tag.metadata.max_wall_time for tag in run.tags), default=0.0)
        for run in client.ListScalars(request).runs
    }


def _scalars(client: Any) -> Columns:
    from tensorboard.data.proto import data_provider_pb2 as messages

    request = messages.ReadScalarsRequest(
        plugin_filter=messages.PluginFilter(plugin_name="scalars"),
        downsample=messages.Downsample(num_points=ALL_POINTS),
    )
    return {
        (run.run_name, tag.tag_name): (np.array(tag.data.step), np.array(tag.data.wall_time), np.array(tag.data.value))
        for run in client.ReadScalars(request).runs
        for tag in run.tags
    }


def data_server(folder: Path, until: dict[str, float], *flags: str) -> Columns:
    """TensorBoard's data server. `until`: per run the wall time of its last scalar, to see when all is loaded."""
    with _server(folder, *flags) as client:
        while True:
            loaded = _last_walls(client)
            if all(loaded.get(run, 0.0) >= wall for run, wall in until.items()):
                return _scalars(client)
            time.sleep(0.005)


def _data_server_when_quiet(folder: Path, *flags: str) -> Columns:
    """The same for a damaged file, of which it is not known how much will be loaded: until nothing more comes."""
    from grpc import RpcError

    with _server(folder, *flags) as client:
        before: dict[str, float] | None = None
        while True:
            time.sleep(1.0)
            try:
                now = _last_walls(client)
            except RpcError as error:
                raise ReaderDiedError("the server aborts") from error
            if now == before:
                return _scalars(client)
            before = now


def _table(columns: Columns) -> Table:
    return {
        tag: set(zip(steps.tolist(), values.astype(np.float32).tolist(), strict=True))
        for (_run, tag), (steps, _walls, values) in columns.items()
    }


def _accumulated_table(folder: Path) -> Table:
    try:
        return _table(event_accumulator(folder))
    except MemoryError as error:
        raise ReaderDiedError("MemoryError") from error


POINTS: dict[str, Callable[[Path], Table]] = {
    "EventAccumulator": _accumulated_table,
    "data server": lambda folder: _table(_data_server_when_quiet(folder)),
    "data server --checksum": lambda folder: _table(_data_server_when_quiet(folder, "--checksum")),
}
