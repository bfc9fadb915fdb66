"""Losses on text and other sequences of tokens: recurrent, convolutional, attentive, or no more than a table."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from tests.lab.trainings.layers import Params, block, cross_entropy, embed, linear, norm, squared


def lstm_states(inputs: Tensor, again: Tensor) -> Tensor:
    """inputs (K, B, T, 4 D), what each gate gets; again (K, D, 4 D) -> the states (K, B, T, D)."""
    h = torch.zeros_like(inputs[:, :, 0, : inputs.shape[-1] // 4])
    cell, states = h, []
    for t in range(inputs.shape[2]):
        keep, take, show, new = (inputs[:, :, t] + torch.bmm(h, again)).chunk(4, dim=-1)
        cell = torch.sigmoid(keep + 1) * cell + torch.sigmoid(take) * torch.tanh(new)
        h = torch.sigmoid(show) * torch.tanh(cell)
        states.append(h)
    return torch.stack(states, 2)


def lstm(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    states = lstm_states(linear(p, "in", embed(p, "table", x)), p["hh"])
    return cross_entropy(linear(p, "head", states), y)


def dilated(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Causal convolutions of width two that look 1, 2 and 4 back (van den Oord et al. 2016)."""
    h = embed(p, "table", x)
    for place in range(3):
        before = F.pad(h, (0, 0, 2**place, 0))[:, :, : h.shape[2]]
        h = h + F.gelu(linear(p, f"c{place}", torch.cat([before, h], dim=-1)))
    return cross_entropy(linear(p, "head", h), y)


def masked_language(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """The hidden words from those around them (Devlin et al. 2019); few words a batch count, so it is noisy."""
    h = embed(p, "table", x) + p["place"].unsqueeze(1)
    logits = linear(p, "head", norm(block(p, "b0", h, heads=2, causal=False, post_norm=False)))
    each = F.cross_entropy(logits.flatten(0, -2), y.flatten(), reduction="none", ignore_index=-100)
    asked = (y != -100).reshape(x.shape[0], -1)
    return each.reshape(x.shape[0], -1).sum(1) / asked.sum(1).clamp_min(1)


def word_vectors(p: Params, x: Tensor, _: Tensor, generator: torch.Generator) -> Tensor:
    """Skip-gram with five negative samples and a small start (Mikolov et al. 2013): a plateau, then a fall."""
    centre = embed(p, "centre", x[..., 2])
    context = embed(p, "context", x[..., 3])
    wrong = torch.randint(0, 256, (x.shape[1], 5), generator=generator).expand(x.shape[0], -1, -1)
    positive = F.softplus(-(centre * context).sum(-1))
    negative = F.softplus((centre.unsqueeze(2) * embed(p, "context", wrong)).sum(-1)).sum(-1)
    return (positive + negative).mean(1)


def bag_of_words(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """The word in the middle from the mean of the others."""
    h = embed(p, "table", torch.cat([x[..., :2], x[..., 3:]], dim=-1)).mean(2)
    return cross_entropy(linear(p, "head", h), x[..., 2])


def co_occurrence(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """GloVe: logarithms of counts as products of vectors, rare pairs weighing less."""
    one, other = embed(p, "words", x[..., 0]), embed(p, "others", x[..., 1])
    bias = embed(p, "bias", x[..., 0]) + embed(p, "bias", x[..., 1])
    said = (one * other).sum(-1, keepdim=True) + bias
    weight = (y.exp() / 40).clamp(0.0, 1.0) ** 0.75
    return (weight * (said - y).square()).flatten(1).mean(1)


def topic(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    return cross_entropy(linear(p, "head", F.relu(linear(p, "l0", embed(p, "table", x).mean(2)))), y)


def bigram(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """A table of what follows what: convex."""
    return cross_entropy(embed(p, "table", x), y)


def experts(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """The next character from four experts and a gate that mixes them, with a loss for balance."""
    h = embed(p, "table", x).flatten(2)
    gate = torch.softmax(linear(p, "gate", h), -1)
    each = F.relu(linear(p, "l0", h)).reshape(*h.shape[:2], 4, -1)
    mixed = (each * gate.unsqueeze(-1)).flatten(2)
    balance = 4 * gate.mean(1).square().sum(-1)
    return cross_entropy(linear(p, "head", mixed), y[..., -1]) + 0.05 * balance


def depth(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """How many brackets are open at the end, by a minimal gated unit (Zhou et al. 2016)."""
    inputs = linear(p, "in", embed(p, "table", x))
    h = torch.zeros_like(inputs[:, :, 0, : inputs.shape[-1] // 2])
    for t in range(x.shape[2]):
        gate_in, new_in = inputs[:, :, t].chunk(2, dim=-1)
        gate_h, new_h = torch.bmm(h, p["hh"]).chunk(2, dim=-1)
        gate = torch.sigmoid(gate_in + gate_h)
        h = (1 - gate) * h + gate * torch.tanh(new_in + gate * new_h)
    return cross_entropy(linear(p, "head", h), y)


def modular_sum(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    h = F.relu(linear(p, "l0", embed(p, "table", x).flatten(2)))
    return cross_entropy(linear(p, "head", h), y)


def click(p: Params, x: Tensor, y: Tensor, _: torch.Generator) -> Tensor:
    """Wide and deep (Cheng et al. 2016): a table of odds and a small network side by side."""
    deep = linear(p, "l1", F.relu(linear(p, "l0", embed(p, "table", x).flatten(2))))
    odds = embed(p, "wide", x).sum(2) + deep
    return F.binary_cross_entropy_with_logits(odds, y, reduction="none").flatten(1).mean(1)


def ranking(p: Params, x: Tensor, y: Tensor, generator: torch.Generator) -> Tensor:
    """What was liked above what was drawn at random (Rendle et al. 2009), from a small start."""
    user = embed(p, "users", x[..., 0])
    other = torch.randint(0, 100, x.shape[1:2], generator=generator).expand(x.shape[0], -1)
    better = (user * (embed(p, "items", x[..., 1]) - embed(p, "items", other))).sum(-1)
    return (F.softplus(-torch.sign(y.flatten(1)) * better)).mean(1)


def next_rows(p: Params, x: Tensor, _: Tensor, __: torch.Generator) -> Tensor:
    """Every row of an image from the rows above it through a block of attention."""
    rows = x.reshape(*x.shape[:2], 8, 8)
    h = linear(p, "in", rows[:, :, :-1]) + p["place"].unsqueeze(1)
    h = block(p, "b0", h, heads=2, causal=True, post_norm=False)
    return squared(linear(p, "head", norm(h)), rows[:, :, 1:])
