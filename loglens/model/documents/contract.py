"""The contract, `diagnosis.schema.json`, and the part of JSON Schema it is written in.

A document that comes from a file is checked against the same schema that other tools read, without a dependency: types,
required fields, enumerations, bounds, `items`, `additionalProperties` and local `$ref`s are all the contract uses.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, cast

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


@cache
def schema() -> dict[str, Any]:
    """The contract's JSON Schema, as it ships with the package."""
    text = files("loglens.model").joinpath("diagnosis.schema.json").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


def violation(document: object) -> str | None:
    """The first place where `document` does not keep to the contract, in words; None where it does."""
    return _check(document, schema(), "the document")


def _check(value: object, rule: dict[str, Any], place: str) -> str | None:
    if "$ref" in rule:
        rule = schema()["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    wrong = _value(value, rule, place)
    if wrong:
        return wrong
    if isinstance(value, dict):
        return _members(value, rule, place)
    if isinstance(value, list) and "items" in rule:
        checks = (_check(item, rule["items"], f"{place}[{at}]") for at, item in enumerate(value))
        return next((check for check in checks if check), None)
    return None


def _value(value: object, rule: dict[str, Any], place: str) -> str | None:
    allowed = rule.get("type", [])
    names = [allowed] if isinstance(allowed, str) else allowed
    # a bool is an int to Python, not to JSON
    if names and not any(
        isinstance(value, TYPES[name]) and (name == "boolean") >= isinstance(value, bool) for name in names
    ):
        return f"{place} is {_short(value)}, not {' or '.join(names)}"
    if "const" in rule and value != rule["const"]:
        return f"{place} is {_short(value)}, not {rule['const']!r}"
    if "enum" in rule and value not in rule["enum"]:
        return f"{place} is {_short(value)}, not one of {', '.join(rule['enum'])}"
    if isinstance(value, int | float) and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        return f"{place} is {value}, outside {rule['minimum']} to {rule['maximum']}"
    if isinstance(value, list) and len(value) < rule.get("minItems", 0):
        return f"{place} is empty"
    return None


def _members(value: dict[str, Any], rule: dict[str, Any], place: str) -> str | None:
    missing = [name for name in rule.get("required", ()) if name not in value]
    if missing:
        return f"{place} has no {missing[0]!r}"
    known = rule.get("properties", {})
    for name, member in value.items():
        below = known.get(name, rule.get("additionalProperties"))
        wrong = _check(member, below, f"{place}.{name}") if isinstance(below, dict) else None
        if wrong:
            return wrong
    return None


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else said[:57] + "..."
