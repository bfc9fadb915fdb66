"""Losses whose curves look unlike a classifier's: a saddle at the start, a floor of noise, a penalty that shrinks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.tasks.losses.basic import mlp
from tests.lab.trainings.layers import Params, cross_entropy, embed, linear, norm, squared


def bought_together(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """Logistic matrix factorisation (Johnson 2014) of neighbouring words against drawn ones, from a small start."""
    one, other = embed(p, "words", x[..., 0]), embed(p, "others", x[..., 1])
    drawn = torch.randint(0, 256, x.shape[1:2], generator=generator).expand(x.shape[0], -1)
    wrong = embed(p, "others", drawn)
    return (F.softplus(-(one * other).sum(-1)) + F.softplus((one * wrong).sum(-1))).mean(1)


def deep_linear_classifier(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    for place in range(2):
        x = linear(p, f"l{place}", x)
    return cross_entropy(linear(p, "l2", x), y)


def components(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """A linear autoencoder with tied weights finds one principal component after the other (Baldi & Hornik 1989)."""
    centred = x - 0.3
    return squared(torch.matmul(torch.matmul(centred, p["w"]), p["w"].transpose(1, 2)), centred) * 64


def largest(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """The largest coordinate of a set of points, by a sum over the set that has to learn to be a maximum."""
    h = F.relu(linear(p, "l1", F.relu(linear(p, "l0", x)))).sum(2) / 3
    return squared(linear(p, "head", h), x[..., 0].amax(2, keepdim=True))


def attended(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """A learnt weight for every point of a set (Ilse et al. 2018)."""
    h = F.relu(linear(p, "l0", x))
    weight = torch.softmax(linear(p, "score", torch.tanh(linear(p, "l1", h))), dim=2)
    return squared(linear(p, "head", (weight * h).sum(2)), y)


def autoregressive(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """Every pixel, on or off, from those before it by a masked layer (Germain et al. 2015); summed."""
    pixels = (x > 0.5).float()
    before = torch.tril(torch.ones(64, 64), -1).T
    h = torch.matmul(pixels, p["direct"] * before) + p["bias"].unsqueeze(1)
    return F.binary_cross_entropy_with_logits(h, pixels, reduction="none").sum(-1).mean(1)


def score_matching(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """The direction back to the data from noise of one strength (Vincent 2011); most of it can't be known."""
    noise = torch.randn(x.shape[1:], generator=generator)
    return squared(mlp(p, x + 0.4 * noise, 3, F.silu), -noise.expand(x.shape[0], -1, -1))


def noisy_pairs(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """One noisy picture from another of the same (Lehtinen et al. 2018): a floor of the target's own noise."""
    seen, asked = (0.4 * torch.randn(x.shape[1:], generator=generator) for _view in range(2))
    return squared(mlp(p, x + seen, 3), y + asked)


def alike(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """Two noisy copies of a signal find each other in the batch (Chen et al. 2020)."""
    views = [
        F.normalize(mlp(p, x + 0.3 * torch.randn(x.shape[1:], generator=generator), 3), dim=-1) for _view in range(2)
    ]
    target = torch.arange(x.shape[1]).expand(x.shape[0], -1)
    return cross_entropy(torch.matmul(views[0], views[1].transpose(1, 2)) / 0.3, target)


def first_token(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """What stood first, from a mean weighted by learnt attention: nothing to see until it is found."""
    h = embed(p, "table", x) + p["place"].unsqueeze(1)
    weight = torch.softmax(torch.matmul(norm(h), p["query"].unsqueeze(1).unsqueeze(3)), dim=2)
    return cross_entropy(linear(p, "head", (weight * h).sum(2)), x[..., 0])


def counted(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """How often the token 3 comes up, as a class."""
    target = (x == 3).sum(-1).clamp(max=5)
    h = F.relu(linear(p, "l0", embed(p, "table", x).mean(2)))
    return cross_entropy(linear(p, "head", h), target)


def penalised(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Cross-entropy and the weights' squares in one number, as some frameworks log it."""
    weights = sum(p[f"l{place}.w"].square().flatten(1).sum(1) for place in range(3))
    return cross_entropy(mlp(p, x, 3), y) + 3e-3 * weights


def several(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Class and picture at once, the one loss a few times as large as the other."""
    h = F.relu(linear(p, "l1", F.relu(linear(p, "l0", x))))
    return cross_entropy(linear(p, "head", h), y) + 20 * squared(linear(p, "back", h), x)


def normalised(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Normalisation over the batch after every layer."""
    for name in ("l0", "l1"):
        h = linear(p, name, x)
        x = F.relu((h - h.mean(1, keepdim=True)) * torch.rsqrt(h.var(1, keepdim=True, unbiased=False) + 1e-5))
    return cross_entropy(linear(p, "l2", x), y)


def rare(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """One class in ten against the rest: most batches hold two or three of it."""
    return F.binary_cross_entropy_with_logits(mlp(p, x, 2).squeeze(-1), (y == 8).float(), reduction="none").mean(1)


def survival(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Times until something happens, exponential, a third of them cut off: negative log-likelihood."""
    log_rate = mlp(p, x, 3, torch.tanh).clamp(-6, 6)
    time = F.softplus(y)
    seen = (time < 1.1).float()
    return (time.clamp(max=1.1) * log_rate.exp() - seen * log_rate).flatten(1).mean(1)


def several_steps(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """The next value three times over, each guess fed back."""
    error = torch.zeros(x.shape[0])
    seen = x[..., :-2]
    for k in range(2):
        guess = mlp(p, seen, 2, torch.tanh)
        error = error + squared(guess, x[..., x.shape[-1] - 2 + k].unsqueeze(-1))
        seen = torch.cat([seen[..., 1:], guess], dim=-1)
    return error + squared(mlp(p, seen, 2, torch.tanh), y)
