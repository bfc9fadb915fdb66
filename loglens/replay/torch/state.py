"""The state of a PyTorch training: taken, written and brought back exactly, random numbers included.

What is written holds only tensors, numbers, strings and plain containers, so `torch.load(weights_only=True)` reads it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from loglens.errors import ReplayError
from loglens.replay.scaling import scaled_state

if TYPE_CHECKING:
    import torch

FORMAT = 1
ALIASES: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "model_state_dict", "state_dict", "model_state", "net"),
    "optimizer": ("optimizer", "optimizer_state_dict", "optim", "optimizer_state", "opt"),
    "scheduler": ("scheduler", "lr_scheduler", "scheduler_state_dict", "lr_scheduler_state_dict", "sched"),
    "scaler": ("scaler", "grad_scaler", "scaler_state_dict"),
    "rng": ("rng",),
}
"""The names under which training scripts save each part, most usual first."""


def rng_state() -> dict[str, Any]:
    """The state of every random generator a training may use: torch (CPU, CUDA, MPS), NumPy and Python."""
    import torch

    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)  # noqa: NPY002  the state is global
    state: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "numpy": [
            name,
            torch.from_numpy(np.asarray(keys).astype(np.int64)),
            int(position),
            int(has_gauss),
            float(gauss),
        ],
        "python": random.getstate(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        state["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        state["mps"] = torch.mps.get_rng_state()
    return state


def restore_rng(state: Mapping[str, Any]) -> None:
    import torch

    torch.set_rng_state(state["torch"].cpu())
    name, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, gauss))  # noqa: NPY002
    version, internal, gauss_next = state["python"]
    random.setstate((version, tuple(internal), gauss_next))
    if "cuda" in state and torch.cuda.is_available():
        for device, number in zip(range(torch.cuda.device_count()), state["cuda"], strict=False):
            torch.cuda.set_rng_state(number.cpu(), device)
    if "mps" in state and torch.backends.mps.is_available():
        torch.mps.set_rng_state(state["mps"].cpu())


def perturb_rng(seed: int) -> None:
    """Moves every generator away from the recorded state, the same way for the same seed; 0 leaves them alone."""
    if seed == 0:
        return
    import torch

    shift = int(torch.randint(0, 2**31 - 1, (1,)).item()) + seed
    torch.manual_seed(shift)
    random.seed(shift)
    np.random.seed(shift % 2**32)  # noqa: NPY002


def take_state(
    *,
    step: int,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: Any,
    scaler: Any,
    data: Any = None,
) -> dict[str, Any]:
    """The whole state after `step` optimizer steps; tensors are those of the training, not copies."""
    return {
        "loglens": FORMAT,
        "step": step,
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": None if scheduler is None else _plain(scheduler.state_dict()),
        "scaler": None if scaler is None else scaler.state_dict(),
        "rng": rng_state(),
        "data": data,
    }


def copied(state: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy on the CPU or wherever the tensors are: training on does not change it."""
    return copy.deepcopy(dict(state))


def part(content: Mapping[str, Any], name: str) -> Any:
    """A part of a checkpoint under any of its usual names, None where it is missing."""
    return next((content[alias] for alias in ALIASES[name] if content.get(alias) is not None), None)


def put_state(
    content: Mapping[str, Any],
    *,
    factor: float,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    scheduler: Any,
    scaler: Any,
    source: str,
) -> None:
    """Brings everything back, every learning rate times `factor`.

    Raises ReplayError where the checkpoint is of another architecture or lacks the optimizer's state: fresh moments
    cause spikes of their own, and a replay without them proves nothing.
    """
    weights, moments = part(content, "model"), part(content, "optimizer")
    if weights is None or moments is None:
        missing = "model" if weights is None else "optimizer"
        raise ReplayError(f"{source}: no {missing} state in it (found {', '.join(map(str, content)) or 'nothing'})")
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ReplayError(f"{source}: saved from another architecture than the target builds: {reason}") from error
    try:
        # a copy, because optimizers keep the tensors they are given and change them in place
        optimizer.load_state_dict(copy.deepcopy(scaled_state(moments, factor)))
    except (ValueError, KeyError) as error:
        raise ReplayError(f"{source}: the optimizer's state does not fit the target's optimizer: {error}") from error
    plan = part(content, "scheduler")
    if scheduler is not None:
        if plan is None:
            raise ReplayError(f"{source}: the target has a scheduler, the checkpoint has no state of one")
        scheduler.load_state_dict(copy.deepcopy(scaled_state(plan, factor)))
    if scaler is not None and part(content, "scaler") is not None:
        scaler.load_state_dict(part(content, "scaler"))
    if (random_state := part(content, "rng")) is not None:
        restore_rng(random_state)


def _plain(value: Any) -> Any:
    """Scheduler state without what only pickled code could bring back (callables, counters, foreign objects)."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if _storable(item)}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value


def _storable(value: Any) -> bool:
    import torch

    return value is None or isinstance(value, (bool, int, float, str, list, tuple, dict, torch.Tensor))
