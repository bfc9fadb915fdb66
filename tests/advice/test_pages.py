"""Every cause of the contract has a page a person can act on."""

from __future__ import annotations

from typing import get_args

from loglens.advice import CAUSE_PAGES
from loglens.advice.recommend import ACTIONS
from loglens.model.finding import CauseName


def test_one_page_a_cause_with_what_to_change() -> None:
    assert set(CAUSE_PAGES) == set(get_args(CauseName))
    for cause, page in CAUSE_PAGES.items():
        assert page.startswith(f"# {cause}"), cause
        assert "What to change:" in page, cause
        assert all(len(line) <= 128 for line in page.splitlines()), cause


def test_one_action_a_cause() -> None:
    assert set(ACTIONS) == set(get_args(CauseName))
