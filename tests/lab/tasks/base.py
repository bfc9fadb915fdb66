"""What a task of the lab is: a small network, its data and a loss of K lanes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tests.lab.tasks.data.basic import Data
from tests.lab.tasks.losses.basic import Loss
from tests.lab.trainings.layers import Spec, block_specs, dense


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """`loss(params, x, y, generator)` -> (K,).

    `cost`: relative price of a step, which sets how many steps and lanes are affordable. `kill`: parameters that, set
    to the given value, leave a network that cannot move (only what comes after them still learns); where it is empty,
    a dead network is one whose graph is severed before its last parameters. `before`: the data a pretrained network
    has learnt before, where the task is a fine-tuning. `in_batch`: the loss compares the samples of a batch with each
    other, so another size of batch is another loss.
    """

    name: str
    specs: tuple[Spec, ...]
    loss: Loss
    load: Callable[[], Data]
    kill: tuple[tuple[str, float], ...]
    cost: int = 1
    batches: tuple[int, ...] = (8, 16, 32, 64)
    sortable: bool = True
    before: Callable[[], Data] | None = None
    in_batch: bool = False


def mlp_specs(sizes: list[int], *, gain: float = 1.4) -> list[Spec]:
    pairs = list(pairwise(sizes))
    return [
        spec
        for place, (a, b) in enumerate(pairs)
        for spec in dense(f"l{place}", a, b, gain=1.0 if place == len(pairs) - 1 else gain)
    ]


def token_specs(width: int, length: int, outputs: int, blocks: int, *, symbols: int = 64) -> tuple[Spec, ...]:
    inner = [spec for place in range(blocks) for spec in block_specs(f"b{place}", width)]
    return (
        Spec("table", (symbols, width), std=0.7), Spec("place", (length, width), std=0.3),
        *inner, *dense("head", width, outputs),
    )  # fmt: skip


def recurrent_specs(gates: int, width: int = 24) -> tuple[Spec, ...]:
    return (
        Spec("table", (64, 16), std=0.7), *dense("in", 16, gates * width),
        Spec("hh", (width, gates * width), std=0.9 / width**0.5), *dense("head", width, 64),
    )  # fmt: skip


DEAD = (("l0.b", -60.0),)
"""A first layer whose units never switch on."""
