"""What series are called: `metric_names.toml`, compiled. A name goes in, the role that such names play comes out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from loglens.model.run import Aggregate

TRAIN_SPLITS = ("train", "training", "tr", "learn")
VALIDATION_SPLITS = ("val", "valid", "validate", "validation", "eval", "evaluation", "test", "testing", "dev")
SPLITS = frozenset(TRAIN_SPLITS + VALIDATION_SPLITS)

AXIS_ROLES = frozenset({"step", "epoch", "wall_time", "samples_or_tokens"})
_AS_VALIDATION = {
    "train_loss": "val_loss",
    "train_accuracy": "val_accuracy",
    "train_loss_component": "val_loss_component",
    "candidate_loss": "val_loss",
    "learning_rate": None,
    "grad_norm": None,
}
_ERROR_MEASURE = re.compile(r"(?:epoch_)?(?:mae|mse|rmse|mean_(?:absolute|squared)_error)")
_VALIDATE = re.compile(r"^validate(?=[/_. -])")  # what Comet calls the split of its `with experiment.validate()`
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")
_SPLIT_FOLDER = re.compile(r"(?P<main>.+)_(?P<split>train|training|val|valid|validation|test|eval|dev)")


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One line of the file, `key` its name or pattern. `axis`: what the step of such a series counts (step, epoch,
    samples, tokens, any)."""

    role: str
    key: str
    axis: str
    aggregate: Aggregate
    source: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says: a role, or None with the reason why it has none. `split`: train, val or test, '' unknown."""

    role: str | None
    reason: str = ""
    entry: NameEntry | None = None
    split: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class MetricNames:
    """The file, compiled. `exact`: normalised name to entries in the order of the file."""

    exact: Mapping[str, tuple[NameEntry, ...]]
    patterns: tuple[tuple[re.Pattern[str], NameEntry], ...]
    denied: Mapping[str, str]
    denied_patterns: tuple[tuple[re.Pattern[str], str], ...]
    roles: tuple[str, ...]
    prefixes: tuple[re.Pattern[str], ...]


def normalise(name: str) -> str:
    """Trimmed, inner spaces collapsed, casefolded: '/', '_', '-' and '.' carry meaning and stay."""
    return " ".join(name.split()).casefold()


@cache
def metric_names() -> MetricNames:
    """`metric_names.toml`, read once."""
    data = tomllib.loads((files("loglens.readers.naming") / "metric_names.toml").read_text(encoding="utf-8"))
    exact: dict[str, list[NameEntry]] = {}
    patterns: list[tuple[re.Pattern[str], NameEntry]] = []
    roles = [name for name, table in data.items() if isinstance(table, dict) and "direction" in table]
    for role in roles:
        for line in data[role]["names"]:
            exact.setdefault(line["name"], []).append(_entry(role, line, exact=True))
        patterns += [(re.compile(line["re"], re.IGNORECASE), _entry(role, line, exact=False))
                     for line in data[role]["patterns"]]  # fmt: skip
    deny = data["deny"]
    return MetricNames(
        exact={name: tuple(entries) for name, entries in exact.items()},
        patterns=tuple(patterns),
        denied={line["name"]: line["is"] for line in deny["names"]},
        denied_patterns=tuple((re.compile(line["re"]), line["is"]) for line in deny["patterns"]),
        roles=tuple(roles),
        # the chart columns and the file names of downloads are taken apart by their readers
        prefixes=tuple(re.compile(line["re"]) for line in data["prefix"] if line["re"].startswith("ray/")),
    )


def _entry(role: str, line: Mapping[str, Any], *, exact: bool) -> NameEntry:
    return NameEntry(
        role=role,
        key=line["name"] if exact else line["re"],
        axis=line.get("x", "any"),
        aggregate=line.get("agg", "unknown"),
        source=", ".join(line["from"]),
        exact=exact,
    )


@lru_cache(maxsize=65_536)
def name_role(name: str) -> Named:
    """The role that a series of this name plays. In this order: the exact name, `<split folder>/<exact name>` (a splits
    folder is the context of the tags in it), patterns for the whole name, patterns for what stands in the folder."""
    whole = _VALIDATE.sub("validation", normalise(name))
    for prefix in metric_names().prefixes:
        if found := prefix.fullmatch(whole):
            whole = found["name"]
    named = _role_of(whole)
    if named.role is None and not named.denied and (words := _CAMEL.sub("_", name.strip())) != name.strip():
        return _role_of(normalise(words))
    return named


def _role_of(whole: str) -> Named:
    if known := _denied_or_exact(whole):
        return known
    folder, slash, rest = whole.partition("/")
    split = _split_of(folder) if slash else ""
    if split and (known := _denied_or_exact(rest)):
        return _in_split(known, split, rest)
    named = _by_pattern(whole)
    if slash and rest.endswith(f"/{folder}") and named.role in (None, "candidate_loss"):
        return _role_of(rest)  # tensorboardX's add_scalars: loss/val/loss
    if split and named.role in (None, "candidate_loss"):
        return _in_split(_by_pattern(rest), split, rest)
    return named


def axis_role(name: str) -> str | None:
    """step, epoch, wall_time or samples_or_tokens where the name is that of an axis, else None."""
    role = name_role(name).role
    return role if role in AXIS_ROLES else None


def _denied_or_exact(name: str) -> Named | None:
    names = metric_names()
    if name in names.denied:
        return Named(None, names.denied[name], denied=True)
    if entries := names.exact.get(name):
        return Named(entries[0].role, entry=entries[0], split=_split_in(name))
    for pattern, why in names.denied_patterns:
        if pattern.fullmatch(name):
            return Named(None, why, denied=True)
    return None


def _by_pattern(name: str) -> Named:
    for pattern, entry in metric_names().patterns:
        if pattern.fullmatch(name):
            return Named(entry.role, entry=entry, split=_split_in(name))
    return Named(None, "no known name")


def _split_of(folder: str) -> str:
    if folder in SPLITS:
        return folder
    found = _SPLIT_FOLDER.fullmatch(folder)
    return found["split"] if found else ""


def _in_split(named: Named, split: str, rest: str) -> Named:
    """`validation/epoch_loss` is a validation loss although `epoch_loss` alone is the training's."""
    if split in TRAIN_SPLITS:
        if named.role == "candidate_loss":
            return Named("train_loss", entry=named.entry, split="train")
        return Named(named.role, named.reason, named.entry, "train", named.denied)
    role = named.role
    if role is None and not named.denied and _ERROR_MEASURE.fullmatch(rest):
        role = "val_error"
    return Named(_AS_VALIDATION.get(role or "", role), named.reason, named.entry, split, named.denied)


def _split_in(name: str) -> str:
    words = re.split(r"[/_.: -]+", name)
    return next((word for word in words if word in SPLITS), "")
