"""Losses on small images: with normalisation over the batch, dropout, mixing, and without labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.tasks.losses.basic import mlp
from tests.lab.trainings.layers import Params, conv3x3, cross_entropy, embed, linear, norm, squared


def over_batch(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Batch normalisation (Ioffe & Szegedy 2015) without scale and shift; x (K, B, ...), `dims` those averaged."""
    mean, variance = x.mean(dims, keepdim=True), x.var(dims, keepdim=True, unbiased=False)
    return (x - mean) * torch.rsqrt(variance + 1e-5)


def batchnorm_cnn(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(over_batch(conv3x3(p, "c0", x.reshape(*x.shape[:2], 1, 8, 8), stride=2), (1, 3, 4)))
    h = F.relu(over_batch(conv3x3(p, "c1", h, stride=2), (1, 3, 4)))
    return cross_entropy(linear(p, "head", h.flatten(2)), y)


def dropout(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    for name in ("l0", "l1"):
        x = F.relu(linear(p, name, x))
        x = x * (torch.rand(x.shape[1:], generator=generator) > 0.4) / 0.6
    return cross_entropy(linear(p, "l2", x), y)


def mixer(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """MLP-Mixer (Tolstikhin et al. 2021) on sixteen patches of 2 × 2."""
    lanes, batch = x.shape[:2]
    cut = x.reshape(lanes, batch, 4, 2, 4, 2).permute(0, 1, 2, 4, 3, 5).reshape(lanes, batch, 16, 4)
    h = linear(p, "in", cut)
    h = h + linear(p, "t1", F.gelu(linear(p, "t0", norm(h).transpose(2, 3)))).transpose(2, 3)
    h = h + linear(p, "m1", F.gelu(linear(p, "m0", norm(h))))
    return cross_entropy(linear(p, "head", norm(h).mean(2)), y)


def photo_autoencoder(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Summed over the pixels, as many people write it: losses in the tens."""
    return squared(mlp(p, x - 0.5, 4, torch.tanh), y - 0.5) * 64


def photo_denoise(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """The noise in a photograph, of any strength (Ho et al. 2020)."""
    level = torch.rand(x.shape[1], 1, generator=generator)
    noise = torch.randn(x.shape[1:], generator=generator)
    mixed = torch.cos(level * 1.5) * 3 * (x - 0.5) + torch.sin(level * 1.5) * noise
    h = torch.cat([mixed, level.expand(x.shape[0], -1, 2)], dim=-1)
    h = F.gelu(linear(p, "l0", h))
    h = h + F.gelu(linear(p, "l1", h))
    return squared(linear(p, "l2", h), noise.expand(x.shape[0], -1, -1))


def flow_matching(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """The straight way from noise to digits (Lipman et al. 2023): most of the loss can't be learnt away."""
    level = torch.rand(x.shape[1], 1, generator=generator)
    noise = torch.randn(x.shape[1:], generator=generator)
    data = 2 * x - 1
    h = torch.cat([(1 - level) * noise + level * data, level.expand(x.shape[0], -1, 4)], dim=-1)
    return squared(mlp(p, h, 3, F.silu), data - noise)


def sharpen(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Four times the pixels out of a quarter of them; mean absolute error."""
    small = F.avg_pool2d(x.reshape(-1, 1, 8, 8), 2).reshape(*x.shape[:2], 16)
    coarse = small.reshape(*x.shape[:2], 4, 1, 4, 1).expand(-1, -1, -1, 2, -1, 2).reshape(x.shape)
    return (coarse + mlp(p, small - 0.5, 3) - y).abs().flatten(1).mean(1)


def inpaint(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pixels hidden, judged on those alone (He et al. 2022)."""
    hidden = torch.rand(x.shape[1:], generator=generator) < 0.5
    error = (mlp(p, torch.where(hidden, -1.0, x), 3, F.gelu) - y).square() * hidden
    return error.flatten(1).sum(1) / hidden.sum()


def implicit(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """A photograph as a network of sines (Sitzmann et al. 2020)."""
    h = torch.sin(8.0 * linear(p, "l0", x))
    h = torch.sin(linear(p, "l1", h))
    return squared(linear(p, "l2", torch.sin(linear(p, "lm", h))), y)


def triplet(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Digits of a class nearer to each other than to the rest of the batch, on average (Schroff et al. 2015)."""
    z = F.normalize(mlp(p, x, 3), dim=-1)
    far = 2 - 2 * torch.matmul(z, z.transpose(1, 2))
    same = (y.unsqueeze(1) == y.unsqueeze(2)).float()
    positive = (far * same).sum(2) / same.sum(2)
    negative = (far * (1 - same)).sum(2) / (1 - same).sum(2).clamp_min(1)
    return F.softplus(4 * (positive - negative) + 1).mean(1)


def brier(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Squared error of the probabilities: a loss that starts below a tenth."""
    return squared(torch.sigmoid(mlp(p, x, 3)), F.one_hot(y, 10).float())


def quarter_turns(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    return cross_entropy(mlp(p, x, 3, F.gelu), y)


def distil(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Kullback-Leibler divergence from a teacher's opinion (Hinton et al. 2015)."""
    logs = F.log_softmax(mlp(p, x, 3), dim=-1)
    return (torch.xlogy(y, y) - y * logs).sum(-1).mean(1)


def focal(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Lin et al. 2017: what is right already hardly counts."""
    logits = mlp(p, x, 3)
    each = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    return (each * (1 - torch.exp(-each)).square()).flatten(1).mean(1)


def paired(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Images against the names of their classes, both ways (Radford et al. 2021); names that come twice are a floor."""
    images = F.normalize(mlp(p, x, 3), dim=-1)
    names = F.normalize(embed(p, "names", y), dim=-1)
    logits = torch.matmul(images, names.transpose(1, 2)) / 0.1
    target = torch.arange(x.shape[1]).expand(x.shape[0], -1)
    return (cross_entropy(logits, target) + cross_entropy(logits.transpose(1, 2), target)) / 2


def margin(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Cosine classifier with a margin (Wang et al. 2018): losses that start above the logarithm of the classes."""
    z = F.normalize(F.relu(linear(p, "l0", x)), dim=-1)
    cosine = torch.matmul(z, F.normalize(p["classes"], dim=1))
    return cross_entropy(12 * (cosine - 0.2 * F.one_hot(y, 10)), y)
