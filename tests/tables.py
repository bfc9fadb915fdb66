"""Tables of what is said: text files of lines that a test compares with, and `--rewrite-goldens` writes anew."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path


def compare(path: Path, said: Iterable[str], *, rewrite: bool) -> None:
    """Line by line, up to the first that differs."""
    if rewrite:
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(said) + "\n", encoding="utf-8")
        return
    assert path.is_file(), f"no table {path} yet: run this test with --rewrite-goldens"
    held = path.read_text(encoding="utf-8").splitlines()
    for number, (now, was) in enumerate(zip_longest(said, held), 1):
        assert now == was, f"{path.name}, line {number}"
