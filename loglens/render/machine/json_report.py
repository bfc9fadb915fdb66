"""The diagnosis as JSON: the contract's document, from which every other output can be drawn again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from loglens.model.diagnosis import Diagnosis
from loglens.model.documents.to_json import to_document
from loglens.render.base import RendererMeta


class JsonReport:
    meta: ClassVar[RendererMeta] = RendererMeta(id="json", title="The contract's document", suffix=".json")

    def render(self, diagnosis: Diagnosis) -> str:
        return dump(to_document(diagnosis))


def dump(document: object) -> str:
    """JSON that any reader accepts and a person can page through: indented, but a list of numbers on one line.

    No NaN literal: ValueError where one is left in the document. A lone surrogate (an undecodable byte of a file name)
    becomes its \\udcXX escape, which is valid JSON and reads back as it was.
    """
    text = "".join(_pieces(document, "\n"))
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8") + "\n"


def _pieces(value: object, line: str) -> Iterator[str]:
    """`line`: the line break with the indentation of the level `value` stands on."""
    inner = line + "  "
    if isinstance(value, dict) and value:
        for place, (name, member) in enumerate(value.items()):
            yield ("," if place else "{") + inner + _compact(name) + ": "
            yield from _pieces(member, inner)
        yield line + "}"
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for place, member in enumerate(value):
            yield ("," if place else "[") + inner
            yield from _pieces(member, inner)
        yield line + "]"
    else:
        yield _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
