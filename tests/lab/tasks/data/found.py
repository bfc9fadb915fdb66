"""Data out of the packages at hand: photographs of scikit-learn, text of Python's own library."""

from __future__ import annotations

import sysconfig
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tests.lab.tasks.data.basic import Data, digits, split, text, words
from tests.lab.tasks.data.made import friedman


def _photos() -> list[Tensor]:
    """Two photographs, grey, (H, W) in 0..1."""
    from sklearn.datasets import load_sample_images

    return [torch.tensor(image, dtype=torch.float32).mean(2) / 255 for image in load_sample_images().images]


@cache
def patches(count: int = 4000, side: int = 8) -> Data:
    """Patches of photographs, x (N, 64) in 0..1 and their own target; sorted by brightness where that is the fault."""
    rng = np.random.default_rng(51)
    photos = _photos()
    cut = []
    for number in range(count):
        photo = photos[number % len(photos)]
        top, left = (int(rng.integers(0, size - side)) for size in photo.shape)
        cut.append(photo[top : top + side, left : left + side].flatten())
    x = torch.stack(cut)
    return split(x, x, order=x.mean(1))


@cache
def pixels(side: int = 64) -> Data:
    """A photograph as a function: x (N, 2) place in -1..1, y (N, 1) brightness around zero; in order by rows."""
    photo = torch.nn.functional.interpolate(_photos()[1][None, None, :420, :420], size=(side, side), mode="area")[0, 0]
    axis = torch.linspace(-1, 1, side)
    places = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    return split(places, 2 * photo.reshape(-1, 1) - 1, order=torch.arange(side * side))


@cache
def distilled() -> Data:
    """The digits with what a teacher thinks of them, y (N, 10) probabilities: logistic regression made softer."""
    from sklearn.linear_model import LogisticRegression

    data = digits()
    teacher = LogisticRegression(C=0.5, max_iter=300).fit(data.x.numpy(), data.y.numpy())

    def opinion(x: Tensor) -> Tensor:
        return torch.softmax(torch.tensor(teacher.decision_function(x.numpy()), dtype=torch.float32) / 2, -1)

    return Data(data.x, opinion(data.x), data.x_val, opinion(data.x_val), data.order)


@cache
def turned() -> Data:
    """Digits turned by a quarter, a half, three quarters or not at all: y says which (Gidaris et al. 2018)."""
    data = digits()

    def turn(x: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        how = torch.randint(0, 4, (len(x),), generator=torch.Generator().manual_seed(seed))
        images = x.reshape(-1, 8, 8)
        every = torch.stack([torch.rot90(images, k, (1, 2)).flatten(1) for k in range(4)])
        return every[how, torch.arange(len(x))], how

    (x, y), (x_val, y_val) = turn(data.x, 1), turn(data.x_val, 2)
    return Data(x, y, x_val, y_val, y)


@cache
def modules(length: int = 10, count: int = 6000) -> Data:
    """Snippets of code as words 0..255, y which of five modules of the standard library each is from."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse.py", "typing.py", "ast.py", "tarfile.py", "statistics.py")
    split_texts = [(folder / name).read_text("utf-8", errors="ignore").lower().split() for name in names]
    known = {word: n + 1 for n, (word, _) in enumerate(Counter(w for t in split_texts for w in t).most_common(255))}
    rng = np.random.default_rng(52)
    which = rng.integers(0, len(names), count)
    coded = [np.array([known.get(word, 0) for word in one]) for one in split_texts]
    starts = [int(rng.integers(0, len(coded[k]) - length)) for k in which]
    rows = np.stack([coded[k][s : s + length] for k, s in zip(which, starts, strict=True)])
    return split(torch.tensor(rows), torch.tensor(which))


@cache
def together(window: int = 4) -> Data:
    """x (N, 2) two words, y (N, 1) the logarithm of how often they stand near each other (Pennington et al. 2014)."""
    data = words(12)
    counts: Counter[tuple[int, int]] = Counter()
    for row in data.x[:6000].tolist():
        for at, word in enumerate(row[:-window]):
            counts.update((word, other) for other in row[at + 1 : at + 1 + window] if word and other)
    pairs = sorted(pair for pair, count in counts.items() if count >= 3)
    y = torch.tensor([[float(counts[pair])] for pair in pairs]).log()
    return split(torch.tensor(pairs), y)


@cache
def masked(length: int = 10) -> Data:
    """Windows of words with one in six hidden as token 256: x (N, length), y the words, -100 where none is hidden."""
    data = words(length)

    def hide(tokens: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        gone = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(seed)) < 1 / 6
        gone[:, 3] = True  # one at least in every window
        return torch.where(gone, 256, tokens), torch.where(gone, tokens, -100)

    (x, y), (x_val, y_val) = hide(data.x, 1), hide(data.x_val, 2)
    return Data(x, y, x_val, y_val, data.order)


@cache
def pairs_of_letters() -> Data:
    """One character and the next, of Python's help pages: x (N,), y (N,)."""
    data = text("prose", 4)
    return Data(data.x[:, :1], data.y[:, :1], data.x_val[:, :1], data.y_val[:, :1], data.order)


@cache
def noisy_digits() -> Data:
    """The digits under noise: a network that has learnt them has not much left to learn from `digits`."""
    data = digits()
    blur = 0.35 * torch.randn(data.x.shape, generator=torch.Generator().manual_seed(53))
    return Data(data.x + blur, data.y, data.x_val, data.y_val, data.order)


@cache
def other_friedman() -> Data:
    """Friedman's problem with its inputs in another order and another sign."""
    data = friedman()
    return Data(data.x.flip(1), -data.y, data.x_val.flip(1), -data.y_val, data.order)
