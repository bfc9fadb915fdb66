"""Every cause of the contract is a file with a page a person can act on, and every room's words for it stand there."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import loglens.model.causes as package
from loglens.model.actions import ACTIONS, Action
from loglens.model.causes import CAUSES, CauseName
from loglens.model.documents.contract import schema


def test_the_table_the_type_the_schema_and_the_folder_name_the_same_causes() -> None:
    enumerated = schema()["$defs"]["run"]["properties"]["causes"]["items"]["properties"]["cause"]
    named = enumerated.get("enum") or schema()["$defs"][enumerated["$ref"].rsplit("/", 1)[1]]["enum"]
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__", "info"}
    assert tuple(CAUSES) == get_args(CauseName)
    assert files == set(CAUSES)
    assert set(CAUSES) <= set(named)


def test_one_page_a_cause_with_what_to_change() -> None:
    for cause, info in CAUSES.items():
        assert info.page.startswith(f"{cause}: "), cause
        assert "What to change:" in info.page, cause
        assert all(len(line) <= 128 for line in info.page.splitlines()), cause


def test_every_action_has_words_and_every_cause_one_of_them() -> None:
    assert tuple(ACTIONS) == get_args(Action)
    assert {info.action for info in CAUSES.values()} <= set(ACTIONS)
    # what needs no number needs a sentence of its own
    numbered = {"lr_too_high", "lr_too_low", "warmup_too_short", "lr_jump", "lr_decays_too_early"}
    assert {cause for cause, info in CAUSES.items() if not info.advice} == numbered
