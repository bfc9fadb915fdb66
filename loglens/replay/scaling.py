"""Scaling every learning rate inside optimizer and scheduler state.

Resuming with a lower `--lr` is ignored by most trainers, because the optimizer's and the scheduler's state bring the
old rate back. Scaling the entries of that state works with all of them: the optimizer uses `lr`; LambdaLR and cosine
schedulers start from `base_lrs`; recursive ones from `_last_lr`; OneCycleLR from `max_lr` and `min_lr`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LR_KEYS = frozenset({
    "lr", "initial_lr", "base_lr", "base_lrs", "_last_lr", "max_lr", "max_lrs", "min_lr", "min_lrs", "eta_min",
    "lr_end", "final_lr", "swa_lr", "lr_min",
})  # fmt: skip
OPTIMIZER_MARK = "param_groups"
SCHEDULER_MARKS = frozenset({"base_lrs", "_last_lr", "min_lrs"})
COUNTS = frozenset({"last_epoch", "_step_count", "num_bad_epochs"})


def scaled_checkpoint(content: Any, factor: float) -> tuple[Any, tuple[str, ...]]:
    """A copy of `content` with every LR of the optimizer and scheduler states in it times `factor`, and their places.

    Only mappings that look like such a state are touched (`param_groups`; or a scheduler's `base_lrs`, `_last_lr`), so
    that hyper-parameters saved for the record keep their values. Tensors are shared, not copied, except a scaled LR.
    """
    places: list[str] = []
    return _walk(content, factor, "", places, inside=False), tuple(places)


def scaled_state(state: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """The state dict of one optimizer or scheduler, LRs scaled; at factor 1 nothing changes, not even the last bit."""
    if factor == 1.0:
        return dict(state)
    scaled: dict[str, Any] = _walk(dict(state), factor, "", [], inside=True)
    return scaled


def _walk(value: Any, factor: float, place: str, places: list[str], *, inside: bool) -> Any:
    if isinstance(value, Mapping):
        return _mapping(value, factor, place, places, inside=inside)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value
    if isinstance(value, (list, tuple)):
        walked = [_walk(item, factor, f"{place}[{n}]", places, inside=inside) for n, item in enumerate(value)]
        return type(value)(walked)
    return value


def _mapping(value: Mapping[Any, Any], factor: float, place: str, places: list[str], *, inside: bool) -> Any:
    keys = set(value)
    inside = inside or OPTIMIZER_MARK in keys or bool(keys & SCHEDULER_MARKS and keys & (COUNTS | SCHEDULER_MARKS))
    changed: dict[Any, Any] = {}
    for key, item in value.items():
        here = f"{place}.{key}" if place else str(key)
        if inside and key == "state" and OPTIMIZER_MARK in keys:
            changed[key] = item  # moments of the parameters: nothing in there is a rate
        elif inside and key in LR_KEYS:
            changed[key] = _scaled(item, factor)
            places.append(here)
        else:
            changed[key] = _walk(item, factor, here, places, inside=inside)
    return changed if type(value) is dict else _same_kind(value, changed)


def _same_kind(original: Mapping[Any, Any], changed: dict[Any, Any]) -> Any:
    try:
        return type(original)(changed)  # type: ignore[call-arg]
    except TypeError:
        return changed


def _scaled(value: Any, factor: float) -> Any:
    """A number, a tensor, or a list of them, times `factor`; anything else as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return type(value)(_scaled(item, factor) for item in value)  # type: ignore[call-arg]
    try:
        return value * factor
    except TypeError:
        return value
