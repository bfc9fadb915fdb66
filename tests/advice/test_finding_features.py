"""Findings among the evidence."""

from __future__ import annotations

from loglens.advice.finding_features import FOUND, NOTE, OF_WEIGHT, found, words
from loglens.model.kinds import KINDS
from tests.diagnoses import spike


def test_the_weightiest_finding_of_a_kind_counts() -> None:
    note, warning = spike(severity="info"), spike(severity="warning")
    assert found(()) == {}
    assert found((note,)) == {"found:loss_spike": NOTE}
    assert found((note, warning, note)) == {"found:loss_spike": OF_WEIGHT}


def test_every_kind_has_its_words() -> None:
    for kind in KINDS:
        weighty, noted = words(f"{FOUND}{kind}", OF_WEIGHT), words(f"{FOUND}{kind}", NOTE)
        assert noted.startswith(weighty)
        assert noted != weighty
