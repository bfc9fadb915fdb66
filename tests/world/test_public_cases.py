"""Every public case but the ones named here is told right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.public_cases import cases, falls_short

KNOWN = {"cases/accessory-closs-cut/output.log"}
"""Told too low a rate at 0.6: a fine-tuning at 3e-5 that no word of the log tells to be one."""


@pytest.mark.parametrize("case", [case for case in cases() if case["path"] not in KNOWN], ids=lambda case: case["path"])
def test_a_public_case_is_told_right(case: dict[str, Any]) -> None:
    assert falls_short(case) == ""


def test_what_is_known_to_be_wrong_still_is() -> None:
    assert {case["path"] for case in cases() if case["path"] in KNOWN and falls_short(case)} == KNOWN
