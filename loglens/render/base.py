"""What every renderer is: a `Diagnosis` in, text out; the caller writes the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from loglens.model.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True, kw_only=True)
class RendererMeta:
    """`id`: what `--format` takes; `title`: one line for `--help`; `suffix`: of the file it is written to."""

    id: str
    title: str
    suffix: str


class Renderer(Protocol):
    """Renderers fit by shape. Their settings are their constructor's arguments, all with defaults."""

    meta: ClassVar[RendererMeta]

    def render(self, diagnosis: Diagnosis) -> str:
        """The whole output as text. The same diagnosis gives the same text: no clock, no random ids."""
        ...
