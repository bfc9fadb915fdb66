"""Whether values have the types their dataclass declares: what stands between a stranger's document and the renderers.

Python checks no annotation, and a document may keep to the contract where the contract speaks and be nonsense beside
it. So whatever was built from a file is walked once, field by field, before anything is drawn from it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from loglens.model.run import FloatArray, IntArray

INT64 = 2**63


def misshapen(value: object, place: str = "") -> str | None:
    """The first field of a dataclass, or of one inside it, whose value is not of its declared type, in words; None
    where all are. Whole numbers must fit into 64 bits: arrays and charts are made of them."""
    return next(_members(value, place), None)


def _members(value: object, place: str) -> Iterator[str]:
    for name, hint in _hints(type(value)):  # type: ignore[arg-type]
        yield from _wrong(getattr(value, name), hint, f"{place}.{name}" if place else name)


@cache
def _hints(kind: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _wrong(value: object, hint: Any, place: str) -> Iterator[str]:
    origin = get_origin(hint)
    if hint is Any:
        return
    if origin in (Union, types.UnionType):
        if not any(next(_wrong(value, arg, place), None) is None for arg in get_args(hint)):
            yield from _closest(value, hint, place)
    elif origin is Literal:
        if value not in get_args(hint):
            yield f"{place} is {_short(value)}, not one of {', '.join(map(str, get_args(hint)))}"
    elif origin is tuple:
        yield from _wrong_list(value, get_args(hint)[0], place)
    elif origin is not None and issubclass(origin, Mapping):
        yield from _wrong_mapping(value, hint, place)
    elif isinstance(hint, type) and is_dataclass(hint):
        yield from _members(value, place) if isinstance(value, hint) else [_not(value, "an object", place)]
    elif not _is_plain(value, hint):
        yield _not(value, WORDS.get(hint, str(hint)), place)


def _wrong_list(value: object, hint: Any, place: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield _not(value, "a list", place)
        return
    for at, item in enumerate(value):
        yield from _wrong(item, hint, f"{place}[{at}]")


def _closest(value: object, hint: Any, place: str) -> Iterator[str]:
    """Of a union, what is wrong with the member that `value` was meant to be, else that it is none of them."""
    for arg in get_args(hint):
        if is_dataclass(arg) and isinstance(arg, type) and isinstance(value, arg):
            yield from _members(value, place)
            return
    yield _not(value, " or ".join(WORDS.get(arg, "another type") for arg in get_args(hint)), place)


def _wrong_mapping(value: object, hint: Any, place: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _not(value, "an object", place)
        return
    for key, item in value.items():
        yield from _wrong(key, get_args(hint)[0], f"a name in {place}")
        yield from _wrong(item, get_args(hint)[1], f"{place}.{_short(key)}")


WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number of 64 bits",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    FloatArray: "a list of numbers",
    IntArray: "a list of whole numbers",
}


def _is_plain(value: object, kind: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and _fits(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and -INT64 <= value < INT64
    return isinstance(value, get_origin(kind) or kind)


def _fits(value: float) -> bool:
    return not isinstance(value, int) or -INT64 <= value < INT64


def _not(value: object, wanted: str, place: str) -> str:
    return f"{place} is {_short(value)}, not {wanted}"


def _short(value: object) -> str:
    try:
        said = repr(value)
    except (RecursionError, ValueError):  # nested too deeply, or a whole number of more digits than Python writes
        return f"a {type(value).__name__}"
    return said if len(said) <= 60 else said[:57] + "..."
