"""What the lab's tasks minimise: each a loss of K networks at once, `loss(params, x, y, generator)` -> (K,)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.trainings.layers import Params, block, conv3x3, cross_entropy, embed, linear, norm, squared

Loss = Callable[[Params, Tensor, Tensor, torch.Generator], Tensor]


def mlp(p: Params, x: Tensor, layers: int, act: Callable[[Tensor], Tensor] = F.relu) -> Tensor:
    for place in range(layers - 1):
        x = act(linear(p, f"l{place}", x))
    return linear(p, f"l{layers - 1}", x)


def classifier(layers: int, act: Callable[[Tensor], Tensor] = F.relu, smoothing: float = 0.0) -> Loss:
    return lambda p, x, y, _: cross_entropy(mlp(p, x, layers, act), y, smoothing=smoothing)


def regressor(layers: int, act: Callable[[Tensor], Tensor] = F.relu) -> Loss:
    return lambda p, x, y, _: squared(mlp(p, x, layers, act), y)


def cnn(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(conv3x3(p, "c0", x.reshape(*x.shape[:2], 1, 8, 8), stride=2))
    h = F.relu(conv3x3(p, "c1", h, stride=2))
    return cross_entropy(linear(p, "head", h.flatten(2)), y)


def resnet(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(linear(p, "in", x))
    for place in range(3):
        h = h + linear(p, f"r{place}b", F.relu(linear(p, f"r{place}a", norm(h))))
    return cross_entropy(linear(p, "head", norm(h)), y)


def autoencoder(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    return squared(mlp(p, x, 4, F.relu), y)


def vae(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    mean, log_var = linear(p, "e1", F.relu(linear(p, "e0", x))).chunk(2, dim=-1)
    log_var = log_var.clamp(-8, 8)
    z = mean + torch.exp(log_var / 2) * torch.randn(mean.shape[1:], generator=generator)
    out = linear(p, "d1", F.relu(linear(p, "d0", z)))
    likelihood = F.binary_cross_entropy_with_logits(out, y.clamp(0, 1), reduction="none").sum(-1)
    return (likelihood + 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(-1)).mean(1)


def denoise(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    level = torch.rand(x.shape[1], 1, generator=generator)
    noise = torch.randn(x.shape[1:], generator=generator)
    mixed = torch.cos(level * 1.57) * (2 * x - 1) + torch.sin(level * 1.57) * noise
    h = torch.cat([mixed, level.expand(x.shape[0], -1, 4)], dim=-1)
    return squared(mlp(p, h, 3, F.silu), noise.expand(x.shape[0], -1, -1))


def contrastive(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    views = []
    for _view in range(2):
        noise = 0.25 * torch.randn(x.shape[1:], generator=generator)
        keep = (torch.rand(x.shape[1:], generator=generator) > 0.2).float()
        views.append(F.normalize(mlp(p, (x + noise) * keep, 3), dim=-1))
    logits = torch.matmul(views[0], views[1].transpose(1, 2)) / 0.2
    target = torch.arange(x.shape[1]).expand(x.shape[0], -1)
    return cross_entropy(logits, target)


def factorise(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    u, v = embed(p, "users", x[..., 0]), embed(p, "items", x[..., 1])
    return squared((u * v).sum(-1, keepdim=True), y)


def density(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    mean, log_scale = mlp(p, x, 3, torch.tanh).chunk(2, dim=-1)
    log_scale = log_scale.clamp(-6, 6)
    return (log_scale + 0.5 * ((y - mean) * torch.exp(-log_scale)).square()).flatten(1).mean(1)


def counts(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Poisson regression: the negative log-likelihood without its constant, which may well be below zero."""
    log_mean = mlp(p, x, 3, F.silu).clamp(-8, 8)
    return (log_mean.exp() - y * log_mean).flatten(1).mean(1)


def attributes(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Several yes-or-no questions of one input."""
    return F.binary_cross_entropy_with_logits(mlp(p, x, 3), y, reduction="none").flatten(1).mean(1)


def rnn(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", embed(p, "table", x))
    h = torch.zeros_like(inputs[:, :, 0])
    states = []
    for t in range(x.shape[2]):
        h = torch.tanh(inputs[:, :, t] + torch.bmm(h, p["hh"]))
        states.append(h)
    return cross_entropy(linear(p, "head", torch.stack(states, 2)), y)


def gru(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
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


def row_gru(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", x.reshape(*x.shape[:2], 8, 8))
    width = inputs.shape[-1] // 3
    h = torch.zeros_like(inputs[:, :, 0, :width])
    for t in range(8):
        z_in, r_in, n_in = torch.split(inputs[:, :, t], width, dim=-1)
        z_h, r_h, n_h = torch.split(torch.bmm(h, p["hh"]), width, dim=-1)
        z = torch.sigmoid(z_in + z_h)
        h = (1 - z) * torch.tanh(n_in + torch.sigmoid(r_in + r_h) * n_h) + z * h
    return cross_entropy(linear(p, "head", h), y)


def forecast(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    inputs = linear(p, "in", x.unsqueeze(-1))
    h = torch.zeros_like(inputs[:, :, 0])
    for t in range(x.shape[2]):
        h = torch.tanh(inputs[:, :, t] + torch.bmm(h, p["hh"]))
    return squared(linear(p, "head", h), y)


def patches(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    lanes, batch = x.shape[:2]
    cut = x.reshape(lanes, batch, 4, 2, 4, 2).permute(0, 1, 2, 4, 3, 5).reshape(lanes, batch, 16, 4)
    h = linear(p, "in", cut) + p["place"].unsqueeze(1)
    h = block(p, "b0", h, heads=2, causal=False, post_norm=False)
    return cross_entropy(linear(p, "head", norm(h).mean(2)), y)


def hinge(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    scores = mlp(p, x, 3)
    true = scores.gather(2, y.unsqueeze(2))
    return F.relu(1 + scores - true).sum(2).mean(1) - 1


def window_language(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Bengio's feed-forward language model: the last word from the ones before it."""
    h = F.relu(linear(p, "l0", embed(p, "table", x).flatten(2)))
    return cross_entropy(linear(p, "head", h), y[..., -1])


def skipgram(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    centre, context = embed(p, "centre", x[..., 5]), embed(p, "context", x[..., 6])
    wrong = embed(p, "context", x[..., 6].roll(1, 1))
    positive, negative = (centre * context).sum(-1), (centre * wrong).sum(-1)
    return (F.softplus(-positive) + F.softplus(negative)).mean(1)


def language(blocks: int, *, post_norm: bool) -> Loss:
    def loss(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
        h = embed(p, "table", x) + p["place"].unsqueeze(1)
        for place in range(blocks):
            h = block(p, f"b{place}", h, heads=2, causal=True, post_norm=post_norm)
        return cross_entropy(linear(p, "head", h if post_norm else norm(h)), y)

    return loss


def recall(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = embed(p, "table", x) + p["place"].unsqueeze(1)
    for place in range(2):
        h = block(p, f"b{place}", h, heads=2, causal=False, post_norm=False)
    return cross_entropy(linear(p, "head", norm(h).mean(2)), y)
