"""The lab's tasks: small networks on data that ships, each as a loss of K lanes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab import data as sets
from tests.lab.data import Data
from tests.lab.layers import (
    Params,
    Spec,
    block,
    block_specs,
    conv3x3,
    cross_entropy,
    dense,
    embed,
    linear,
    norm,
    squared,
)

Loss = Callable[[Params, Tensor, Tensor, torch.Generator], Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """`loss(params, x, y, generator)` -> (K,). `shift`: log2 of the task's best rate against the optimizer's centre.

    `cost`: relative price of a step, which sets how many steps and lanes are affordable. `kill`: parameters that, set
    to the given value, leave a network that cannot move (only what comes after them still learns); where it is empty,
    a dead network is one whose graph is severed before its last parameters.
    """

    name: str
    specs: tuple[Spec, ...]
    loss: Loss
    load: Callable[[], Data]
    kill: tuple[tuple[str, float], ...]
    cost: int = 1
    batches: tuple[int, ...] = (8, 16, 32, 64)
    sortable: bool = True


def _mlp_specs(sizes: list[int], *, gain: float = 1.4) -> list[Spec]:
    pairs = list(pairwise(sizes))
    return [
        spec
        for place, (a, b) in enumerate(pairs)
        for spec in dense(f"l{place}", a, b, gain=1.0 if place == len(pairs) - 1 else gain)
    ]


def _mlp(p: Params, x: Tensor, layers: int, act: Callable[[Tensor], Tensor] = F.relu) -> Tensor:
    for place in range(layers - 1):
        x = act(linear(p, f"l{place}", x))
    return linear(p, f"l{layers - 1}", x)


def _classifier(layers: int, act: Callable[[Tensor], Tensor] = F.relu, smoothing: float = 0.0) -> Loss:
    return lambda p, x, y, _: cross_entropy(_mlp(p, x, layers, act), y, smoothing=smoothing)


def _regressor(layers: int, act: Callable[[Tensor], Tensor] = F.relu) -> Loss:
    return lambda p, x, y, _: squared(_mlp(p, x, layers, act), y)


def _cnn(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(conv3x3(p, "c0", x.reshape(*x.shape[:2], 1, 8, 8), stride=2))
    h = F.relu(conv3x3(p, "c1", h, stride=2))
    return cross_entropy(linear(p, "head", h.flatten(2)), y)


def _resnet(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(linear(p, "in", x))
    for place in range(3):
        h = h + linear(p, f"r{place}b", F.relu(linear(p, f"r{place}a", norm(h))))
    return cross_entropy(linear(p, "head", norm(h)), y)


def _autoencoder(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    return squared(_mlp(p, x, 4, F.relu), y)


def _vae(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    mean, log_var = linear(p, "e1", F.relu(linear(p, "e0", x))).chunk(2, dim=-1)
    log_var = log_var.clamp(-8, 8)
    z = mean + torch.exp(log_var / 2) * torch.randn(mean.shape[1:], generator=generator)
    out = linear(p, "d1", F.relu(linear(p, "d0", z)))
    likelihood = F.binary_cross_entropy_with_logits(out, y.clamp(0, 1), reduction="none").sum(-1)
    return (likelihood + 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(-1)).mean(1)


def _denoise(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    level = torch.rand(x.shape[1], 1, generator=generator)
    noise = torch.randn(x.shape[1:], generator=generator)
    mixed = torch.cos(level * 1.57) * (2 * x - 1) + torch.sin(level * 1.57) * noise
    h = torch.cat([mixed, level.expand(x.shape[0], -1, 4)], dim=-1)
    return squared(_mlp(p, h, 3, F.silu), noise.expand(x.shape[0], -1, -1))


def _contrastive(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    views = []
    for _view in range(2):
        noise = 0.25 * torch.randn(x.shape[1:], generator=generator)
        keep = (torch.rand(x.shape[1:], generator=generator) > 0.2).float()
        views.append(F.normalize(_mlp(p, (x + noise) * keep, 3), dim=-1))
    logits = torch.matmul(views[0], views[1].transpose(1, 2)) / 0.2
    target = torch.arange(x.shape[1]).expand(x.shape[0], -1)
    return cross_entropy(logits, target)


def _factorise(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    u, v = embed(p, "users", x[..., 0]), embed(p, "items", x[..., 1])
    return squared((u * v).sum(-1, keepdim=True), y)


def _density(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    mean, log_scale = _mlp(p, x, 3, torch.tanh).chunk(2, dim=-1)
    log_scale = log_scale.clamp(-6, 6)
    return (log_scale + 0.5 * ((y - mean) * torch.exp(-log_scale)).square()).flatten(1).mean(1)


def _rnn(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", embed(p, "table", x))
    h = torch.zeros_like(inputs[:, :, 0])
    states = []
    for t in range(x.shape[2]):
        h = torch.tanh(inputs[:, :, t] + torch.bmm(h, p["hh"]))
        states.append(h)
    return cross_entropy(linear(p, "head", torch.stack(states, 2)), y)


def _gru(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", embed(p, "table", x))
    width = inputs.shape[-1] // 3
    h = torch.zeros_like(inputs[:, :, 0, :width])
    states = []
    for t in range(x.shape[2]):
        z_in, r_in, n_in = torch.split(inputs[:, :, t], width, dim=-1)
        z_h, r_h, n_h = torch.split(torch.bmm(h, p["hh"]), width, dim=-1)
        z = torch.sigmoid(z_in + z_h)
        h = (1 - z) * torch.tanh(n_in + torch.sigmoid(r_in + r_h) * n_h) + z * h
        states.append(h)
    return cross_entropy(linear(p, "head", torch.stack(states, 2)), y)


def _row_gru(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", x.reshape(*x.shape[:2], 8, 8))
    width = inputs.shape[-1] // 3
    h = torch.zeros_like(inputs[:, :, 0, :width])
    for t in range(8):
        z_in, r_in, n_in = torch.split(inputs[:, :, t], width, dim=-1)
        z_h, r_h, n_h = torch.split(torch.bmm(h, p["hh"]), width, dim=-1)
        z = torch.sigmoid(z_in + z_h)
        h = (1 - z) * torch.tanh(n_in + torch.sigmoid(r_in + r_h) * n_h) + z * h
    return cross_entropy(linear(p, "head", h), y)


def _forecast(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", x.unsqueeze(-1))
    h = torch.zeros_like(inputs[:, :, 0])
    for t in range(x.shape[2]):
        h = torch.tanh(inputs[:, :, t] + torch.bmm(h, p["hh"]))
    return squared(linear(p, "head", h), y)


def _patches(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    lanes, batch = x.shape[:2]
    cut = x.reshape(lanes, batch, 4, 2, 4, 2).permute(0, 1, 2, 4, 3, 5).reshape(lanes, batch, 16, 4)
    h = linear(p, "in", cut) + p["place"].unsqueeze(1)
    h = block(p, "b0", h, heads=2, causal=False, post_norm=False)
    return cross_entropy(linear(p, "head", norm(h).mean(2)), y)


def _hinge(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    scores = _mlp(p, x, 3)
    true = scores.gather(2, y.unsqueeze(2))
    return F.relu(1 + scores - true).sum(2).mean(1) - 1


def _window_language(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Bengio's feed-forward language model: the last word from the ones before it."""
    h = F.relu(linear(p, "l0", embed(p, "table", x).flatten(2)))
    return cross_entropy(linear(p, "head", h), y[..., -1])


def _skipgram(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    centre, context = embed(p, "centre", x[..., 5]), embed(p, "context", x[..., 6])
    wrong = embed(p, "context", x[..., 6].roll(1, 1))
    positive, negative = (centre * context).sum(-1), (centre * wrong).sum(-1)
    return (F.softplus(-positive) + F.softplus(negative)).mean(1)


def _language(blocks: int, *, post_norm: bool) -> Loss:
    def loss(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
        h = embed(p, "table", x) + p["place"].unsqueeze(1)
        for place in range(blocks):
            h = block(p, f"b{place}", h, heads=2, causal=True, post_norm=post_norm)
        return cross_entropy(linear(p, "head", h if post_norm else norm(h)), y)

    return loss


def _recall(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = embed(p, "table", x) + p["place"].unsqueeze(1)
    for place in range(2):
        h = block(p, f"b{place}", h, heads=2, causal=False, post_norm=False)
    return cross_entropy(linear(p, "head", norm(h).mean(2)), y)


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
    Task("digits_mlp3", tuple(_mlp_specs([64, 32, 32, 10])), _classifier(3), sets.digits, _DEAD),
    Task("digits_linear", tuple(_mlp_specs([64, 10])), _classifier(1, smoothing=0.1), sets.digits, ()),
    Task("deep_tanh", tuple(_mlp_specs([64, *[20] * 6, 10], gain=1.2)), _classifier(7, torch.tanh), sets.digits,
         tuple((f"l{n}.w", 0.0) for n in range(1, 7))),
    Task("digits_cnn", (*dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("head", 48, 10)), _cnn,
         sets.digits, (("c0.b", -60.0), ("c1.b", -60.0)), cost=2),
    Task("resnet", (*dense("in", 64, 24, gain=1.4),
                    *[s for n in range(3) for s in (*dense(f"r{n}a", 24, 32, gain=1.4), *dense(f"r{n}b", 32, 24))],
                    *dense("head", 24, 10)), _resnet, sets.digits,
         ()),
    Task("autoencoder", tuple(_mlp_specs([64, 24, 6, 24, 64])), _autoencoder, sets.digit_images, (("l2.b", -60.0),)),
    Task("vae", (*dense("e0", 64, 24, gain=1.4), *dense("e1", 24, 12, gain=0.5), *dense("d0", 6, 24, gain=1.4),
                 *dense("d1", 24, 64)), _vae, sets.digit_images, (("e0.b", -60.0), ("d0.b", -60.0))),
    Task("denoise", tuple(_mlp_specs([68, 48, 48, 64])), _denoise, sets.digit_images,
         (("l0.b", -60.0), ("l1.b", -60.0))),
    Task("contrastive", tuple(_mlp_specs([64, 32, 32, 12])), _contrastive, sets.digit_images, _DEAD, sortable=True,
         batches=(16, 32, 64)),
    Task("matrix", (Spec("users", (150, 6), std=0.3), Spec("items", (100, 6), std=0.3)), _factorise, sets.ratings,
         (("users", 0.0), ("items", 0.0)), batches=(32, 64, 128)),
    Task("teacher", tuple(_mlp_specs([12, 24, 24, 1])), _regressor(3, torch.tanh), sets.teacher,
         (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("heavy_tails", tuple(_mlp_specs([12, 24, 24, 1])), _regressor(3), lambda: sets.teacher(heavy=True), _DEAD),
    Task("density", tuple(_mlp_specs([12, 20, 20, 2])), _density, sets.teacher, (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("spirals", tuple(_mlp_specs([2, 32, 32, 3])), _classifier(3), sets.spirals, _DEAD),
    Task("cancer", tuple(_mlp_specs([30, 12, 2])), _classifier(2), lambda: sets.table("breast_cancer"), _DEAD),
    Task("diabetes", tuple(_mlp_specs([10, 8, 1])), _regressor(2), lambda: sets.table("diabetes"), _DEAD),
    Task("row_gru", (*dense("in", 8, 60), Spec("hh", (20, 60), std=0.2), *dense("head", 20, 10)), _row_gru, sets.digits,
         (), cost=2),
    Task("forecast", (*dense("in", 1, 20), Spec("hh", (20, 20), std=0.2), *dense("head", 20, 1)), _forecast, sets.waves,
         (), cost=2),
    Task("patches", (*dense("in", 4, 16), Spec("place", (16, 16), std=0.3), *block_specs("b0", 16),
                     *dense("head", 16, 10)), _patches, sets.digits, (), cost=5, batches=(8, 16)),
    Task("hinge", tuple(_mlp_specs([64, 32, 32, 10])), _hinge, sets.digits, _DEAD),
    Task("skipgram", (Spec("centre", (64, 12), std=0.3), Spec("context", (64, 12), std=0.3)), _skipgram,
         lambda: sets.text("prose", 12), (), batches=(32, 64, 128), sortable=False),
    Task("char_window", (Spec("table", (64, 8), std=0.7), *dense("l0", 64, 64, gain=1.4), *dense("head", 64, 64)),
         _window_language, lambda: sets.text("code", 8), _DEAD, batches=(16, 32, 64), sortable=False),
    Task("word_window", (Spec("table", (256, 8), std=0.7), *dense("l0", 32, 24, gain=1.4), *dense("head", 24, 256)),
         _window_language, lambda: sets.words(4), _DEAD, batches=(32, 64), sortable=False),
    Task("gpt_words", (Spec("table", (256, 16), std=0.5), Spec("place", (12, 16), std=0.2), *block_specs("b0", 16),
                       *dense("head", 16, 256)), _language(1, post_norm=False), lambda: sets.words(12), (), cost=8,
         batches=(4, 8, 12), sortable=False),
    Task("gpt_code", _token_specs(24, 16, 64, 1), _language(1, post_norm=False), lambda: sets.text("code", 16), (),
         cost=8, batches=(8, 12), sortable=False),
    Task("char_rnn", _recurrent_specs(1), _rnn, lambda: sets.text("prose", 12), (),
         cost=4, batches=(8, 16), sortable=False),
    Task("char_gru", _recurrent_specs(3), _gru, lambda: sets.text("code", 12), (),
         cost=6, batches=(8, 16), sortable=False),
    Task("gpt_pre", _token_specs(16, 16, 64, 2), _language(2, post_norm=False), lambda: sets.text("prose", 16),
         (), cost=8, batches=(4, 8), sortable=False),
    Task("gpt_post", _token_specs(16, 12, 64, 2), _language(2, post_norm=True), lambda: sets.text("code", 12),
         (), cost=8, batches=(4, 8), sortable=False),
    Task("recall", _token_specs(16, 8, 10, 2, symbols=11), _recall, sets.recall,
         (), cost=5, batches=(16, 32)),
)  # fmt: skip


def task(name: str) -> Task:
    return next(one for one in TASKS if one.name == name)
