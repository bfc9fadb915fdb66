"""Optimizers on a flat (K, P) tensor of K runs, each lane with its own learning rate; all state can be reset by
lane."""

from __future__ import annotations

import torch
from torch import Tensor

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad", "lion", "nadam", "adafactor")

CENTRE_LR = {
    "sgd": 2e-1, "momentum": 2e-2, "nesterov": 2e-2, "adam": 3e-3, "adamw": 3e-3, "rmsprop": 2e-3, "adagrad": 5e-2,
    "lion": 5e-4, "nadam": 3e-3, "adafactor": 1e-2,
}  # fmt: skip
"""Where the sixteen-point LR grid of an optimizer is centred."""


class Optimizer:
    """One optimizer for K lanes. `step` returns the new parameters; the gradient has been clipped already."""

    def __init__(self, kind: str, like: Tensor, *, weight_decay: float = 0.0, momentum: float = 0.9) -> None:
        self.kind = kind
        self.momentum = momentum
        self.first = torch.zeros_like(like)
        self.second = torch.zeros_like(like)
        self.count = torch.zeros(like.shape[0], 1)
        self.weight_decay = weight_decay

    def reset(self, lanes: Tensor) -> None:
        """Forget everything about these lanes, as a resume without the optimizer's state does."""
        self.first[lanes] = 0.0
        self.second[lanes] = 0.0
        self.count[lanes] = 0.0

    def step(self, parameters: Tensor, gradient: Tensor, lr: Tensor) -> Tensor:
        """parameters, gradient (K, P); lr (K, 1)."""
        self.count += 1
        if self.weight_decay:
            parameters = parameters * (1 - lr * self.weight_decay)
        if self.kind == "sgd":
            return parameters - lr * gradient
        if self.kind in ("momentum", "nesterov"):
            self.first.mul_(self.momentum).add_(gradient)
            return parameters - lr * (gradient + self.momentum * self.first if self.kind == "nesterov" else self.first)
        if self.kind == "lion":
            update = torch.sign(0.9 * self.first + 0.1 * gradient)
            self.first.mul_(0.99).add_(gradient, alpha=0.01)
            return parameters - lr * update
        return parameters - lr * self._scaled(gradient)

    def _scaled(self, gradient: Tensor) -> Tensor:
        """The gradient divided by a running estimate of its size, as the adaptive optimizers have it."""
        if self.kind == "adagrad":
            self.second.addcmul_(gradient, gradient)
            return gradient / (self.second.sqrt() + 1e-8)
        if self.kind == "rmsprop":
            self.second.mul_(0.99).addcmul_(gradient, gradient, value=0.01)
            return gradient / (self.second.sqrt() + 1e-8)
        if self.kind == "adafactor":  # its growing decay 1 - t^-0.8 and update clipping; not its factored memory
            decay = 1 - self.count**-0.8
            self.second.mul_(decay).add_((1 - decay) * (gradient.square() + 1e-30))
            update = gradient / self.second.sqrt()
            return update / update.square().mean(1, keepdim=True).sqrt().clamp_min(1.0)
        self.first.mul_(0.9).add_(gradient, alpha=0.1)
        self.second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        mean = self.first / (1 - 0.9**self.count)
        if self.kind == "nadam":
            mean = 0.9 * mean + 0.1 * gradient / (1 - 0.9**self.count)
        return mean / ((self.second / (1 - 0.999**self.count)).sqrt() + 1e-8)
