"""The numbers behind the index page: column by column, so that ten thousand runs weigh a few megabytes."""

from __future__ import annotations

from typing import Any

from loglens.model.results.index import CHANGES, IndexRow, RunIndex
from loglens.render import words
from loglens.render.page.views.text import shown
from loglens.render.ranking import VERDICT_RANK
from loglens.render.short_names import shortened

NAME_LIMIT = 34
STATES = ("running", "stalled", "ended", "")
FINDINGS_SHOWN = 6


def payload(index: RunIndex) -> dict[str, Any]:
    """Plain lists, one entry a run; words that repeat stand once, in `text`, and are counted from there."""
    text = _Words()
    columns = _names(index) | _verdicts(index, text) | _figures(index)
    kinds = _Words()
    return columns | {
        "found": [_found(row, kinds) for row in index.rows],
        "text": text.all,
        "kinds": kinds.all,
        "sweeps": [
            [place_of(sweep.name), len(sweep.members), -1 if sweep.best is None else sweep.best]
            for sweep in index.sweeps
        ],
        "groups": [
            f"{words.cause_title(group.cause)}{f' in {group.sweep}' if group.sweep != '.' else ''}"
            for group in index.groups
        ],
        "states": list(STATES),
        "changes": list(CHANGES),
        "nightly": index.night is not None,
        "made": round((index.made or 0) / 3600),
    }


def place_of(sweep: str) -> str:
    """A sweep's folder, '' for the top."""
    return "" if sweep == "." else sweep


class _Words:
    """Texts that repeat, each once."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))

    @property
    def all(self) -> list[str]:
        return list(self._places)


def _names(index: RunIndex) -> dict[str, Any]:
    names = [shown(row.run, 200) for row in index.rows]
    short = shortened(names, NAME_LIMIT)
    return {
        "name": names,
        "short": {str(at): name for at, name in enumerate(short) if name != names[at]},
        "page": [row.page for row in index.rows],
        "group": _places(len(names), [group.members for group in index.groups]),
        "sweep": _places(len(names), [sweep.members for sweep in index.sweeps]),
    }


def _places(many: int, sets: list[tuple[int, ...]]) -> list[int]:
    """For each run which of the sets it is in, -1 for none."""
    found = {at: place for place, members in enumerate(sets) for at in members}
    return [found.get(at, -1) for at in range(many)]


def _verdicts(index: RunIndex, text: _Words) -> dict[str, Any]:
    rows = index.rows
    return {
        "verdict": [VERDICT_RANK[row.verdict] for row in rows],
        "cause": [text(words.cause_title(row.cause)) for row in rows],
        "sure": [round(row.probability, 3) for row in rows],
        "advice": [text(row.advice) for row in rows],
        "said": [text(shown(row.headline, 200)) if row.verdict != "healthy" else -1 for row in rows],
        "owner": [text(row.owner) for row in rows],
        "tags": [text(" ".join(row.tags)) for row in rows],
        "state": [STATES.index(row.state) for row in rows],
        "change": [CHANGES.index(row.change) for row in rows],
    }


def _figures(index: RunIndex) -> dict[str, Any]:
    rows = index.rows
    return {
        "lr": [_short(row.peak_lr) for row in rows],
        "final": [_short(row.final) for row in rows],
        "steps": [row.last_step for row in rows],
        "lost": [row.lost_steps or 0 for row in rows],
        "written": [round(row.written / 3600) for row in rows],
        "spark": [row.spark for row in rows],
    }


def _short(value: float | None) -> float | None:
    """Four digits: more than a column shows."""
    return None if value is None else float(f"{value:.4g}")


def _found(row: IndexRow, kinds: _Words) -> list[list[Any]]:
    told = [finding for finding in row.findings if finding.severity != "info"][:FINDINGS_SHOWN]
    return [
        [
            kinds(words.kind_title(item.kind)),
            item.severity[0],
            item.start,
            item.end,
            CHANGES.index(item.status),
            item.id,
        ]
        for item in told
    ]
