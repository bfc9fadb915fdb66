"""The first bytes of a format stand once: a door and the reader behind it cannot come to differ."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import loglens
from loglens.readers.contract.base import Probe
from loglens.readers.contract.doors import PARQUET, SQLITE, SWANLAB, WANDB, ZIP, is_parquet, is_sqlite, is_zip

PACKAGE = Path(loglens.__file__).parent


def test_the_first_bytes_of_a_format_are_written_once() -> None:
    written: defaultdict[bytes, list[str]] = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, bytes) and len(node.value) > 1:
                for magic in (SQLITE, ZIP, PARQUET, WANDB, SWANLAB):
                    if magic.startswith(node.value):
                        written[magic].append(str(path.relative_to(PACKAGE)))
    assert dict(written) == {magic: ["readers/contract/doors.py"] for magic in (SQLITE, ZIP, PARQUET, WANDB, SWANLAB)}


def test_a_door_opens_to_its_format_alone(tmp_path: Path) -> None:
    doors = {SQLITE: is_sqlite, ZIP: is_zip, PARQUET: is_parquet}
    for magic in doors:
        path = tmp_path / "log"
        path.write_bytes(magic + bytes(100))
        probe = Probe(path=path, size=path.stat().st_size)
        assert [door(probe) for door in doors.values()] == [one == magic for one in doors]
