"""Losses on tables, sets, graphs, signals and equations."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.tasks.losses.basic import mlp
from tests.lab.trainings.layers import Params, cross_entropy, linear, squared


def deep_set(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """The same for every order of the points (Zaheer et al. 2017)."""
    h = F.relu(linear(p, "l1", F.relu(linear(p, "l0", x)))).mean(2)
    return squared(linear(p, "head", F.relu(linear(p, "l2", h))), y)


def graph(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Two rounds of Kipf & Welling's graph convolution (2017)."""
    wired, h = x[..., :8], x[..., 8:]
    for name in ("l0", "l1"):
        h = F.relu(linear(p, name, torch.matmul(wired, h)))
    return cross_entropy(linear(p, "head", h.mean(2)), y)


def adding(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", x)
    h = torch.zeros_like(inputs[:, :, 0])
    for t in range(x.shape[2]):
        h = torch.tanh(inputs[:, :, t] + torch.bmm(h, p["hh"]))
    return squared(linear(p, "head", h), y)


def quantiles(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """The tenth, the median and the ninetieth percentile at once (Koenker & Bassett 1978)."""
    error = y - mlp(p, x, 3)
    at = torch.tensor([0.1, 0.5, 0.9])
    return torch.maximum(at * error, (at - 1) * error).flatten(1).mean(1)


def huber(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    return F.smooth_l1_loss(mlp(p, x, 3, F.elu), y, reduction="none").flatten(1).mean(1)


def mixture(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Three normal distributions a sample (Bishop 1994): a likelihood, which may well go below zero."""
    weight, mean, log_scale = mlp(p, x, 3, torch.tanh).chunk(3, dim=-1)
    log_scale = log_scale.clamp(-4, 4)
    each = -0.5 * ((y - mean) * torch.exp(-log_scale)).square() - log_scale - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(F.log_softmax(weight, -1) + each, -1).mean(1)


def coupling(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """The likelihood of points under four affine couplings (Dinh et al. 2017)."""
    a, b = x[..., :1], x[..., 1:]
    spread = torch.zeros_like(a)
    for place in range(4):
        log_scale, shift = linear(p, f"o{place}", torch.tanh(linear(p, f"i{place}", a))).chunk(2, dim=-1)
        log_scale = torch.tanh(log_scale) * 1.5
        a, b = b * torch.exp(log_scale) + shift, a
        spread = spread + log_scale
    return (0.5 * (a.square() + b.square()) - spread).flatten(1).mean(1) + math.log(2 * math.pi)


def oscillator(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """A damped oscillator's equation at drawn times and its start (Raissi et al. 2019), by differences of 0.05."""
    step = 0.05

    def at(t: Tensor) -> Tensor:
        return mlp(p, t, 3, torch.tanh)

    now, before, after = at(x), at(x - step), at(x + step)
    slope, bend = (after - before) / (2 * step), (after - 2 * now + before) / step**2
    start = torch.full_like(x[:, :1], -1.0)
    held = (at(start) - 1).square() + (at(start + step) - at(start)).square() / step**2 / 10
    return (bend + 0.8 * slope + 9 * now).square().flatten(1).mean(1) / 20 + held.flatten(1).mean(1)


def waveform(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """A filter bank of width five over the signal, then what each filter sees at most and on average."""
    windows = x.unfold(2, 5, 1)
    h = F.relu(linear(p, "l0", windows))
    return cross_entropy(linear(p, "head", F.relu(linear(p, "l1", torch.cat([h.amax(2), h.mean(2)], -1)))), y)


def deep_linear(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Four matrices in a row from a small start (Saxe et al. 2014): plateaus and falls by turns."""
    for place in range(4):
        x = linear(p, f"l{place}", x)
    return squared(x, y)
