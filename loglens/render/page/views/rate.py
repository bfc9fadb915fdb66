"""The section on the learning rate itself: right or not, beside whatever else is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.render import rate_words
from loglens.render.page.views.charts import TableView
from loglens.render.page.views.text import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class RateView:
    """`line`: the verdict with its probability; `because`: its evidence; `table`: regret per rate, None without."""

    line: str
    because: tuple[str, ...]
    table: TableView | None


def rate_view(run: RunDiagnosis) -> RateView | None:
    """None where the document holds no verdict on the rate (one of an older edition)."""
    rate = run.learning_rate
    if rate is None:
        return None
    line = rate_words.answer(run)
    rows = rate_words.regret_rows(run)
    return RateView(
        line=f"{line[:1].upper()}{line[1:]}.",
        because=tuple(shown(item, 400) for item in rate_words.evidence(run)),
        table=TableView(caption=rate_words.regret_caption(run), head=rate_words.HEAD, rows=rows) if rows else None,
    )
