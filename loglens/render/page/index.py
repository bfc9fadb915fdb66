"""The page of many runs: counts, groups by cause, and a table of which only the rows in sight are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from loglens.model.results.index import IndexGroup, IndexRow, RunIndex
from loglens.render import numbers, words
from loglens.render.page.assets import early_script, environment, policy, read_asset, style_sheet
from loglens.render.page.index_payload import payload, place_of
from loglens.render.page.views.text import shown
from loglens.render.ranking import VERDICT_RANK

STYLES = ("page", "parts", "index", "print")
SCRIPTS = ("index-data", "index-rows", "index-chart", "index-main")
GROUPS_SHOWN = 60
PLAIN_ROWS = 100
"""Runs that a browser without scripts gets as links."""
PROBLEMS_SHOWN = 500
TREND_NIGHTS = 60


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the headline. `filter`: what pressing it shows, as `change:new`; '' where it is only a figure."""

    number: str
    title: str
    filter: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCard:
    number: int
    verdict: str
    title: str
    where: str
    shared: str
    advice: str
    lost: str
    fresh: str
    first: tuple[tuple[str, str], ...]
    more: str


@dataclass(frozen=True, slots=True)
class TrendBar:
    x: int
    label: str
    critical: float
    warning: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    title: str
    verdict: str
    verdict_word: str
    path: str
    summary: str
    tiles: tuple[Tile, ...]
    groups: tuple[GroupCard, ...]
    more_groups: str
    notes: tuple[tuple[str, str], ...]
    trend: tuple[TrendBar, ...]
    trend_top: str
    problems: tuple[tuple[str, str], ...]
    more_problems: str
    plain: tuple[tuple[str, str, str], ...]
    made: str
    version: str
    payload: dict[str, Any]


def index_page(index: RunIndex) -> str:
    """One self-contained page; the same bytes for the same index."""
    from markupsafe import Markup

    style, early, script = style_sheet(*STYLES), early_script(), _script()
    return (
        environment()
        .get_template("index.html")
        .render(
            page=_view(index),
            policy=policy(styles=(style,), scripts=(early, script)),
            # our own files, never a stranger's text: the only values that are not escaped
            style=Markup(style),  # noqa: S704
            early=Markup(early),  # noqa: S704
            script=Markup(script),  # noqa: S704
        )
    )


@cache
def _script() -> str:
    own = "\n".join(read_asset(f"script/{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{own}\n}})();\n'


def _view(index: RunIndex) -> IndexView:
    rows = index.rows
    night = "" if index.night is None else f", night {index.night}"
    groups = index.groups[:GROUPS_SHOWN]
    peak = max((item.critical + item.warning for item in index.trend), default=0)
    worst = sorted(rows, key=lambda row: (VERDICT_RANK[row.verdict], row.run))[:PLAIN_ROWS]
    return IndexView(
        title=f"{shown(index.path, 60)}, {numbers.counted(len(rows), 'run')}{night} – LogLens",
        verdict=index.verdict if rows else "unknown",
        verdict_word=words.verdict_title(index.verdict) if rows else "Nothing to judge",
        path=shown(index.path, 300),
        summary=_summary(index),
        tiles=tuple(_tiles(index)),
        groups=tuple(_card(number, group, rows) for number, group in enumerate(groups)),
        more_groups=_more(len(index.groups) - GROUPS_SHOWN, "more group", "in the table below"),
        notes=tuple((shown(place_of(sweep.name), 100), note) for sweep in index.sweeps for note in sweep.notes[:3])[
            :40
        ],
        trend=_trend(index, peak),
        trend_top=numbers.count(peak),
        problems=tuple(
            (shown(problem.path, 300), shown(problem.message, 800)) for problem in index.problems[:PROBLEMS_SHOWN]
        ),
        more_problems=_more(len(index.problems) - PROBLEMS_SHOWN, "more", "in nightly.json"),
        plain=tuple((row.verdict, row.page, shown(row.run)) for row in worst),
        made="" if index.made is None else f"{datetime.fromtimestamp(index.made, UTC):%Y-%m-%d %H:%M} UTC",
        version=shown(index.version, 40),
        payload=payload(index),
    )


def _more(many: int, noun: str, where: str) -> str:
    return f"and {numbers.counted(many, noun)} {where}" if many > 0 else ""


def _summary(index: RunIndex) -> str:
    """`10,000 runs: 37 critical, 81 warning, 9,882 healthy; 3 places unreadable.`"""
    each = [
        f"{numbers.count(many)} {verdict}"
        for verdict in ("critical", "warning", "healthy")
        if (many := sum(row.verdict == verdict for row in index.rows))
    ]
    said = f"{numbers.counted(len(index.rows), 'run')}: {', '.join(each)}" if index.rows else "No run could be judged"
    unread = len(index.problems)
    return f"{said}; {numbers.counted(unread, 'place')} unreadable." if unread else f"{said}."


def _tiles(index: RunIndex) -> Iterable[Tile]:
    rows = index.rows
    if index.night is not None:
        for change in ("new", "worse", "fixed", "standing"):
            many = sum(row.change == change for row in rows)
            tone = (
                "critical" if change in ("new", "worse") and many else "healthy" if change == "fixed" and many else ""
            )
            yield Tile(numbers.count(many), change, f"change:{change}", tone)
        for state in ("running", "stalled"):
            many = sum(row.state == state for row in rows)
            yield Tile(numbers.count(many), state, f"state:{state}", "warning" if state == "stalled" and many else "")
    steps = sum(row.lost_steps or 0 for row in rows)
    if steps:
        hours = sum(row.lost_hours or 0.0 for row in rows)
        yield Tile(numbers.axis(steps), "steps lost since a critical onset", "")
        if hours >= 0.05:
            yield Tile(numbers.sig(hours), "hours lost since then", "")


def _card(number: int, group: IndexGroup, rows: Sequence[IndexRow]) -> GroupCard:
    members = [rows[at] for at in group.members]
    first = members[:3]
    return GroupCard(
        number=number,
        verdict=group.verdict,
        title=f"{numbers.counted(len(members), 'run')}{_spread(group)}: {words.cause_title(group.cause)}",
        where=shown(place_of(group.sweep), 100),
        shared=shown(group.shared, 100),
        advice=group.advice if len(members) == 1 else f"{first[0].run.rpartition('/')[2]}: {group.advice}",
        lost=f"{numbers.axis(group.lost_steps)} steps lost" if group.lost_steps else "",
        fresh=f"{numbers.count(group.fresh)} new" if group.fresh else "",
        first=tuple((row.page, shown(row.run.rpartition("/")[2] or row.run, 60)) for row in first),
        more=f"and {numbers.count(len(members) - 3)} more" if len(members) > 3 else "",
    )


def _spread(group: IndexGroup) -> str:
    return f" in {numbers.counted(group.folders, 'folder')}" if group.folders > 1 else ""


def _trend(index: RunIndex, peak: int) -> tuple[TrendBar, ...]:
    nights = index.trend[-TREND_NIGHTS:]
    if len(nights) < 2:
        return ()
    scale = 60 / max(1, peak)
    return tuple(
        TrendBar(
            at * 12,
            f"night {night.night}, {datetime.fromtimestamp(night.began, UTC):%Y-%m-%d}: "
            f"{numbers.count(night.critical)} critical, {numbers.count(night.warning)} warning, "
            f"{numbers.count(night.new)} new, {numbers.count(night.fixed)} fixed",
            round(night.critical * scale, 1),
            round(night.warning * scale, 1),
        )
        for at, night in enumerate(nights)
    )
