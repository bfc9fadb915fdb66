"""A file is there whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from loglens.whole_file import whole_file, write_whole


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with whole_file(path) as made:
        made.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_nothing_is_left_of_one_that_was_not_finished(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(error), whole_file(path) as made:
        made.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(("mode", "held"), [(0o644, 0o644), (0o600, 0o600), (None, 0o600)])
def test_it_has_the_permissions_that_were_asked_for(tmp_path: Path, mode: int | None, held: int) -> None:
    path = tmp_path / "kept"
    with whole_file(path, mode=mode) as made:
        made.write_bytes(b"")
    assert stat.S_IMODE(path.stat().st_mode) == held


def test_a_name_as_long_as_a_file_system_bears_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".txt")
    write_whole(path, "half of a character: \udcff, two lines\n\n")
    assert path.read_bytes() == b"half of a character: \\udcff, two lines\n\n"
