"""`loglens.toml`, or `[tool.loglens]` in `pyproject.toml`: what a project wants every time. Flags win over it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from loglens.errors import SettingsError

KEYS: dict[str, type | tuple[type, ...]] = {
    "fail_on": str,
    "lr": (int, float),
    "schedule": str,
    "map": dict,
    "detectors": dict,
    "disable": list,
    "jobs": int,
    "backend": str,
    "address": str,
    "run_timeout": (int, float),
    "run_memory": int,
    "baseline": str,
    "nightly": dict,
}


def load(start: Path | None = None) -> dict[str, Any]:
    """The settings of the nearest `loglens.toml` or `pyproject.toml` from `start` (the working directory) upwards.

    {} where there is none. SettingsError, with the file and the key, on a key that does not exist or has a wrong type.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        own = folder / "loglens.toml"
        if own.is_file():
            return _checked(_parsed(own), own)
        project = folder / "pyproject.toml"
        if project.is_file():
            table = _parsed(project).get("tool", {}).get("loglens")
            return _checked(table, project) if table is not None else {}
    return {}


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def _checked(table: dict[str, Any], path: Path) -> dict[str, Any]:
    for key, value in table.items():
        if key not in KEYS:
            raise SettingsError(f"{path}: unknown key {key!r}; known are {', '.join(KEYS)}")
        if not isinstance(value, KEYS[key]) or isinstance(value, bool):
            raise SettingsError(f"{path}: {key} has the wrong type ({type(value).__name__})")
    if "fail_on" in table and table["fail_on"] not in ("info", "warning", "critical", "never"):
        raise SettingsError(f"{path}: fail_on is {table['fail_on']!r}; choose info, warning, critical or never")
    for detector, limits in table.get("detectors", {}).items():
        if not isinstance(limits, dict) or not all(isinstance(limit, int | float) for limit in limits.values()):
            raise SettingsError(f"{path}: detectors.{detector} must be a table of numbers")
    return table
