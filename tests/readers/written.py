"""Small logs written by a test, and short questions to what was read from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loglens.model.run import ReadResult, Run


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def only(result: ReadResult) -> Run:
    assert len(result.runs) == 1, [run.name for run in result.runs]
    return result.runs[0]


def steps(run: Run, tag: str) -> list[int]:
    series = run.get(tag)
    assert series is not None, [one.tag for one in run.series]
    return [int(step) for step in series.steps]


def values(run: Run, tag: str) -> list[float]:
    series = run.get(tag)
    assert series is not None, [one.tag for one in run.series]
    return [float(value) for value in series.values]


def role(run: Run, name: str) -> str | None:
    return next((choice.series for choice in run.roles if choice.role == name), None)
