"""A schedule in words: right shapes, and clear sentences for wrong ones."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.errors import SettingsError
from loglens.signals.lr.schedule import recognise
from loglens.signals.lr.spec import OPTIONS, SHAPES, given_lr, rate_of
from tests.factories import falling, make_run

STEPS = np.arange(1000)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (None, "constant"),
        ("constant:warmup=50", "constant"),
        ("linear:warmup=100", "linear"),
        ("cosine:warmup=100,total=1000,floor=0.1", "cosine"),
        ("polynomial:power=3", "polynomial"),
        ("exponential:gamma=0.995", "exponential"),
        ("step:every=300,factor=0.2", "step"),
        ("step:at=250+700", "step"),
        ("inverse-sqrt:warmup=60", "inverse_sqrt"),
        ("one_cycle:total=1000", "one_cycle"),
        ("restarts:period=250", "restarts"),
        ("wsd:decay=200,warmup=40", "wsd"),
    ],
)
def test_what_is_written_is_what_is_recognised(text: str | None, kind: str) -> None:
    track = given_lr(3e-4, text, STEPS)
    assert recognise(track, given=True).kind == kind
    assert track.values.max() == pytest.approx(3e-4, rel=0.02)
    assert np.all(track.values >= 0)


def test_warm_up_ends_where_it_was_said_to() -> None:
    values = given_lr(1.0, "cosine:warmup=100", STEPS).values
    assert values[100] == pytest.approx(1.0)
    assert values[49] == pytest.approx(0.5, abs=0.02)


def test_steps_are_those_of_the_log() -> None:
    track = given_lr(1.0, "step:at=500", np.array([0, 499, 500, 900]))
    assert track.values.tolist() == pytest.approx([1.0, 1.0, 0.1, 0.1])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cosinus", "known are constant, linear"),
        ("cosine:warmpu=10", "warmup, total, floor"),
        ("cosine:warmup", "name=value"),
        ("cosine:warmup=ten", "no number"),
        ("cosine:warmup=0.1", "warmup counts steps"),
        ("wsd:decay=0.3", "decay counts steps"),
        ("step:at=0.5+0.8", "at counts steps"),
        ("cosine:warmup=-5", "not negative"),
        ("cosine:warmup=5+6", "one number"),
        ("cosine:warmup=100,total=50", "larger than warmup"),
        ("step", "every=STEPS or at="),
        ("restarts", "period=STEPS"),
        ("linear:total=inf", "not negative"),
    ],
)
def test_wrong_texts_name_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says.replace("+", r"\+")):
        given_lr(1e-3, text, STEPS)


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_is_a_positive_number(lr: float) -> None:
    with pytest.raises(SettingsError, match="positive"):
        given_lr(lr, None, STEPS)


def test_every_shape_has_its_options_listed() -> None:
    assert set(SHAPES) == set(OPTIONS)


@pytest.mark.parametrize("kind", SHAPES)
def test_no_steps_no_rates(kind: str) -> None:
    text = {"step": "step:every=5", "restarts": "restarts:period=5"}.get(kind, kind)
    assert len(given_lr(1e-3, text, np.zeros(0, dtype=np.int64))) == 0


LOGGED = make_run({"loss": falling(4), "lr": np.array([0.1, 0.2, 0.4, 0.2])})
BARE = make_run({"loss": falling(4)})


def test_what_was_given_is_completed_by_what_was_logged() -> None:
    """A peak alone scales the logged rate, a schedule alone takes its peak from it, and both stand for themselves."""
    at = np.arange(4)
    assert rate_of(LOGGED, lr=0.8, schedule=None, steps=at).values.tolist() == [0.2, 0.4, 0.8, 0.4]
    assert rate_of(LOGGED, lr=None, schedule="constant", steps=at).values.tolist() == [0.4] * 4
    assert rate_of(LOGGED, lr=0.8, schedule="constant", steps=at).values.tolist() == [0.8] * 4
    assert rate_of(BARE, lr=0.8, schedule=None, steps=at).values.tolist() == [0.8] * 4
    zero = make_run({"loss": falling(4), "lr": np.zeros(4)})
    assert rate_of(zero, lr=0.8, schedule=None, steps=at).values.tolist() == [0.8] * 4
    lost = make_run({"loss": falling(4), "lr": np.full(4, np.nan)})
    assert rate_of(lost, lr=0.8, schedule=None, steps=at).values.tolist() == [0.8] * 4
    for run in (BARE, lost):
        with pytest.raises(SettingsError, match="--lr must give its peak"):
            rate_of(run, lr=None, schedule="constant", steps=at)
