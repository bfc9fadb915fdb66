"""Write rows of a training as the usual trainers lay them out. No framework is needed except torch's SummaryWriter."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

BEGAN = 1_760_000_000.0
"""Seconds since 1970 at which every sample run began: no clock, so that a rebuilt file is the same."""
SECONDS_A_STEP = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One log line: step from 0, epoch as a fraction, and what was measured."""

    step: int
    epoch: float
    loss: float
    lr: float
    grad_norm: float
    val_loss: float | None = None
    resumed: bool = False

    @property
    def wall_time(self) -> float:
        return BEGAN + SECONDS_A_STEP * self.step + (60.0 if self.resumed else 0.0)


def number(value: float | None) -> str:
    """A number as `str(float)` prints it, '' for none."""
    return "" if value is None else f"{value:.9g}"


# ---------------------------------------------------------------------------------------------- event files


def _crc(data: bytes) -> bytes:
    import google_crc32c

    crc = google_crc32c.value(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _event_file(path: Path, events: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for event in events:
            length = struct.pack("<Q", len(event))
            file.write(length + _crc(length) + event + _crc(event))


def _events(rows: list[Row], tags: dict[str, str], *, tensors: bool = False) -> Iterable[bytes]:
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2

    began = rows[0].wall_time if rows else BEGAN
    yield event_pb2.Event(wall_time=began, file_version="brain.Event:2").SerializeToString()
    for row in rows:
        for field, tag in tags.items():
            value = getattr(row, field)
            if value is None:
                continue
            entry = summary_pb2.Summary.Value(tag=tag)
            if tensors:
                entry.metadata.plugin_data.plugin_name = "scalars"
                entry.tensor.CopyFrom(
                    tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, tensor_content=struct.pack("<f", value))
                )
            else:
                entry.simple_value = value
            summary = summary_pb2.Summary(value=[entry])
            yield event_pb2.Event(wall_time=row.wall_time, step=row.step, summary=summary).SerializeToString()


TAGS = {"loss": "Loss/train", "lr": "lr", "grad_norm": "grad_norm", "val_loss": "Loss/val"}


def tensorboard(folder: Path, rows: list[Row]) -> None:
    """torch's SummaryWriter, one scalar an event."""
    _event_file(folder / f"events.out.tfevents.{BEGAN:.0f}.host.1.0", _events(rows, TAGS))


def tensorboard_v2(folder: Path, rows: list[Row]) -> None:
    """TF2's tf.summary.scalar: scalars stored as tensors."""
    _event_file(folder / f"events.out.tfevents.{BEGAN:.0f}.host.1.0.v2", _events(rows, TAGS, tensors=True))


def tensorboard_resumed(folder: Path, rows: list[Row]) -> None:
    """Two processes, two files: the second goes back to its checkpoint and writes the steps in between again."""
    first = [row for row in rows if not row.resumed]
    second = [row for row in rows if row.resumed]
    _event_file(folder / f"events.out.tfevents.{BEGAN:.0f}.host.1.0", _events(first, TAGS))
    _event_file(folder / f"events.out.tfevents.{second[0].wall_time:.0f}.host.2.0", _events(second, TAGS))


# -------------------------------------------------------------------------------------------------- tables


def plain_csv(folder: Path, rows: list[Row]) -> None:
    lines = ["step,loss,val_loss,lr,grad_norm"]
    lines += [
        ",".join((str(r.step), number(r.loss), number(r.val_loss), number(r.lr), number(r.grad_norm))) for r in rows
    ]
    (folder / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def semicolon_csv(folder: Path, rows: list[Row]) -> None:
    """A spreadsheet's dialect: ';' between cells, ',' as the decimal mark, a byte-order mark."""
    lines = ["iteration;epoch;train_loss;learning_rate;grad_norm"]
    lines += [
        ";".join((str(r.step), *(number(v).replace(".", ",") for v in (r.epoch, r.loss, r.lr, r.grad_norm))))
        for r in rows
    ]
    (folder / "training.csv").write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")


def lightning_csv(folder: Path, rows: list[Row]) -> None:
    """Lightning's CSVLogger: the learning rate, the training step and the validation each on a row of its own."""
    version = folder / "version_0"
    version.mkdir()
    lines = ["epoch,grad_2.0_norm_total,lr-Optimizer,step,train_loss_step,val_loss"]
    for row in rows:
        epoch = int(row.epoch)
        lines.append(f",,{number(row.lr)},{row.step},,")
        lines.append(f"{epoch},{number(row.grad_norm)},,{row.step},{number(row.loss)},")
        if row.val_loss is not None:
            lines.append(f"{epoch},,,{row.step},,{number(row.val_loss)}")
    (version / "metrics.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def keras_csv(folder: Path, rows: list[Row]) -> None:
    """Keras's CSVLogger: a row an epoch, the loss its mean, validation beside it, no learning rate."""
    epochs: dict[int, list[Row]] = {}
    for row in rows:
        epochs.setdefault(int(row.epoch), []).append(row)
    lines = ["epoch,loss,val_loss"]
    for epoch, inside in epochs.items():
        val = next((row.val_loss for row in reversed(inside) if row.val_loss is not None), None)
        lines.append(f"{epoch},{number(sum(row.loss for row in inside) / len(inside))},{number(val) or 'NA'}")
    (folder / "training.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


def wandb_history(folder: Path, rows: list[Row]) -> None:
    """A W&B run's history as CSV."""
    lines = ["_step,_runtime,_timestamp,epoch,train/loss,train/lr,train/grad_norm,val/loss"]
    for n, r in enumerate(rows):
        cells = (r.wall_time - BEGAN, r.wall_time, r.epoch, r.loss, r.lr, r.grad_norm, r.val_loss)
        lines.append(f"{n},{cells[0]:.3f},{cells[1]:.3f}," + ",".join(number(cell) for cell in cells[2:]))
    (folder / "wandb_history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


# ---------------------------------------------------------------------------------------------------- JSON


def json_lines(folder: Path, rows: list[Row]) -> None:
    """One object a line; NaN as Python's json writes it."""
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            entry = {"step": row.step, "loss": row.loss, "lr": row.lr, "grad_norm": row.grad_norm}
            if row.val_loss is not None:
                entry["val_loss"] = row.val_loss
            file.write(json.dumps(entry) + "\n")


def trainer_state(folder: Path, rows: list[Row]) -> None:
    """transformers' trainer_state.json, evaluation on rows of its own."""
    history: list[dict[str, float]] = []
    for row in rows:
        step = row.step + 1
        history.append(
            {"epoch": row.epoch, "grad_norm": row.grad_norm, "learning_rate": row.lr, "loss": row.loss, "step": step}
        )
        if row.val_loss is not None:
            history.append({"epoch": row.epoch, "eval_loss": row.val_loss, "step": step})
    state = {
        "global_step": rows[-1].step + 1,
        "logging_steps": 5,
        "max_steps": rows[-1].step + 1,
        "log_history": history,
    }
    (folder / "trainer_state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")


# --------------------------------------------------------------------------------------------------- .wandb


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _history(row: Row, place: int) -> bytes:
    values = {"_step": place, "_timestamp": row.wall_time, "trainer/global_step": row.step, "epoch": row.epoch}
    values |= {"train/loss": row.loss, "train/lr": row.lr, "train/grad_norm": row.grad_norm}
    if row.val_loss is not None:
        values["val/loss"] = row.val_loss
    items = b"".join(
        _field(1, _field(2, key.encode()) + _field(16, (json.dumps(value) if math.isfinite(value) else "NaN").encode()))
        for key, value in values.items()
    )
    return _field(2, items + _field(2, _varint(1 << 3) + _varint(place)))


def wandb_offline(folder: Path, rows: list[Row]) -> None:
    """An offline run of W&B: its own log of protobuf records in 32 KiB blocks; no exit record."""
    name = "offline-run-20251009_085320-5amp1e"
    (folder / "wandb" / name).mkdir(parents=True)
    block = 32_768
    out = bytearray(b":W&B" + struct.pack("<HB", 0xBEE1, 0))
    run = _field(17, _field(1, b"5amp1e") + _field(2, b"sample") + _field(9, b"bad-batches"))
    for record in (run, *(_history(row, place) for place, row in enumerate(rows))):
        rest, first = record, True
        while rest or first:
            room = block - len(out) % block
            if room < 7:
                out += b"\0" * room
                room = block
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            crc = zlib.crc32(bytes([kind]) + piece)
            out += struct.pack("<IHB", crc, len(piece), kind) + piece
            first = False
    (folder / "wandb" / name / "run-5amp1e.wandb").write_bytes(out)
