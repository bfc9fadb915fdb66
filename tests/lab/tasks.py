"""The lab's tasks: small networks on data that ships, each with a loss of K lanes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch

from tests.lab import data as sets
from tests.lab.data import Data
from tests.lab.layers import Spec, block_specs, dense
from tests.lab.losses import (
    Loss,
    attributes,
    autoencoder,
    classifier,
    cnn,
    contrastive,
    counts,
    denoise,
    density,
    factorise,
    forecast,
    gru,
    hinge,
    language,
    patches,
    recall,
    regressor,
    resnet,
    rnn,
    row_gru,
    skipgram,
    vae,
    window_language,
)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """`loss(params, x, y, generator)` -> (K,).

    `cost`: relative price of a step, which sets how many steps and lanes are affordable. `kill`: parameters that, set
    to the given value, leave a network that cannot move (only what comes after them still learns); where it is empty,
    a dead network is one whose graph is severed before its last parameters. `before`: the data a pretrained network
    has learnt before, where the task is a fine-tuning.
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


def _mlp_specs(sizes: list[int], *, gain: float = 1.4) -> list[Spec]:
    pairs = list(pairwise(sizes))
    return [
        spec
        for place, (a, b) in enumerate(pairs)
        for spec in dense(f"l{place}", a, b, gain=1.0 if place == len(pairs) - 1 else gain)
    ]


def _token_specs(width: int, length: int, outputs: int, blocks: int, *, symbols: int = 64) -> tuple[Spec, ...]:
    inner = [spec for place in range(blocks) for spec in block_specs(f"b{place}", width)]
    return (
        Spec("table", (symbols, width), std=0.7), Spec("place", (length, width), std=0.3),
        *inner, *dense("head", width, outputs),
    )  # fmt: skip


def _recurrent_specs(gates: int, width: int = 24) -> tuple[Spec, ...]:
    return (
        Spec("table", (64, 16), std=0.7), *dense("in", 16, gates * width),
        Spec("hh", (width, gates * width), std=0.9 / width**0.5), *dense("head", width, 64),
    )  # fmt: skip


_DEAD = (("l0.b", -60.0),)

TASKS: tuple[Task, ...] = (
    Task("digits_mlp3", tuple(_mlp_specs([64, 32, 32, 10])), classifier(3), sets.digits, _DEAD),
    Task("digits_linear", tuple(_mlp_specs([64, 10])), classifier(1, smoothing=0.1), sets.digits, ()),
    Task("deep_tanh", tuple(_mlp_specs([64, *[20] * 6, 10], gain=1.2)), classifier(7, torch.tanh), sets.digits,
         tuple((f"l{n}.w", 0.0) for n in range(1, 7))),
    Task("digits_cnn", (*dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("head", 48, 10)), cnn,
         sets.digits, (("c0.b", -60.0), ("c1.b", -60.0)), cost=2),
    Task("resnet", (*dense("in", 64, 24, gain=1.4),
                    *[s for n in range(3) for s in (*dense(f"r{n}a", 24, 32, gain=1.4), *dense(f"r{n}b", 32, 24))],
                    *dense("head", 24, 10)), resnet, sets.digits,
         ()),
    Task("autoencoder", tuple(_mlp_specs([64, 24, 6, 24, 64])), autoencoder, sets.digit_images, (("l2.b", -60.0),)),
    Task("vae", (*dense("e0", 64, 24, gain=1.4), *dense("e1", 24, 12, gain=0.5), *dense("d0", 6, 24, gain=1.4),
                 *dense("d1", 24, 64)), vae, sets.digit_images, (("e0.b", -60.0), ("d0.b", -60.0))),
    Task("denoise", tuple(_mlp_specs([68, 48, 48, 64])), denoise, sets.digit_images,
         (("l0.b", -60.0), ("l1.b", -60.0))),
    Task("contrastive", tuple(_mlp_specs([64, 32, 32, 12])), contrastive, sets.digit_images, _DEAD, sortable=True,
         batches=(16, 32, 64)),
    Task("matrix", (Spec("users", (150, 6), std=0.3), Spec("items", (100, 6), std=0.3)), factorise, sets.ratings,
         (("users", 0.0), ("items", 0.0)), batches=(32, 64, 128)),
    Task("teacher", tuple(_mlp_specs([12, 24, 24, 1])), regressor(3, torch.tanh), sets.teacher,
         (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("heavy_tails", tuple(_mlp_specs([12, 24, 24, 1])), regressor(3), lambda: sets.teacher(heavy=True), _DEAD),
    Task("density", tuple(_mlp_specs([12, 20, 20, 2])), density, sets.teacher, (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("spirals", tuple(_mlp_specs([2, 32, 32, 3])), classifier(3), sets.spirals, _DEAD),
    Task("cancer", tuple(_mlp_specs([30, 12, 2])), classifier(2), lambda: sets.table("breast_cancer"), _DEAD),
    Task("diabetes", tuple(_mlp_specs([10, 8, 1])), regressor(2), lambda: sets.table("diabetes"), _DEAD),
    Task("row_gru", (*dense("in", 8, 60), Spec("hh", (20, 60), std=0.2), *dense("head", 20, 10)), row_gru, sets.digits,
         (), cost=2),
    Task("forecast", (*dense("in", 1, 20), Spec("hh", (20, 20), std=0.2), *dense("head", 20, 1)), forecast, sets.waves,
         (), cost=2),
    Task("patches", (*dense("in", 4, 16), Spec("place", (16, 16), std=0.3), *block_specs("b0", 16),
                     *dense("head", 16, 10)), patches, sets.digits, (), cost=5, batches=(8, 16)),
    Task("hinge", tuple(_mlp_specs([64, 32, 32, 10])), hinge, sets.digits, _DEAD),
    Task("skipgram", (Spec("centre", (64, 12), std=0.3), Spec("context", (64, 12), std=0.3)), skipgram,
         lambda: sets.text("prose", 12), (), batches=(32, 64, 128), sortable=False),
    Task("char_window", (Spec("table", (64, 8), std=0.7), *dense("l0", 64, 64, gain=1.4), *dense("head", 64, 64)),
         window_language, lambda: sets.text("code", 8), _DEAD, batches=(16, 32, 64), sortable=False),
    Task("word_window", (Spec("table", (256, 8), std=0.7), *dense("l0", 32, 24, gain=1.4), *dense("head", 24, 256)),
         window_language, lambda: sets.words(4), _DEAD, batches=(32, 64), sortable=False),
    Task("gpt_words", (Spec("table", (256, 16), std=0.5), Spec("place", (12, 16), std=0.2), *block_specs("b0", 16),
                       *dense("head", 16, 256)), language(1, post_norm=False), lambda: sets.words(12), (), cost=8,
         batches=(4, 8, 12), sortable=False),
    Task("gpt_code", _token_specs(24, 16, 64, 1), language(1, post_norm=False), lambda: sets.text("code", 16), (),
         cost=8, batches=(8, 12), sortable=False),
    Task("char_rnn", _recurrent_specs(1), rnn, lambda: sets.text("prose", 12), (),
         cost=4, batches=(8, 16), sortable=False),
    Task("char_gru", _recurrent_specs(3), gru, lambda: sets.text("code", 12), (),
         cost=6, batches=(8, 16), sortable=False),
    Task("gpt_pre", _token_specs(16, 16, 64, 2), language(2, post_norm=False), lambda: sets.text("prose", 16),
         (), cost=8, batches=(4, 8), sortable=False),
    Task("gpt_post", _token_specs(16, 12, 64, 2), language(2, post_norm=True), lambda: sets.text("code", 12),
         (), cost=8, batches=(4, 8), sortable=False),
    Task("recall", _token_specs(16, 8, 10, 2, symbols=11), recall, sets.recall,
         (), cost=5, batches=(16, 32)),
    Task("deep_relu", tuple(_mlp_specs([64, *[32] * 7, 10])), classifier(8), sets.digits, (("l3.b", -60.0),)),
    Task("counts", tuple(_mlp_specs([12, 24, 24, 1])), counts, sets.counts, _DEAD),
    Task("attributes", tuple(_mlp_specs([64, 24, 24, 6])), attributes, sets.attributes, _DEAD),
    Task("finetune_digits", tuple(_mlp_specs([64, 48, 48, 10])), classifier(3), sets.digits, _DEAD,
         before=sets.turned_digits),
    Task("finetune_text", (Spec("table", (64, 8), std=0.7), *dense("l0", 64, 64, gain=1.4), *dense("head", 64, 64)),
         window_language, lambda: sets.text("code", 8), _DEAD, batches=(16, 32, 64), sortable=False,
         before=lambda: sets.text("prose", 8)),
)  # fmt: skip


def task(name: str) -> Task:
    return next(one for one in TASKS if one.name == name)
