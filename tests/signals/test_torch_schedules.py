"""The schedulers of PyTorch as the oracle: what they write is recognised by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from loglens.signals.lr.schedule import recognise
from loglens.signals.track import Track

torch = pytest.importorskip("torch")
STEPS = 400
Make = Callable[[Any], Any]

CASES: dict[str, tuple[str, Make]] = {
    "StepLR": ("step", lambda o: torch.optim.lr_scheduler.StepLR(o, 100, 0.1)),
    "MultiStepLR": ("step", lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [150, 300], 0.2)),
    "ExponentialLR": ("exponential", lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.99)),
    "LinearLR": ("linear", lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.05, STEPS)),
    "PolynomialLR": ("polynomial", lambda o: torch.optim.lr_scheduler.PolynomialLR(o, STEPS, 2.0)),
    "CosineAnnealingLR": ("cosine", lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, STEPS, 1e-5)),
    "WarmRestarts": ("restarts", lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 100)),
    "OneCycleLR": ("one_cycle", lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=STEPS + 1)),
    "CyclicLR": ("cyclic", lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.01, 0.1, step_size_up=40)),
    "ConstantLR": ("constant", lambda o: torch.optim.lr_scheduler.ConstantLR(o, 1.0)),
    "LambdaLR, inverse root": (
        "inverse_sqrt",
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: min((t + 1) / 40, math.sqrt(40 / (t + 1)))),
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("every", [1, 8])
def test_schedulers_of_pytorch(name: str, every: int) -> None:
    kind, make = CASES[name]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = make(optimizer)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    track = Track(tag="lr", steps=np.arange(0, STEPS, every), values=np.array(rates[::every], dtype=float))
    assert recognise(track).kind == kind
