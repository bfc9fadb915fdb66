"""What arms with other batches at the old rate say: a fault that follows its batches is the data's."""

from __future__ import annotations

from collections.abc import Sequence

from loglens.model.replay import ArmRun
from loglens.replay.symptom import Reading


def data_blame(control: Reading, read: Sequence[tuple[ArmRun, Reading]]) -> str:
    """Why the data is to blame although a lower rate helps as well; '' where nothing says so.

    A rate that is too high makes trouble on any batches: shuffled ones show the fault too. Data that is in a bad order
    is cured by shuffling; a bad batch is cured by leaving it out, and shuffled it takes its fault along.
    """
    skip = next((reading for run, reading in read if run.arm.kind == "skip"), None)
    shuffled = [reading for run, reading in read if run.arm.kind == "shuffle"]
    if not shuffled:
        return ""
    if not any(reading.present for reading in shuffled):
        what = "in another order the same batches train without the fault at the same rate"
        if skip is not None and skip.present:
            return f"{what}, leaving out the suspected ones does not help: the order of the data"
        return f"{what}: data meeting this state, not the learning rate as such"
    if skip is not None and not skip.present and control.jump_at is not None:
        return _followed(shuffled)
    return ""


def _followed(shuffled: Sequence[Reading]) -> str:
    """A bad batch: without it all is well, with it elsewhere the fault comes once again, and only as a jump."""
    if all(reading.signs == ("spike",) for reading in shuffled):
        return (
            "without the suspected batches the old rate trains well, and shuffled they take the fault along: bad data"
        )
    return ""
