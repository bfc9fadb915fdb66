"""Data made from a formula: (N, ...) tensors with a fixed seed, split once into train and validation."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch

from tests.lab.tasks.data.basic import Data, split

COUNT = 3000


def _float(values: object) -> torch.Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float32)


@cache
def modular(base: int = 19) -> Data:
    """x (N, 2) two numbers, y their sum modulo `base`: every pair several times."""
    pairs = np.array([(a, b) for a in range(base) for b in range(base)] * 6)
    return split(torch.tensor(pairs), torch.tensor(pairs.sum(1) % base))


@cache
def parity(bits: int = 10, asked: int = 2) -> Data:
    """x (N, bits) of -1 and 1, y whether the first `asked` agree in number: nothing to see until all are found."""
    rng = np.random.default_rng(31)
    x = rng.choice([-1.0, 1.0], (COUNT, bits))
    return split(_float(x), torch.tensor((x[:, :asked].prod(1) > 0).astype(int)))


@cache
def point_sets(points: int = 10) -> Data:
    """x (N, points, 3) clouds, y (N, 1) the spread of the cloud: the same in every order of its points."""
    rng = np.random.default_rng(32)
    width = rng.uniform(0.3, 2.0, (COUNT, 1, 1))
    x = rng.standard_normal((COUNT, points, 3)) * width + rng.standard_normal((COUNT, 1, 3))
    return split(_float(x), _float(x.std(1).mean(1, keepdims=True)))


@cache
def graphs(nodes: int = 8) -> Data:
    """x (N, nodes, nodes + 2): the normalised adjacency and two features of every node; y which of three ways the
    graph was wired."""
    rng = np.random.default_rng(33)
    kind = rng.integers(0, 3, COUNT)
    side = np.arange(nodes) < nodes // 2
    same = side[:, None] == side[None, :]
    chance = np.stack([np.full(same.shape, 0.4), np.where(same, 0.65, 0.15), np.where(same, 0.15, 0.65)])[kind]
    upper = np.triu(rng.random((COUNT, nodes, nodes)) < chance, 1)
    wired = (upper | upper.transpose(0, 2, 1)) + np.eye(nodes)
    scale = wired.sum(2) ** -0.5
    adjacency = wired * scale[:, :, None] * scale[:, None, :]
    features = np.stack([np.where(side, 1.0, -1.0) + 0.3 * rng.standard_normal((COUNT, nodes)), wired.sum(2) / 4], 2)
    return split(_float(np.concatenate([adjacency, features], 2)), torch.tensor(kind))


@cache
def adding(length: int = 10) -> Data:
    """x (N, length, 2): numbers and two marks; y (N, 1) the sum of the marked ones (Hochreiter & Schmidhuber 1997)."""
    rng = np.random.default_rng(34)
    numbers = rng.uniform(0, 1, (COUNT, length))
    marks = np.zeros_like(numbers)
    for row in marks:
        row[rng.choice(length, 2, replace=False)] = 1.0
    return split(_float(np.stack([numbers, marks], 2)), _float((numbers * marks).sum(1, keepdims=True)))


@cache
def clicks(fields: int = 5, values: int = 30) -> Data:
    """x (N, fields) ids, y (N, 1) whether somebody clicked, one in six: most of the loss can't be learnt away."""
    rng = np.random.default_rng(35)
    x = rng.integers(0, values, (8000, fields)) + np.arange(fields) * values
    worth = 0.8 * rng.standard_normal(fields * values)
    odds = 1 / (1 + np.exp(2.0 - worth[x].sum(1) / math.sqrt(2)))
    return split(torch.tensor(x), _float((rng.random(len(x)) < odds)[:, None]))


@cache
def overlapping() -> Data:
    """Four classes that overlap, a fifth of the labels drawn at random: x (N, 10); a high floor that is no fault."""
    rng = np.random.default_rng(36)
    label = rng.integers(0, 4, COUNT)
    x = 1.3 * rng.standard_normal((4, 10))[label] + rng.standard_normal((COUNT, 10))
    return split(_float(x), torch.tensor(np.where(rng.random(COUNT) < 0.2, rng.integers(0, 4, COUNT), label)))


@cache
def waveforms(length: int = 24) -> Data:
    """x (N, length): sines, squares, saws and chirps of any phase in noise; four classes."""
    rng = np.random.default_rng(37)
    kind = rng.integers(0, 4, COUNT)
    t = np.arange(length)[None, :]
    phase = 2 * np.pi * rng.random((COUNT, 1)) + t * rng.uniform(0.4, 0.9, (COUNT, 1))
    saw = (phase / np.pi) % 2 - 1
    shapes = np.stack([np.sin(phase), np.sign(np.sin(phase)), saw, np.sin(phase + 0.03 * t**2)])
    return split(
        _float(shapes[kind, np.arange(COUNT)] + 0.4 * rng.standard_normal((COUNT, length))), torch.tensor(kind)
    )


@cache
def returns(length: int = 10) -> Data:
    """Windows of a series with much noise: x (N, length), y (N, 1) the next value, which can be known in part."""
    rng = np.random.default_rng(38)
    noise = rng.standard_normal(5000)
    out = np.zeros_like(noise)
    for t in range(2, len(noise)):
        out[t] = 1.5 * np.tanh(2 * out[t - 1]) - 0.9 * out[t - 2] + 0.6 * noise[t]
    x = np.stack([out[s : s + length] for s in range(len(out) - length)])
    return split(_float(x), _float(out[length:, None]))


@cache
def crescents() -> Data:
    """Two moons in the plane as a density to be learnt: x (N, 2), which is its own target."""
    from sklearn.datasets import make_moons

    points, label = make_moons(COUNT, noise=0.08, random_state=39)
    x = _float((points - points.mean(0)) / points.std(0))
    return split(x, x, order=torch.tensor(label))


@cache
def friedman() -> Data:
    """Friedman's first regression problem, standardised: x (N, 10), y (N, 1)."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(COUNT, noise=1.0, random_state=40)
    return split(_float(2 * x - 1), _float((y[:, None] - y.mean()) / y.std()))


@cache
def random_features(count: int = 60) -> Data:
    """Random Fourier features of a smooth function (Rahimi & Recht 2007), x (N, count), y (N, 1): convex, with
    curvatures that differ by orders of magnitude."""
    rng = np.random.default_rng(41)
    z = rng.standard_normal((COUNT, 3))
    x = np.cos(z @ rng.standard_normal((3, count)) + 2 * np.pi * rng.random(count)) / np.arange(1, count + 1) ** 0.5
    y = np.sin(2 * z[:, :1]) + z[:, 1:2] * z[:, 2:] / 2 + 0.1 * rng.standard_normal((COUNT, 1))
    return split(_float(x), _float(y))


@cache
def moments() -> Data:
    """Times x (N, 1) in -1..1 at which a differential equation has to hold; y (N, 1) is not used by the loss."""
    x = torch.rand(COUNT, 1, generator=torch.Generator().manual_seed(42)) * 2 - 1
    return split(x, x)


@cache
def repeats(length: int = 12, symbols: int = 12) -> Data:
    """Sequences that say everything twice: x (N, length) tokens, y the next ones; only the second half can be known."""
    rng = np.random.default_rng(43)
    half = rng.integers(0, symbols, (COUNT, length // 2 + 1))
    whole = np.concatenate([half, half], 1)[:, : length + 1]
    return split(torch.tensor(whole[:, :-1]), torch.tensor(whole[:, 1:]))


@cache
def brackets(length: int = 14) -> Data:
    """x (N, length) of three kinds of brackets and a filler (symbols 0..6), y how deep they still are at the end, at
    most five."""
    rng = np.random.default_rng(44)
    rows, depths = [], []
    for _ in range(COUNT):
        stack: list[int] = []
        row = []
        for _ in range(length):
            draw = rng.random()
            if draw < 0.4:
                stack.append(int(rng.integers(0, 3)))
                row.append(stack[-1])
            elif stack and draw < 0.8:
                row.append(3 + stack.pop())
            else:
                row.append(6)
        rows.append(row)
        depths.append(min(5, len(stack)))
    return split(torch.tensor(rows), torch.tensor(depths))


@cache
def clusters(classes: int = 100, width: int = 24, spread: float = 0.75) -> Data:
    """x (N, width) points around one centre a class, which overlap: many classes begin at ln(classes)."""
    rng = np.random.default_rng(47)
    centres = rng.standard_normal((classes, width))
    y = rng.integers(0, classes, 2 * COUNT)
    return split(_float(centres[y] + spread * rng.standard_normal((len(y), width))), torch.tensor(y))


@cache
def scattered(size: int = 50) -> Data:
    """x (N, size) samples around zero, their own target."""
    x = _float(np.random.default_rng(48).standard_normal((1000, size)))
    return split(x, x)
