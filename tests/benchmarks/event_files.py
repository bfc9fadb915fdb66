"""Writes the event files that the benchmarks and the oracle tests read: one function a shape, the same bytes each time.

The records are written by hand (framing) around protobuf's own serialisation, which is what every writer does.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from loglens.readers.tensorboard.events.records.crc32c import masked

START = 1.795e9
FILE_NAME = "events.out.tfevents.1795000000.host.1.0"


def frame(payload: bytes) -> bytes:
    """A record: length, its checksum, payload, its checksum."""
    header = struct.pack("<Q", len(payload))
    return header + struct.pack("<I", masked(header)) + payload + struct.pack("<I", masked(payload))


def event(wall: float, step: int, *values: Any) -> bytes:
    """A summary event of `Summary.Value`s, serialised."""
    from tensorboard.compat.proto import event_pb2, summary_pb2

    message = event_pb2.Event(wall_time=wall, step=step, summary=summary_pb2.Summary(value=values))
    return bytes(message.SerializeToString())


def simple(tag: str, value: float) -> Any:
    from tensorboard.compat.proto import summary_pb2

    return summary_pb2.Summary.Value(tag=tag, simple_value=value)


def tensor(tag: str, value: float, *, content: bool = False, dtype: str = "float32", plugin: str = "scalars") -> Any:
    """A scalar as TensorFlow 2 (`content`) or torch's new style write it."""
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

    number = types_pb2.DT_FLOAT if dtype == "float32" else types_pb2.DT_DOUBLE
    if content:
        raw = np.asarray(value, np.dtype(dtype).newbyteorder("<")).tobytes()
        held = tensor_pb2.TensorProto(
            dtype=number, tensor_shape=tensor_shape_pb2.TensorShapeProto(), tensor_content=raw
        )
    elif dtype == "float32":
        held = tensor_pb2.TensorProto(dtype=number, float_val=[value])
    else:
        held = tensor_pb2.TensorProto(dtype=number, double_val=[value])
    metadata = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin))
    return summary_pb2.Summary.Value(tag=tag, tensor=held, metadata=metadata)


def first_record() -> bytes:
    from tensorboard.compat.proto import event_pb2

    return frame(event_pb2.Event(wall_time=START, file_version="brain.Event:2").SerializeToString())


def write(path: Path, payloads: Iterable[bytes]) -> Path:
    """An event file of these payloads after the usual first record."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(first_record())
        file.writelines(map(frame, payloads))
    return path


def names(count: int) -> list[str]:
    """Tags as people write them, of unlike lengths."""
    heads = ("train/loss", "val/loss", "lr", "train/grad_norm", "metrics/accuracy_top5", "layer{}/weight_norm")
    return [heads[i % len(heads)].format(i) + ("" if i < len(heads) else f"_{i}") for i in range(count)]


def walls(chance: random.Random) -> Iterator[float]:
    """Wall times of events a few tenths of a millisecond apart, and now and then a second."""
    now = START
    while True:
        now += chance.random() * 5e-4 + (1.0 if chance.random() < 1e-4 else 0.0)
        yield now


def regular(path: Path, tags: int, steps: int, encoding: str = "simple", seed: int = 1) -> Path:
    """Every tag at every step, one value a record. `encoding`: simple, float_val, tensor_content."""
    chance = random.Random(seed)  # noqa: S311  # numbers to plot, no secrets
    clock = walls(chance)

    def one(tag: str, value: float) -> Any:
        return simple(tag, value) if encoding == "simple" else tensor(tag, value, content=encoding == "tensor_content")

    return write(
        path,
        (event(next(clock), step, one(tag, chance.gauss(1.0, 0.3))) for step in range(steps) for tag in names(tags)),
    )


def ragged(path: Path, points: int, seed: int = 2) -> Path:
    """30 tags at unlike intervals, shuffled, a fifth of the records with two to four values, a restart that goes back
    by a twentieth, NaN and infinities, some text."""
    chance = random.Random(seed)  # noqa: S311  # numbers to plot, no secrets
    tags = names(30)
    every = {tag: chance.choice((1, 1, 2, 3, 5, 10, 50)) for tag in tags}
    clock = walls(chance)
    per_step = sum(1 / each for each in every.values())
    last = int(points / per_step / 1.05)

    def number() -> float:
        return chance.choice((float("nan"), float("inf"), -float("inf"))) if chance.random() < 0.01 else chance.random()

    def part(steps: range) -> Iterator[bytes]:
        for step in steps:
            due = [tag for tag in tags if step % every[tag] == 0]
            chance.shuffle(due)
            while due:
                count = chance.randint(2, 4) if chance.random() < 0.2 else 1
                together, due = due[:count], due[count:]
                yield event(next(clock), step, *(simple(tag, number()) for tag in together))
            if chance.random() < 0.002:
                yield event(next(clock), step, _text("note", "restarted the data loader"))

    def both() -> Iterator[bytes]:
        middle = last // 2
        yield from part(range(middle))
        yield from part(range(middle - last // 20, last))

    return write(path, both())


def mixed(path: Path, steps: int, seed: int = 3) -> Path:
    """10 tags at every step; at every 125th step a histogram, at every 400th an image. 20,000 steps: 110 MB."""
    from tensorboard.compat.proto import summary_pb2

    chance = random.Random(seed)  # noqa: S311  # numbers to plot, no secrets
    noise = np.random.default_rng(seed)
    clock = walls(chance)
    tags = names(10)

    def payloads() -> Iterator[bytes]:
        for step in range(steps):
            for tag in tags:
                yield event(next(clock), step, simple(tag, chance.random()))
            if step % 12 == 0:
                counts = noise.poisson(3.0, 400).astype(float).tolist()
                histogram = summary_pb2.HistogramProto(
                    min=-1,
                    max=1,
                    num=1200,
                    sum=3.0,
                    sum_squares=9.0,
                    bucket_limit=np.linspace(-1, 1, 400),
                    bucket=counts,
                )
                yield event(next(clock), step, summary_pb2.Summary.Value(tag="weights", histo=histogram))
            if step % 40 == 0:
                pixels = noise.bytes(180_000)
                image = summary_pb2.Summary.Image(height=256, width=256, colorspace=3, encoded_image_string=pixels)
                yield event(next(clock), step, summary_pb2.Summary.Value(tag="samples", image=image))

    return write(path, payloads())


def _text(tag: str, words: str) -> Any:
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, types_pb2

    metadata = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text"))
    held = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[words.encode()])
    return summary_pb2.Summary.Value(tag=tag, tensor=held, metadata=metadata)
