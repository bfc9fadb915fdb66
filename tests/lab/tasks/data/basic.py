"""Training data that ships in packages or in Python itself: nothing is downloaded. Split once into train and
validation."""

from __future__ import annotations

import math
import string
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """x, y (N, ...) of the training part and of the validation part. `order`: (N,) what class-sorted data sorts by."""

    x: Tensor
    y: Tensor
    x_val: Tensor
    y_val: Tensor
    order: Tensor

    @property
    def size(self) -> int:
        return len(self.x)


def split(x: Tensor, y: Tensor, *, order: Tensor | None = None, share: float = 0.75, seed: int = 0) -> Data:
    shuffle = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    x, y = x[shuffle], y[shuffle]
    key = order[shuffle] if order is not None else (y if y.dim() == 1 else y.flatten(1)[:, 0])
    cut = int(len(x) * share)
    return Data(x[:cut], y[:cut], x[cut : cut + 256], y[cut : cut + 256], key[:cut])


@cache
def digits() -> Data:
    """1,797 images of 8 × 8, ten classes; x (N, 64) in 0..1."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return split(torch.tensor(bunch.data, dtype=torch.float32) / 16, torch.tensor(bunch.target))


@cache
def digit_images() -> Data:
    """The digits as their own target, sorted by class where sorting is the fault."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = torch.tensor(bunch.data, dtype=torch.float32) / 16
    return split(x, x, order=torch.tensor(bunch.target))


@cache
def turned_digits() -> Data:
    """The digits on their side and in negative: what a network knows before it is fine-tuned on `digits`."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x = 1 - torch.tensor(bunch.data, dtype=torch.float32) / 16
    return split(x.reshape(-1, 8, 8).transpose(1, 2).flatten(1), torch.tensor(bunch.target))


@cache
def attributes() -> Data:
    """The digits with six yes-or-no questions, y (N, 6): even, above four, has a loop, prime, divisible by 3, round."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    yes = ({0, 2, 4, 6, 8}, {5, 6, 7, 8, 9}, {0, 6, 8, 9}, {2, 3, 5, 7}, {0, 3, 6, 9}, {0, 2, 3, 5, 6, 8, 9})
    y = torch.tensor([[float(digit in one) for one in yes] for digit in bunch.target.tolist()])
    return split(torch.tensor(bunch.data, dtype=torch.float32) / 16, y, order=torch.tensor(bunch.target))


@cache
def counts() -> Data:
    """Poisson counts around a smooth function of twelve inputs: y (N, 1)."""
    rng = np.random.default_rng(17)
    x = rng.standard_normal((3000, 12))
    mean = np.exp(0.6 + np.tanh(x @ rng.standard_normal((12, 6)) / 3) @ rng.standard_normal((6, 1)) / 2)
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(rng.poisson(mean), dtype=torch.float32))


@cache
def table(name: str) -> Data:
    """A small table of scikit-learn: 'wine', 'breast_cancer' (classes) or 'diabetes' (a standardised number)."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    x = torch.tensor(bunch.data, dtype=torch.float32)
    x = (x - x.mean(0)) / x.std(0)
    y = torch.tensor(bunch.target)
    if name == "diabetes":
        y = ((y - y.mean()) / y.std()).float().unsqueeze(1)
    return split(x, y)


@cache
def text(source: str, length: int, count: int = 16_000) -> Data:
    """Windows of text from Python's own library as tokens below 64; the target is the next character.

    source: 'code' (the standard library's source) or 'prose' (its help and licence pages).
    """
    folder = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse.py", "typing.py", "inspect.py", "doctest.py") if source == "code" else ("pydoc_data/topics.py",)
    raw = "".join((folder / name).read_text("utf-8", errors="ignore")[:200_000] for name in names)
    alphabet = (string.ascii_lowercase + string.digits + " \n.,:;'\"()[]{}_=+-*/<>#@!?\\")[:63]
    code = {letter: place + 1 for place, letter in enumerate(alphabet)}
    tokens = torch.tensor([code.get(letter, 0) for letter in raw.lower()])
    starts = torch.randint(0, len(tokens) - length - 1, (count,), generator=torch.Generator().manual_seed(5))
    windows = torch.stack([tokens[s : s + length + 1] for s in starts.tolist()])
    return split(windows[:, :-1], windows[:, 1:], order=starts, share=0.9)


@cache
def words(length: int, count: int = 16_000) -> Data:
    """Windows of words of Python's help pages: the 255 commonest words, 0 for all others."""
    from collections import Counter

    raw = (Path(sysconfig.get_paths()["stdlib"]) / "pydoc_data/topics.py").read_text("utf-8", errors="ignore")
    split_text = raw.lower().replace("\\n", " ").split()
    known = {word: place + 1 for place, (word, _) in enumerate(Counter(split_text).most_common(255))}
    tokens = torch.tensor([known.get(word, 0) for word in split_text])
    starts = torch.randint(0, len(tokens) - length - 1, (count,), generator=torch.Generator().manual_seed(6))
    windows = torch.stack([tokens[s : s + length + 1] for s in starts.tolist()])
    return split(windows[:, :-1], windows[:, 1:], order=starts, share=0.9)


@cache
def teacher(inputs: int = 12, *, heavy: bool = False) -> Data:
    """Regression on a random two-layer teacher, with Gaussian noise or Student's t noise of two degrees of freedom."""
    rng = np.random.default_rng(3 + heavy)
    x = rng.standard_normal((3000, inputs))
    hidden = np.tanh(x @ rng.standard_normal((inputs, 16)) / math.sqrt(inputs) * 1.5)
    y = hidden @ rng.standard_normal((16, 1)) / 2
    noise = rng.standard_t(2.2, y.shape) * 0.15 if heavy else rng.standard_normal(y.shape) * 0.1
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y + noise, dtype=torch.float32))


@cache
def ratings(users: int = 150, items: int = 100) -> Data:
    """A rank-4 matrix with noise: x (N, 2) user and item, y (N, 1) rating."""
    rng = np.random.default_rng(8)
    full = rng.standard_normal((users, 4)) @ rng.standard_normal((4, items)) / 2 + 0.1 * rng.standard_normal(
        (users, items)
    )
    who, what = rng.integers(0, users, 6000), rng.integers(0, items, 6000)
    return split(
        torch.tensor(np.stack([who, what], 1)), torch.tensor(full[who, what][:, None], dtype=torch.float32), share=0.9
    )


@cache
def recall(length: int = 8, symbols: int = 10) -> Data:
    """Sequences whose label is the symbol after the marker: a plateau, then a sudden drop, as attention finds it."""
    rng = np.random.default_rng(21)
    x = rng.integers(0, symbols, (4000, length))
    at = rng.integers(0, length - 1, len(x))
    x[np.arange(len(x)), at] = symbols
    return split(torch.tensor(x), torch.tensor(x[np.arange(len(x)), at + 1]))


@cache
def spirals() -> Data:
    """Three noisy spiral arms in the plane: x (N, 2), three classes."""
    rng = np.random.default_rng(2)
    label = rng.integers(0, 3, 1800)
    radius = rng.uniform(0.1, 1.0, len(label))
    angle = 4 * radius + label * 2 * np.pi / 3 + 0.12 * rng.standard_normal(len(label))
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) * 2
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(label))


@cache
def waves(length: int = 12) -> Data:
    """Windows of a noisy sum of two sines; the target is the next value."""
    rng = np.random.default_rng(13)
    t = np.arange(4000)
    wave = np.sin(t / 7) + 0.6 * np.sin(t / 2.3 + 1) + 0.1 * rng.standard_normal(len(t))
    x = np.stack([wave[s : s + length] for s in range(len(t) - length - 1)])
    return split(
        torch.tensor(x, dtype=torch.float32), torch.tensor(wave[length : length + len(x), None], dtype=torch.float32)
    )
