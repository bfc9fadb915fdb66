"""Every kind of finding has its words, and the table, the type and the schema name the same kinds."""

from __future__ import annotations

from typing import get_args

from loglens.model.causes import CAUSES
from loglens.model.documents.contract import schema
from loglens.model.kinds import KINDS, FindingKind


def test_the_table_the_type_and_the_schema_name_the_same_kinds() -> None:
    enumerated = schema()["$defs"]["run"]["properties"]["findings"]["items"]["properties"]["kind"]["enum"]
    assert tuple(KINDS) == get_args(FindingKind)
    assert set(KINDS) == set(enumerated)


def test_every_kind_says_what_would_speak_against_it_and_whose_it_can_be() -> None:
    for kind, info in KINDS.items():
        assert info.title, kind
        assert info.said, kind
        assert info.doubt.endswith("."), kind
        assert info.owners <= set(CAUSES), kind
    # a log artefact is nobody's fault
    assert [kind for kind, info in KINDS.items() if not info.owners] == ["logging"]
