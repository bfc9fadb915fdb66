"""The API reference, made from the docstrings: `python -m tests.tools.api_reference` writes `.github/API.md`.

A test fails where the page is not what the docstrings say now.
"""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / ".github" / "API.md"
SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Functions", "loglens", ("diagnose", "read", "render", "compare", "watch")),
    ("Replay", "loglens.fleet.api", ("replay",)),
    ("Replay, in parts", "loglens.replay", ("PlanSettings", "Replayed", "Recorder", "TorchTarget")),
    (
        "Live training",
        "loglens.callbacks",
        ("Monitor", "Alert", "transformers_callback", "lightning_callback", "keras_callback"),
    ),
    (
        "A log that was read",
        "loglens.model.run",
        ("ReadResult", "Run", "Series", "RoleChoice", "Note", "Rewind", "Problem"),
    ),
    (
        "A diagnosis",
        "loglens.model.diagnosis",
        ("Diagnosis", "RunDiagnosis", "Cause", "Weight", "Recommendation", "ReplayResult", "Curve", "LossLevel"),
    ),
    ("A finding", "loglens.model.finding", ("Finding", "Evidence")),
    ("A schedule", "loglens.model.schedule", ("LrSchedule",)),
    (
        "A comparison",
        "loglens.model.results.comparison",
        ("Comparison", "RunComparison", "MetricChange", "FindingChange", "Gate"),
    ),
    ("Settings", "loglens.model.settings", ("Options",)),
    (
        "Errors",
        "loglens.errors",
        (
            "LogLensError",
            "ReadError",
            "UnknownFormat",
            "MissingDependency",
            "NotJudgeable",
            "SettingsError",
            "ReplayError",
        ),
    ),
)


def reference() -> str:
    """The whole page as Markdown."""
    parts = [
        "# LogLens in Python",
        "Made from the docstrings by `python -m tests.tools.api_reference`; do not edit.",
    ]
    for title, module, names in SECTIONS:
        home = import_module(module)
        parts.append(f"## {title}")
        for name in names:
            parts += _entry(name, getattr(home, name), module)
    return "\n\n".join(parts) + "\n"


def _entry(name: str, thing: Any, module: str) -> list[str]:
    parts = [
        f"### `{name}`",
        f"`from {module} import {name}`" if module != "loglens.fleet.api" else "`loglens.replay(...)`",
    ]
    if inspect.isclass(thing):
        if dataclasses.is_dataclass(thing):
            parts.append(_fields(thing))
        parts.append(_doc(thing))
        for member, what in sorted(vars(thing).items()):
            if member.startswith("_") or not (isinstance(what, property | classmethod) or inspect.isfunction(what)):
                continue
            target = (
                what.fget if isinstance(what, property) else what.__func__ if isinstance(what, classmethod) else what
            )
            if target is not None and target.__doc__:
                call = member if isinstance(what, property) else f"{member}({_names(target)})"
                parts.append(f"- `.{call}`: {' '.join(inspect.getdoc(target).split())}")  # type: ignore[union-attr]
    else:
        parts += [f"```python\n{name}{_signature(thing)}\n```", _doc(thing)]
    return [part for part in parts if part]


def _names(thing: Any) -> str:
    return ", ".join(name for name in inspect.signature(thing).parameters if name not in ("self", "cls"))


def _fields(thing: type) -> str:
    lines = []
    for one in dataclasses.fields(thing):
        given = ""
        if one.default is not dataclasses.MISSING:
            given = f" = {one.default!r}"
        elif one.default_factory is not dataclasses.MISSING:
            given = f" = {one.default_factory()!r}"
        lines.append(f"{one.name}: {one.type}{given}")
    return "```python\n" + "\n".join(lines) + "\n```" if lines else ""


class _Written:
    """An annotation as it stands in the source, without the quotes that postponed evaluation gives it."""

    def __init__(self, text: object) -> None:
        self.text = str(text)

    def __repr__(self) -> str:
        return self.text


def _signature(thing: Any) -> str:
    """`(a: int, *, b: str = 'x') -> C`, a parameter a line where it is long."""
    found = inspect.signature(thing)
    empty = inspect.Parameter.empty
    shown = found.replace(
        parameters=[
            one if one.annotation is empty else one.replace(annotation=_Written(one.annotation))
            for one in found.parameters.values()
        ],
        return_annotation=found.return_annotation
        if found.return_annotation is empty
        else _Written(found.return_annotation),
    )
    text = str(shown)
    if len(text) <= 90:
        return text
    lines = [str(one) for one in shown.parameters.values()]
    kinds = [one.kind for one in shown.parameters.values()]
    keyword = inspect.Parameter.KEYWORD_ONLY
    if keyword in kinds:
        lines.insert(kinds.index(keyword), "*")
    return "(\n    " + ",\n    ".join(lines) + f",\n){text[text.rindex(')') + 1 :]}"


def _doc(thing: Any) -> str:
    """The docstring, not one that is inherited or made up by a dataclass."""
    if inspect.isclass(thing) and (
        "__doc__" not in vars(thing) or (thing.__doc__ or "").startswith(f"{thing.__name__}(")
    ):
        return ""
    return (inspect.getdoc(thing) or "").strip()


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    print(f"{PAGE.name}: {len(reference()):,} characters")
