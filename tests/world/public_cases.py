"""Small logs after public bug reports (`cases.toml` says what is right of each): `python -m tests.world.public_cases`.

The figures and line formats are those of the reports; names are replaced. A case stands for a kind: `advice.cases`
and `advice.test_reader_kinds` of these tests make others of the same kinds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loglens.errors import LogLensError
from loglens.model.diagnosis import Recommendation
from loglens.pipeline import diagnose

FOLDER = Path(__file__).parent
RAISED, LOWERED = 1.5, 0.67
"""Factors from which a recommended rate counts as raised or lowered."""


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))["case"]
    return found


def falls_short(case: dict[str, Any]) -> str:
    """What is wrong with what is said of a case, '' where nothing is."""
    try:
        run = diagnose(FOLDER / case["path"]).runs[0]
    except LogLensError as error:
        return f"not read: {error}"
    return "; ".join(_wrong(case, run.cause.cause, run.cause.probability, run.verdict, run.recommendation,
                            run.points, run.last_step))  # fmt: skip


def _wrong(
    case: dict[str, Any], cause: str, probability: float, verdict: str, advice: Recommendation, points: int, last: int
) -> Iterator[str]:
    if ("accept" in case and cause not in case["accept"]) or cause in case.get("forbid", ()):
        yield f"cause {cause} {probability:.2f}"
    if "verdict" in case and verdict not in case["verdict"]:
        yield f"verdict {verdict}"
    if direction(advice) == case.get("not_direction"):
        yield f"advice {direction(advice)}s the rate"
    if "points" in case and (not points if case["points"] is True else points != case["points"]):
        yield f"{points} points"
    if "last_step" in case and last != case["last_step"]:
        yield f"last step {last}"


def direction(advice: Recommendation) -> str:
    """raise, lower or keep."""
    factor = advice.lr_factor or 1.0
    if factor > RAISED or advice.action == "raise_lr":
        return "raise"
    return "lower" if factor < LOWERED or advice.action == "lower_lr" else "keep"


def main() -> None:
    wrong = {case["path"]: said for case in cases() if (said := falls_short(case))}
    for path, said in wrong.items():
        print(f"{path}: {said}")
    print(f"public cases: {len(cases()) - len(wrong)} of {len(cases())} right")


if __name__ == "__main__":
    main()
