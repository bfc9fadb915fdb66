"""Many runs of one diagnosis as a site: the index, and a page a run in a folder beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from loglens.errors import LogLensError
from loglens.fleet.indexing import indexed
from loglens.fleet.nightly.records import record_of
from loglens.fleet.nightly.work import links_to, page_name
from loglens.model.diagnosis import Diagnosis
from loglens.whole_file import write_whole


def write_site(diagnosis: Diagnosis, index: Path) -> Path:
    """Writes `index` and `<its name without .html>-runs/`, the index last; returns that folder.

    Raises LogLensError where they cannot be written."""
    from loglens.render.page.index import index_page
    from loglens.render.page.report import HtmlReport

    folder = index.with_name(f"{index.stem}-runs")
    renderer = HtmlReport()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for run in diagnosis.runs:
            own = replace(diagnosis, runs=(run,), problems=(), path=run.source or diagnosis.path)
            write_whole(folder / page_name(run.run), renderer.page(own, links_to(f"../{index.name}", run.run)))
        records = [record_of(run) for run in diagnosis.runs]
        page = indexed(
            records,
            path=diagnosis.path,
            problems=diagnosis.problems,
            page=lambda record: f"{folder.name}/{page_name(record['run'])}",
            version=diagnosis.version,
        )
        write_whole(index, index_page(page))
    except OSError as error:
        raise LogLensError(f"cannot write {index}: {error.strerror or error}. Give another place with -o") from error
    return folder
