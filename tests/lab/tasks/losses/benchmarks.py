"""Losses of the kinds that optimizers are compared on: a noisy bowl, deep convolutions, wide residual blocks."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.tasks.losses.basic import Loss, mlp
from tests.lab.tasks.losses.images import over_batch
from tests.lab.tasks.losses.texts import lstm_states
from tests.lab.trainings.layers import Params, conv3x3, cross_entropy, embed, linear


@cache
def _bowl(size: int) -> Tensor:
    """(size, size) a turned bowl: nine tenths of its curvatures in 0..1, the others in 30..60 (Chaudhari et al. 2017,
    as benchmarks use it)."""
    generator = torch.Generator().manual_seed(41)
    few = size // 10
    curvature = torch.cat([torch.rand(size - few, generator=generator), 30 + 30 * torch.rand(few, generator=generator)])
    turn, _ = torch.linalg.qr(torch.randn(size, size, generator=generator))
    bowl: Tensor = turn @ torch.diag(curvature) @ turn.T
    return bowl


def noisy_bowl(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """Half of (place - sample) · bowl · (place - sample): the samples' scatter is a floor nothing gets below."""
    away = p["place"].unsqueeze(1) - x
    return 0.5 * ((away @ _bowl(x.shape[-1])) * away).sum(-1).mean(1)


def deep_convolutions(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Convolutions throughout, no normalisation, a mean over the places at the end (Springenberg et al. 2015)."""
    h = x.reshape(*x.shape[:2], 1, 8, 8)
    for name, stride in (("c0", 1), ("c1", 2), ("c2", 1), ("c3", 2)):
        h = F.relu(conv3x3(p, name, h, stride=stride))
    return cross_entropy(linear(p, "head", h.flatten(3).mean(3)), y)


def wide_residual(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Residual blocks of two convolutions, normalised over the batch first (Zagoruyko & Komodakis 2016)."""
    h = conv3x3(p, "in", x.reshape(*x.shape[:2], 1, 8, 8), stride=2)
    for name in ("r0", "r1"):
        inner = conv3x3(p, f"{name}a", F.relu(over_batch(h, (1, 3, 4))))
        h = h + conv3x3(p, f"{name}b", F.relu(over_batch(inner, (1, 3, 4))))
    return cross_entropy(linear(p, "head", F.relu(over_batch(h, (1, 3, 4))).flatten(3).mean(3)), y)


def gaussian_vae(pixels: int) -> Loss:
    """A variational autoencoder whose squared error is summed over the pixels: losses in the tens."""

    def loss(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
        h = F.leaky_relu(linear(p, "e1", F.leaky_relu(linear(p, "e0", x))), 0.3)
        mean, log_var = linear(p, "e2", h).chunk(2, dim=-1)
        z = mean + torch.exp(log_var / 2) * torch.randn(mean.shape[1:], generator=generator)
        out = torch.sigmoid(linear(p, "d2", F.leaky_relu(linear(p, "d1", F.leaky_relu(linear(p, "d0", z))), 0.3)))
        error = (out - y).square().sum(-1) * (784 / pixels)
        return (error + 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(-1)).mean(1)

    return loss


def two_lstms(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    first = lstm_states(linear(p, "in0", embed(p, "table", x)), p["hh0"])
    return cross_entropy(linear(p, "head", lstm_states(linear(p, "in1", first), p["hh1"])), y)


def many_classes(layers: int) -> Loss:
    return lambda p, x, y, _: cross_entropy(mlp(p, x, layers), y)


def dropped_convolutions(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Convolutions without normalisation, two dense layers with dropout after them, weight penalty in the loss."""
    h = F.relu(conv3x3(p, "c0", x.reshape(*x.shape[:2], 1, 8, 8)))
    h = F.relu(conv3x3(p, "c1", h, stride=2)).flatten(2)
    h = F.relu(linear(p, "l0", h))
    h = h * (torch.rand(h.shape[1:], generator=generator) > 0.4) / 0.6
    penalty = sum(p[name].square().flatten(1).sum(1) for name in ("c0.w", "c1.w", "l0.w", "head.w"))
    return cross_entropy(linear(p, "head", h), y) + 2e-3 * penalty
