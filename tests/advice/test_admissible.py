"""Which causes agree with the facts, where it takes more than one of them to say so."""

from __future__ import annotations

import pytest

from loglens.advice.admissible import admissible
from loglens.advice.facts import say
from loglens.model.fact import FactKind


@pytest.mark.parametrize(
    ("told", "admitted"),
    [
        (("warming_up", "learned"), False),
        (("warming_up",), True),
        (("warming_up", "learned", "ran_away"), True),
        (("lr_spent", "learned", "validation_falls"), False),
        (("lr_spent", "learned"), True),
    ],
)
def test_a_rate_that_did_no_harm_so_far_was_not_too_high(told: tuple[FactKind, ...], admitted: bool) -> None:
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    assert ("lr_too_high" in admissible(facts)) is admitted
