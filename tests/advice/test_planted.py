"""What is established, measured and advised of runs with planted faults of growing strength, to the digit.

The runs are those of the detectors' tables; `--rewrite-goldens` writes the tables in `planted/` anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from loglens.advice.base import Advice
from loglens.advice.facts import establish
from loglens.advice.features import MEASURES, gather
from loglens.advice.judge import advise
from loglens.advice.regret.features import NAMES, features_of
from loglens.advice.regret.outlook import LISTED, rate_outlook
from loglens.advice.what_if import what_if
from loglens.detectors import DETECTORS
from loglens.detectors.running import detected
from loglens.errors import NotJudgeable
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.signals.core import Signals
from loglens.signals.scaled import read
from tests.advice.planted import PLANTED
from tests.detectors.planted import line_of, some
from tests.tables import compare

FOLDER = Path(__file__).parent / "planted"
EVERY = 4
"""Of the planted runs one in so many is judged."""
JUDGED = 4
"""The same of the runs in which facts are planted."""
USUAL = ("lr_unknown", "no_validation", "lr_constant")


@cache
def planted() -> tuple[tuple[str, Signals, tuple[Finding, ...]], ...]:
    runs = (*some(EVERY), *((name, Signals(run)) for name, run in PLANTED["lengths"]()))
    return tuple((name, signals, detected(signals, DETECTORS).findings) for name, signals in runs)


def facts() -> Iterator[str]:
    for name, signals, findings in planted():
        yield name
        yield from (f"    {fact_line(one)}" for one in establish(signals, findings))


def of_facts(every: int = 1) -> Iterator[tuple[str, Signals, tuple[Finding, ...]]]:
    """The runs in which facts are planted, one in so many; one by one, for the first line that differs ends a test."""
    planted = [(f"{about}: {name}", run) for about, runs in PLANTED.items() for name, run in runs()]
    for name, run in planted[::every]:
        with suppress(NotJudgeable):
            signals = Signals(run)
            yield name, signals, detected(signals, DETECTORS).findings


def kinds() -> Iterator[str]:
    """What the detectors find in those, and the facts less what is said of nearly all of them."""
    for name, signals, findings in of_facts():
        yield name
        yield from (f"    {line_of(one)}" for one in findings)
        yield from (f"    {fact_line(one)}" for one in establish(signals, findings) if one.kind not in USUAL)


def judged() -> Iterator[str]:
    """What is advised of some of those."""
    for name, signals, findings in of_facts(JUDGED):
        yield name
        yield from (f"    {line}" for line in advice_lines(signals, advise(signals, findings)))


def fact_line(fact: Fact) -> str:
    where = "" if fact.steps is None else f" {fact.steps.start}-{fact.steps.end}"
    numbers = "; ".join(f"{name} {short(value)}" for name, value in fact.values.items())
    return f"{fact.kind}{where} {fact.series or '-'}: {fact.text} [{numbers}]"


def measures() -> Iterator[str]:
    """A line a measure: what it is in each run."""
    readings = [reading for _, signals, _ in planted() if (reading := read(signals)) is not None]
    tables = [gather(reading) for reading in readings]
    for one in MEASURES:
        yield f"{one.name}: {' '.join(short(table[one.name]) for table in tables)}"


def regret() -> Iterator[str]:
    """A line a number that the rate is judged by: what it is in each run; then what is said of each run's rate."""
    tables = [features_of(signals) for _, signals, _ in planted()]
    for name in NAMES:
        yield f"{name}: {' '.join(short(table.get(name)) for table in tables)}"
    for name, signals, _ in planted():
        if (found := rate_outlook(signals)) is None:
            continue
        sure, by_curve = (
            " ".join(f"{share:.2f}" for share in three) for three in (found.probabilities, found.by_curve)
        )
        yield f"{name}: {found.verdict} {sure}, by the curve {by_curve}, {short(found.above_usual)} above the usual"
        factors = " ".join(short(one) for one in (found.factor_low, found.factor, found.factor_high, found.recommended))
        of = np.array(LISTED)[::4]
        curves = zip(
            found.p_usable[of], found.regret_low[::4], found.expected_regret[of], found.regret_high[::4], strict=True
        )
        yield f"    factors {factors}; " + "; ".join(" ".join(f"{value:.3f}" for value in four) for four in curves)
        yield from (f"    {one.text} {one.points:.2f}" for one in found.evidence)


def advice() -> Iterator[str]:
    for name, signals, findings in planted():
        yield name
        yield from (f"    {line}" for line in advice_lines(signals, advise(signals, findings)))


def advice_lines(signals: Signals, said: Advice) -> Iterator[str]:
    likely = ", ".join(f"{one.cause} {one.probability:.2f}" for one in said.causes[:3])
    yield f"{said.verdict}: {likely}"
    yield from (f"because {reason}" for reason in said.causes[0].because[:4])
    change = said.recommendation
    rates = " ".join(
        short(one) for one in (change.peak_lr, change.peak_lr_low, change.peak_lr_high, change.warmup_steps)
    )
    yield f"{change.action} {rates}: {change.why}"
    if said.learning_rate is not None:
        yield f"rate {said.learning_rate.verdict} {said.learning_rate.probability:.2f}"
    curve = what_if(signals, change)
    if curve is not None:
        ends = ", ".join(short(float(one[-1])) for one in (curve.loss, curve.low, curve.high) if len(one))
        yield f"what if: {curve.law} {ends} {short(curve.reached_at)}{curve.refused}"


def short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) > 1e-12 else "0"  # rounding is no digit of a result
    return "-" if value is None else str(value)


TABLES = {
    "measures": measures,
    "facts": facts,
    "regret": regret,
    "advice": advice,
    "kinds": kinds,
    "judged": judged,
}
"""What is quickest first."""


@pytest.mark.parametrize("name", TABLES)
def test_planted_runs_are_judged_as_the_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", TABLES[name](), rewrite=rewrite_goldens)
