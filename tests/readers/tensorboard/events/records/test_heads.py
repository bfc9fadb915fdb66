from __future__ import annotations

import numpy as np
import pytest

from loglens.readers.tensorboard.events.records.heads import OTHER, step_sizes
from tests.benchmarks import event_files as files

STEPS = {0: 0, 1: 1, 127: 1, 128: 2, 1 << 14: 3, 1 << 21: 4, 1 << 28: 5, 1 << 35: 6, (1 << 42) - 1: 6}


def sizes_of(*payloads: bytes) -> list[int]:
    lengths = np.array([len(payload) for payload in payloads], np.int64)
    buffer = np.frombuffer(b"".join(payloads) + bytes(32), np.uint8)
    sizes: list[int] = step_sizes(buffer, np.cumsum(lengths) - lengths, lengths).tolist()
    return sizes


@pytest.mark.parametrize("letters", [1, 60, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 300, 4000])
def test_a_step_of_any_length_before_one_value(letters: int) -> None:
    """Around 128 bytes the size of the value, then that of the summary, takes two bytes."""
    events = [files.event(files.START, step, files.simple("t" * letters, 1.0)) for step in STEPS]
    assert sizes_of(*events) == list(STEPS.values())


def test_other_events() -> None:
    value = files.simple("loss", 1.0)
    two = files.event(files.START, 5, value, value)
    assert (
        sizes_of(
            two,
            files.event(files.START, 5),
            files.event(files.START, 1 << 42, value),
            files.event(files.START, -1, value),
            files.event(files.START, 5, files.simple("t" * 5000, 1.0)),
            two[:-1],
            two[:3],
            b"",
        )
        == [OTHER] * 8
    )
