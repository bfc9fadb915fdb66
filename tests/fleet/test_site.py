"""Many runs of one diagnosis as pages: an index that leads to each, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import LogLensError
from loglens.fleet.site import write_site
from tests.diagnoses import diagnosis, healthy, run_diagnosis


def test_every_run_has_a_page_that_the_index_leads_to_and_that_leads_back(tmp_path: Path) -> None:
    index = tmp_path / "out" / "all.html"
    index.parent.mkdir()
    folder = write_site(diagnosis(run_diagnosis("runs/a"), healthy("runs/b")), index)
    assert folder == tmp_path / "out" / "all-runs"
    pages = sorted(path.name for path in folder.iterdir())
    assert len(pages) == 2
    listed = index.read_text(encoding="utf-8")
    for page, name, other in zip(pages, ("runs/a", "runs/b"), ("runs/b", "runs/a"), strict=True):
        assert f"all-runs/{page}" in listed
        text = (folder / page).read_text(encoding="utf-8")
        assert "../all.html" in text
        assert name in text and other not in text


def test_a_site_is_written_over_the_one_before(tmp_path: Path) -> None:
    index = tmp_path / "all.html"
    write_site(diagnosis(run_diagnosis("runs/a")), index)
    before = index.read_text(encoding="utf-8")
    write_site(diagnosis(run_diagnosis("runs/a"), healthy("runs/b")), index)
    assert index.read_text(encoding="utf-8") != before


def test_where_it_cannot_be_written_is_said_with_the_way_on(tmp_path: Path) -> None:
    (tmp_path / "all-runs").write_text("a file is in the way")
    with pytest.raises(LogLensError, match=r"cannot write .*all\.html: .*Give another place with -o"):
        write_site(diagnosis(run_diagnosis()), tmp_path / "all.html")
    assert not (tmp_path / "all.html").exists()
