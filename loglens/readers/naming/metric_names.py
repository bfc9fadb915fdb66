"""What series are called: `metric_names.toml`, compiled. A name goes in, the role that such names play comes out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from loglens.model.run import Aggregate
from loglens.readers.naming.grammar import NOTHING, NameReading, read_name
from loglens.readers.naming.plain_roles import plain_role, reading_of
from loglens.readers.naming.words import in_english

TRAIN_SPLITS = ("train", "training", "tr", "learn")
VALIDATION_SPLITS = ("val", "valid", "validate", "validation", "eval", "evaluation", "test", "testing", "dev")
SPLITS = frozenset(TRAIN_SPLITS + VALIDATION_SPLITS)

AXIS_ROLES = frozenset({"step", "epoch", "wall_time", "samples_or_tokens"})


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
    """What a name says: a role, or None with the reason why it has none. `split`: train, val or test, '' unknown.
    `reading`: what its words say."""

    role: str | None
    reason: str = ""
    entry: NameEntry | None = None
    split: str = ""
    denied: bool = False
    reading: NameReading = NOTHING


@dataclass(frozen=True, slots=True)
class MetricNames:
    """The file, compiled. `exact`: normalised name to entries in the order of the file; `axes`: patterns of the names
    of axes. Other patterns of the file are what the grammar reads by words."""

    exact: Mapping[str, tuple[NameEntry, ...]]
    axes: tuple[tuple[re.Pattern[str], NameEntry], ...]
    denied: Mapping[str, str]
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
    axes: list[tuple[re.Pattern[str], NameEntry]] = []
    roles = [name for name, table in data.items() if isinstance(table, dict) and "direction" in table]
    for role in roles:
        for line in data[role]["names"]:
            exact.setdefault(line["name"], []).append(_entry(role, line, exact=True))
        if role in AXIS_ROLES:
            axes += [(re.compile(line["re"]), _entry(role, line, exact=False)) for line in data[role]["patterns"]]
    deny = data["deny"]
    return MetricNames(
        exact={name: tuple(entries) for name, entries in exact.items()},
        axes=tuple(axes),
        denied={line["name"]: line["is"] for line in deny["names"]},
        roles=tuple(roles),
        # the chart columns and the file names of downloads are taken apart by their readers
        prefixes=tuple(
            re.compile(line["re"], re.IGNORECASE) for line in data["prefix"] if line["re"].startswith("ray/")
        ),
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
    """The role that a series of this name plays by itself.

    What frameworks are known to call things goes first (the exact name, also under the folder of a split), then the
    words of the name (`grammar`).
    """
    shown = " ".join(name.split())
    for prefix in metric_names().prefixes:
        if found := prefix.fullmatch(shown):
            shown = found["name"]
    whole = shown.casefold()
    said = read_name(shown)
    if known := known_name(whole):
        if known.denied:
            return replace(known, reading=said._replace(trap=said.trap or known.reason))
        return replace(known, split=said.split, reading=reading_of(known.role or "", said))
    if axis := _axis_of(whole, said):
        return axis
    if (told := in_english(shown)) != shown and (axis := _axis_of(told.casefold(), said)):
        return Named(axis.role)
    plain = plain_role(said)
    return Named(plain.role, plain.reason, _entry_under_split(whole, plain.role), said.split, plain.denied, said)


def axis_role(name: str) -> str | None:
    """step, epoch, wall_time or samples_or_tokens where the name is that of an axis, else None."""
    role = name_role(name).role
    return role if role in AXIS_ROLES else None


def known_name(name: str) -> Named | None:
    """What `metric_names.toml` says of an exact, normalised name; None where it does not hold it."""
    names = metric_names()
    if name in names.denied:
        return Named(None, names.denied[name], denied=True)
    if entries := names.exact.get(name):
        return Named(entries[0].role, entry=entries[0])
    return None


def _axis_of(whole: str, said: NameReading) -> Named | None:
    """An axis by its name or by a pattern, also under the folder of a split: `train/epoch`."""
    if said.quantity:
        return None
    folder, slash, rest = whole.partition("/")
    for name in (whole, rest) if slash and folder in SPLITS else (whole,):
        if (known := known_name(name)) and known.role in AXIS_ROLES:
            return known
        for pattern, entry in metric_names().axes:
            if pattern.fullmatch(name):
                return Named(entry.role, entry=entry)
    return None


def _entry_under_split(whole: str, role: str | None) -> NameEntry | None:
    """`validation/epoch_loss` is counted in epochs as `epoch_loss` is."""
    folder, slash, rest = whole.partition("/")
    if role is None or not slash or folder not in SPLITS:
        return None
    known = known_name(rest)
    return known.entry if known is not None else None
