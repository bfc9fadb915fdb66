"""Whose runs they are, and who is told: the `[nightly]` table of `loglens.toml`.

[nightly]
keep_nights = 90
suppress_hours = 24                        # what was told is not told again for so long
notify = ["slack+https://hooks.example/T"]  # for runs that have no channel of their own

[[nightly.owners]]
runs = "team-a/**"                         # the first pattern that fits a run's name wins
owner = "anna"
tags = ["prod"]
notify = ["mailto://user:password@example.org?to=anna@example.org"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from loglens.errors import SettingsError

KEYS: Mapping[str, type | tuple[type, ...]] = {
    "keep_nights": int,
    "suppress_hours": (int, float),
    "notify": list,
    "owners": list,
}
OWNER_KEYS: Mapping[str, type] = {"runs": str, "owner": str, "tags": list, "notify": list}
SUPPRESS_HOURS = 24 * 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """`runs`: a pattern with `*` (also across `/`) and `?`."""

    runs: str
    owner: str = ""
    tags: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlySettings:
    """`notify`: channels of runs whose owner has none. `suppress_hours`: how long what was told stays quiet."""

    owners: tuple[Owner, ...] = ()
    notify: tuple[str, ...] = ()
    suppress_hours: float = SUPPRESS_HOURS
    keep_nights: int | None = None

    def owner_of(self, run: str) -> Owner:
        return next((owner for owner in self.owners if fnmatchcase(run, owner.runs)), Owner(runs=""))

    def owned(self, run: str) -> tuple[str, tuple[str, ...]]:
        """Owner and tags."""
        found = self.owner_of(run)
        return found.owner, found.tags

    def channels(self, run: str) -> tuple[str, ...]:
        return self.owner_of(run).notify or self.notify


def nightly_settings(table: Mapping[str, Any]) -> NightlySettings:
    """From the table. SettingsError, with the key, where one does not exist or has a wrong type."""
    _check(table, KEYS, "nightly")
    owners = []
    for at, owner in enumerate(table.get("owners", [])):
        if not isinstance(owner, Mapping) or "runs" not in owner:
            raise SettingsError(f"nightly.owners[{at}] needs a pattern `runs`")
        _check(owner, OWNER_KEYS, f"nightly.owners[{at}]")
        owners.append(
            Owner(
                runs=owner["runs"],
                owner=owner.get("owner", ""),
                tags=tuple(map(str, owner.get("tags", ()))),
                notify=tuple(map(str, owner.get("notify", ()))),
            )
        )
    return NightlySettings(
        owners=tuple(owners),
        notify=tuple(map(str, table.get("notify", ()))),
        suppress_hours=float(table.get("suppress_hours", SUPPRESS_HOURS)),
        keep_nights=table.get("keep_nights"),
    )


def _check(table: Mapping[str, Any], keys: Mapping[str, Any], where: str) -> None:
    for key, value in table.items():
        if key not in keys:
            raise SettingsError(f"{where}: unknown key {key!r}; known are {', '.join(keys)}")
        if not isinstance(value, keys[key]) or isinstance(value, bool):
            raise SettingsError(f"{where}.{key} has the wrong type ({type(value).__name__})")
