"""What a worker does with one unit: read, judge, draw the pages. Everything in and out of it pickles."""

from __future__ import annotations

import hashlib
import os
import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from loglens.errors import LogLensError
from loglens.fleet.nightly.records import Record, record_of
from loglens.fleet.nightly.scan import Unit, ends_hash, storable
from loglens.fleet.sweeps import sweep_of
from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.places import relative
from loglens.model.run import Problem, Run
from loglens.model.settings import Options
from loglens.readers.contract.limits import Limits, current, using
from loglens.whole_file import write_whole

if TYPE_CHECKING:
    from loglens.detectors.base import Detector
    from loglens.render.page.report import HtmlReport

_UNSAFE = re.compile(r"[^-\w.]+")
NAME_LENGTH = 60
MEMORY = ".loglens/read"
"""Beside the pages: what was read of large logs, so that a night reads only what they grew by."""
Trouble = tuple[str, str, str]
"""What could not be read or judged: its path or run, a sentence, and the traceback where LogLens is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A unit to be judged. `shown_root`: what ROOT is called, where `root` is only its mirror. `pages`: the folder the
    pages go to, and `token`: what its file `token` holds, by which a worker knows that it sees the same folder;
    else the pages travel back with the result."""

    unit: Unit
    root: str
    shown_root: str
    pages: str
    token: str
    version: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of a unit. `hashes`: of the files' ends, in the unit's order. `pages`: name -> page, empty where the
    worker has written them."""

    key: str
    records: tuple[Record, ...]
    problems: tuple[Trouble, ...]
    hashes: tuple[str, ...]
    pages: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The callable that goes to the workers. `reading`: the limits that hold where it is made."""

    options: Options
    reading: Limits = field(default_factory=current)

    def __call__(self, job: Job) -> Judged:
        from loglens import readers
        from loglens.advice.what_if import supplied
        from loglens.judging import signals_of
        from loglens.readers.contract.grown import Stored, remembering
        from loglens.readers.lines import with_lines
        from loglens.readers.runs.elsewhere import at_home

        root = Path(job.root)
        hashes = tuple(_hash_or_none(root / file.path) for file in job.unit.files)
        files = [root / file.path for file in job.unit.files]
        records: list[Record] = []
        pages: dict[str, str] = {}
        here = _is_here(job)
        try:
            memory = Stored(Path(job.pages).parent / MEMORY) if here else None
            with remembering(memory), using(self.reading, held=self.options.run_memory or self.reading.held):
                found = readers.read_files(files, root, mapping=self.options.mapping)
        except LogLensError as error:
            # a flag that does not fit this unit (a series it lacks) may fit the others
            return Judged(
                key=job.unit.key, records=(), problems=((job.unit.key, str(error), ""),), hashes=hashes, pages={}
            )
        problems = [_told(problem) for problem in found.problems]
        done: list[RunDiagnosis] = []
        runs: dict[str, Run] = {}
        for run in found.runs:
            if job.shown_root != job.root:
                run = at_home(run, lambda text: text.replace(job.root, job.shown_root))
            judged = self._judged(run)
            if isinstance(judged, tuple):
                problems.append(judged)
                continue
            done.append(judged)
            runs[run.name] = run
        suppliers = {name: partial(signals_of, run, self.options) for name, run in runs.items()}
        for judged in (_as_shown(with_lines(run), job) for run in supplied(tuple(done), suppliers)):
            name = page_name(judged.run)
            records.append(record_of(judged) | {"run": storable(judged.run), "page": name})
            pages[name] = self._page(judged, job)
        if here:
            try:
                for name, text in pages.items():
                    write_whole(Path(job.pages) / name, text)
            except OSError as error:
                raise no_room(job.pages, error) from error
            pages = {}
        return Judged(key=job.unit.key, records=tuple(records), problems=tuple(problems), hashes=hashes, pages=pages)

    def _judged(self, run: Run) -> RunDiagnosis | Trouble:
        from loglens.judging import diagnose_run

        try:
            return diagnose_run(run, self.options, detectors=_detectors(_frozen(self.options)))
        except LogLensError as error:
            return run.name, str(error), ""
        except Exception as error:
            # one run's bug must not cost the others of its unit
            if os.environ.get("LOGLENS_ON_ERROR") == "raise":
                raise
            message = f"LogLens failed with {type(error).__name__}: {error}"
            return run.name, message, "".join(traceback.format_exception(error))

    def _page(self, judged: RunDiagnosis, job: Job) -> str:
        diagnosis = Diagnosis(
            runs=(judged,), path=judged.source, settings=job.settings, version=job.version, versions={}
        )
        return _renderer().page(diagnosis, links_to("../index.html", judged.run))


def _as_shown(judged: RunDiagnosis, job: Job) -> RunDiagnosis:
    """The run with paths from the root's own name on: pages are looked at elsewhere."""
    alone = Diagnosis(runs=(judged,), path=job.shown_root, settings={}, version=job.version, versions={})
    return relative(alone, Path(job.shown_root).parent).runs[0]


def no_room(out: Path | str, error: OSError) -> LogLensError:
    """What is said where a report cannot be written; it ends the night, and what was judged is kept."""
    return LogLensError(
        f"cannot write into {out}: {error.strerror or error}. What was judged is kept; make room and run the same "
        "command again"
    )


def _told(problem: Problem) -> Trouble:
    place = "" if problem.offset is None else f" (at {problem.offset})"
    return problem.path, f"{problem.message}{place}", ""


def _hash_or_none(path: Path) -> str:
    try:
        return ends_hash(path)
    except OSError:
        return ""


def _is_here(job: Job) -> bool:
    try:
        return (Path(job.pages) / "token").read_text(encoding="utf-8") == job.token
    except OSError:
        return False


def links_to(index: str, run: str) -> tuple[tuple[str, str], ...]:
    """From a run's page to the index, and to the runs that lie beside it."""
    sweep = sweep_of(run)
    beside = () if sweep == "." else ((f"{index}#q={quote(sweep, safe='')}", "Runs beside it"),)
    return ((index, "All runs"), *beside)


def page_name(run: str) -> str:
    """A file name for a run's page: its own name as far as a file system bears it, and a hash that keeps it apart."""
    mark = hashlib.sha256(run.encode("utf-8", "backslashreplace")).hexdigest()[:10]
    plain = _UNSAFE.sub("-", run.encode("ascii", "replace").decode()).strip("-.") or "run"
    return f"{plain[-NAME_LENGTH:].lstrip('-.')}-{mark}.html"


@dataclass(frozen=True, slots=True)
class _Frozen:
    limits: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    disabled: tuple[str, ...]


def _frozen(options: Options) -> _Frozen:
    return _Frozen(
        tuple(sorted((name, tuple(sorted(fields.items()))) for name, fields in options.limits.items())),
        options.disabled,
    )


@cache
def _detectors(said: _Frozen) -> tuple[Detector, ...]:
    """Made once a process: a night judges thousands of runs with the same ones."""
    from loglens.detectors.limits import configured

    limits = {name: dict(fields) for name, fields in said.limits}
    return configured(replace(Options(), limits=limits, disabled=said.disabled))


@cache
def _renderer() -> HtmlReport:
    from loglens.render.page.report import HtmlReport

    return HtmlReport()
