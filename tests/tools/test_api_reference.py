"""The API reference says what the docstrings say now."""

from __future__ import annotations

from pathlib import Path

import loglens
from tests.tools.api_reference import PAGE, reference


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "write it again: python -m tests.tools.api_reference"


def test_every_public_name_is_on_it() -> None:
    page = Path(PAGE).read_text(encoding="utf-8")
    for name in set(loglens.__all__) - {"__version__"}:
        assert f"### `{name}`" in page, name
