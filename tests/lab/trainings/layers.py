"""Layers for K networks at once: every tensor has the lane (one training run) as its first axis.

One batched matrix product for K lanes costs little more than one run's, which is what makes a sixteen-LR sweep cheap.
Parameters are one flat (K, P) tensor, so that an optimizer is a few element-wise lines for all lanes together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

Params = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Spec:
    """One parameter of one network: drawn from N(0, std²), or constant where `std` is 0."""

    name: str
    shape: tuple[int, ...]
    std: float = 0.0
    value: float = 0.0

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def dense(name: str, inputs: int, outputs: int, *, gain: float = 1.0, bias: float = 0.0) -> list[Spec]:
    """Weights with variance gain²/inputs and a constant bias."""
    return [
        Spec(f"{name}.w", (inputs, outputs), std=gain / math.sqrt(inputs)),
        Spec(f"{name}.b", (outputs,), value=bias),
    ]


def initial(specs: Sequence[Spec], seeds: Sequence[int]) -> Tensor:
    """(K, P) start values; lanes of one seed start equal."""
    lanes = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(7919 * seed + 11)
        lanes.append(torch.cat([torch.randn(s.size, generator=generator) * s.std + s.value for s in specs]))
    return torch.stack(lanes)


def views(specs: Sequence[Spec], flat: Tensor) -> dict[str, Tensor]:
    """(K, P) cut into the named (K, *shape) parameters, without a copy."""
    parts = torch.split(flat, [s.size for s in specs], dim=1)
    return {s.name: part.reshape(flat.shape[0], *s.shape) for s, part in zip(specs, parts, strict=True)}


def linear(p: Params, name: str, x: Tensor) -> Tensor:
    """x (K, ..., inputs) -> (K, ..., outputs)."""
    weight = p[f"{name}.w"]
    rows = x.reshape(x.shape[0], -1, x.shape[-1])
    out = torch.baddbmm(p[f"{name}.b"].unsqueeze(1), rows, weight)
    return out.reshape(*x.shape[:-1], weight.shape[-1])


def conv3x3(p: Params, name: str, x: Tensor, *, stride: int = 1) -> Tensor:
    """x (K, B, C, H, W) -> (K, B, O, H/stride, W/stride), padding 1; im2col and one batched product."""
    lanes, batch, channels, height, width = x.shape
    columns = F.unfold(x.reshape(lanes * batch, channels, height, width), 3, padding=1, stride=stride)
    rows = columns.transpose(1, 2).reshape(lanes, -1, channels * 9)
    out = torch.baddbmm(p[f"{name}.b"].unsqueeze(1), rows, p[f"{name}.w"])
    new = (height + stride - 1) // stride
    return out.reshape(lanes, batch, new, -1, out.shape[-1]).permute(0, 1, 4, 2, 3)


def norm(x: Tensor) -> Tensor:
    """Layer norm over the last axis, without scale and shift."""
    return F.layer_norm(x, (x.shape[-1],))


def attention(p: Params, name: str, x: Tensor, *, heads: int, causal: bool) -> Tensor:
    """Multi-head self-attention, x (K, B, T, D)."""
    lanes, batch, length, width = x.shape
    q, k, v = (
        part.reshape(lanes * batch, length, heads, -1).transpose(1, 2)
        for part in torch.split(linear(p, f"{name}.qkv", x), width, dim=-1)
    )
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return linear(p, f"{name}.out", mixed.transpose(1, 2).reshape(lanes, batch, length, width))


def attention_specs(name: str, width: int) -> list[Spec]:
    return dense(f"{name}.qkv", width, 3 * width) + dense(f"{name}.out", width, width)


def block(p: Params, name: str, x: Tensor, *, heads: int, causal: bool, post_norm: bool) -> Tensor:
    """A transformer block; with `post_norm` the residual stream itself is normalised (the kind that needs warm-up)."""
    if post_norm:
        x = norm(x + attention(p, name, x, heads=heads, causal=causal))
        return norm(x + linear(p, f"{name}.down", F.gelu(linear(p, f"{name}.up", x))))
    x = x + attention(p, name, norm(x), heads=heads, causal=causal)
    return x + linear(p, f"{name}.down", F.gelu(linear(p, f"{name}.up", norm(x))))


def block_specs(name: str, width: int) -> list[Spec]:
    return (
        attention_specs(name, width) + dense(f"{name}.up", width, 4 * width) + dense(f"{name}.down", 4 * width, width)
    )


def embed(p: Params, name: str, tokens: Tensor) -> Tensor:
    """tokens (K, ...) int -> (K, ..., D), each lane from its own table."""
    table = p[name]
    lanes, size, width = table.shape
    offsets = torch.arange(lanes).reshape(-1, *([1] * (tokens.dim() - 1))) * size
    return F.embedding(tokens + offsets, table.reshape(lanes * size, width))


def cross_entropy(logits: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """(K,) mean over everything but the lane; logits (K, ..., C), target (K, ...)."""
    lanes = logits.shape[0]
    each = F.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), target.reshape(-1), reduction="none", label_smoothing=smoothing
    )
    return each.reshape(lanes, -1).mean(1)


def squared(prediction: Tensor, target: Tensor) -> Tensor:
    """(K,) mean squared error."""
    return (prediction - target).square().flatten(1).mean(1)
