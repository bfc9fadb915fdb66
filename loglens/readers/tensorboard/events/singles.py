"""Records one by one: what is too rare, too large or too odd to be read in rows."""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.tensorboard.events import protobuf
from loglens.readers.tensorboard.events.pieces import Decoded, Piece
from loglens.readers.tensorboard.events.records.crc32c import masked
from loglens.readers.tensorboard.events.records.walk import ByteArray, bytewise
from loglens.readers.tensorboard.events.records.wire import shape_of
from loglens.readers.tensorboard.events.tags import Tags

_COPIED = 4096  # bytes: shorter payloads are quicker to look at as a copy


@dataclass(slots=True)
class SingleReader:
    """Points of single records, gathered by tag."""

    tags: Tags
    _points: defaultdict[int, list[tuple[int, int, float, float]]] = field(default_factory=lambda: defaultdict(list))

    def read(self, buffer: ByteArray, starts: IntArray, lengths: IntArray, decoded: Decoded) -> None:
        """Decodes the payloads at `starts` (n,), whichever they are."""
        ends = starts + lengths
        written = bytewise(buffer, "<u4")[ends]
        for start, end, crc in zip(starts.tolist(), ends.tolist(), written.tolist(), strict=True):
            record = buffer[start:end]
            if masked(record) != crc:
                decoded.damaged.append(start)
                continue
            payload = record.data if end - start > _COPIED else record.tobytes()
            shape = shape_of(payload)
            if shape is None:
                self._by_protobuf(bytes(payload), start, decoded)
                continue
            for scalar in shape.scalars:
                value = struct.unpack_from("<f" if scalar.code == "<f4" else "<d", payload, scalar.at)[0]
                self._points[self.tags.of(scalar)].append((start + scalar.at, shape.step, shape.wall, value))
            for kind in shape.passed:
                decoded.passed.append((start, kind))
        for tag, points in self._points.items():
            order, steps, walls, values = zip(*points, strict=True)
            piece = Piece(
                tag,
                np.array(order, np.int64),
                np.array(steps, np.int64),
                np.array(walls, np.float64),
                np.array(values, np.float64),
            )
            decoded.pieces.append(piece)
        self._points.clear()

    def _by_protobuf(self, payload: bytes, start: int, decoded: Decoded) -> None:
        try:
            event = protobuf.decode(payload, self.tags.plugins)
        except protobuf.Undecodable:
            decoded.undecodable.append(start)
            return
        for number, (tag, value) in enumerate(event.points):
            self._points[self.tags.number(tag.encode())].append((start + number, event.step, event.wall, value))
        if event.restart:
            decoded.restarts.append((start, event.step))
        if event.hparams:
            decoded.hparams.append((start, event.config))
        decoded.passed.extend((start, kind) for kind in event.passed)
