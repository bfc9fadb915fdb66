"""Every public case is told right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.public_cases import cases, falls_short


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case["path"])
def test_a_public_case_is_told_right(case: dict[str, Any]) -> None:
    assert falls_short(case) == ""
