"""The order of a night: scan, judge what changed, keep it, and write down what the morning needs."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from loglens import __version__
from loglens.errors import SettingsError
from loglens.fleet.nightly.changes import store_run
from loglens.fleet.nightly.lock import locked
from loglens.fleet.nightly.notify import notified
from loglens.fleet.nightly.owners import NightlySettings
from loglens.fleet.nightly.report import Report, reported
from loglens.fleet.nightly.scan import Scan, Unit, ends_hash, scanned
from loglens.fleet.nightly.staging import staged
from loglens.fleet.nightly.state import KnownUnit, State
from loglens.fleet.nightly.work import MEMORY, Job, Judged, Task, no_room
from loglens.model.run import Problem
from loglens.model.settings import Options
from loglens.parallel import Failure, Workers, run_each
from loglens.readers.contract.grown import key_of
from loglens.readers.contract.limits import current
from loglens.readers.runs.elsewhere import is_wanted
from loglens.remote import Mirror, is_remote, url_of
from loglens.whole_file import write_whole

HIDDEN = ".loglens"
PAGES = "runs"
ERRORS = "errors"
KEEP_NIGHTS = 90

Say = Callable[[str], None]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a night is asked to do. `rebuild`: judge everything again. `now`: seconds since 1970, of the clock.
    `base_url`: where the site can be seen, for the links in messages.
    `site`: the site's own place, where `out` is only the folder that it is worked on in."""

    root: Path
    out: Path
    options: Options
    workers: Workers
    rebuild: bool = False
    keep_nights: int = KEEP_NIGHTS
    now: Callable[[], float] = time.time
    settings: NightlySettings = field(default_factory=NightlySettings)
    base_url: str = ""
    site: Path = Path()


def night(plan: Plan, *, say: Say = lambda _: None, progress: Progress | None = None) -> Report:
    """Judge what changed and write the site. Raises SettingsError where ROOT is missing or empty or OUT cannot be
    written, AlreadyRunning where another night holds OUT, BackendGone where a cluster went away."""
    if is_remote(plan.out):
        with staged(plan.out, plan.now) as local:
            return _night_here(replace(plan, out=local, site=plan.out), say, progress)
    return _night_here(plan, say, progress)


def _night_here(plan: Plan, say: Say, progress: Progress | None) -> Report:
    out = plan.out.absolute()
    if not is_remote(plan.root) and not plan.root.is_dir():
        raise SettingsError(f"{plan.root} is no folder: give the folder that your runs lie in")
    hidden = _prepared(out)
    with locked(hidden), State(hidden / "state.sqlite", say=say) as state:
        root, unfetched = _root_here(plan, hidden)
        if plan.rebuild:
            state.clear()
            shutil.rmtree(out / MEMORY, ignore_errors=True)
        number = state.begin_night(__version__, plan.now())
        scan = scanned(root, leave_out=(out,) if root == plan.root.absolute() else ())
        scan = replace(scan, problems=(*scan.problems, *unfetched))
        known = state.units()
        if not scan.units and not scan.problems:
            raise SettingsError(f"{plan.root} holds no file that could be a log: give the folder that your runs lie in")
        said = _settings_hash(plan.options)
        changed = _changed(scan, known, said, root)
        _drop_gone(state, scan, known)
        say(f"{len(scan.units):,} places, {len(changed):,} changed since the last night")
        _judge(plan, root, state, changed, said, number, progress)
        report = reported(state, number, root=plan.root, now=plan.now(), settings=plan.settings)
        _sweep(out / PAGES, {row.page.rpartition("/")[2] for row in report.index.rows})
        _forget(out / MEMORY, scan, root)
        try:
            report.write(out)
        except OSError as error:
            raise no_room(out, error) from error
        # told before the night is over: one that is cut off here is told again rather than never
        notified(state, report, plan.settings, base_url=plan.base_url, now=plan.now(), say=say)
        state.end_night(number, report.counts, plan.now(), plan.keep_nights)
        return report


def _root_here(plan: Plan, hidden: Path) -> tuple[Path, tuple[Problem, ...]]:
    """ROOT as a local folder, and what of it could not be fetched."""
    if not is_remote(plan.root):
        return plan.root.absolute(), ()
    folder = hidden / "mirror" / hashlib.sha256(str(plan.root).encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    site = url_of(plan.site).rstrip("/") if is_remote(plan.site) else ""
    root = url_of(plan.root).rstrip("/")
    inside = f"{site[len(root) + 1 :]}/" if site.startswith(f"{root}/") else ""
    mirror = Mirror(root, folder, lambda name: is_wanted(name) and not (inside and name.startswith(inside)))
    mirror.refresh()
    return folder, tuple(Problem(path=name, message=why) for name, why in mirror.problems.items())


def _prepared(out: Path) -> Path:
    """The folder for what is not for readers. Raises SettingsError where OUT cannot be written."""
    hidden = out / HIDDEN
    try:
        for folder in (hidden, out / PAGES, out / ERRORS):
            folder.mkdir(parents=True, exist_ok=True)
        write_whole(hidden / "here", "loglens\n")
    except OSError as error:
        raise SettingsError(f"cannot write into {out}: {error.strerror}. Give another place with --out") from error
    return hidden


def _sweep(pages: Path, wanted: set[str]) -> None:
    """Pages of runs that are gone, and what a worker that was killed while it wrote has left."""
    for path in pages.iterdir():
        if path.name not in wanted and (path.suffix == ".html" or path.name.startswith(".")):
            path.unlink(missing_ok=True)


def _forget(memory: Path, scan: Scan, root: Path) -> None:
    """What was read of logs that are gone, and what a killed worker has left."""
    if memory.is_dir():
        there = {f"{key_of(root / mark.path)}.npz" for unit in scan.units for mark in unit.files}
        for path in memory.iterdir():
            if path.name not in there:
                path.unlink(missing_ok=True)


def _settings_hash(options: Options) -> str:
    """What, besides the logs, decides a verdict."""
    text = json.dumps([__version__, options.flat(), asdict(current())], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()[:16]


def _changed(scan: Scan, known: dict[str, KnownUnit], said: str, root: Path) -> list[Unit]:
    """The newest first: whoever looks while the night is at work sees what is fresh."""
    fresh = [unit for unit in scan.units if not _is_known(unit, known.get(unit.key), said, root)]
    return sorted(fresh, key=lambda unit: (-unit.mtime, unit.key))


def _is_known(unit: Unit, before: KnownUnit | None, said: str, root: Path) -> bool:
    """Nothing in it has changed. A file that was only touched or copied is told by the hash of its ends."""
    if before is None or before.settings != said or len(before.signature) != len(unit.files):
        return False
    for mark in unit.files:
        was = before.signature.get(mark.path)
        if was is None or was[0] != mark.size:
            return False
        if was[1] != mark.changed:
            try:
                if ends_hash(root / mark.path) != was[2]:
                    return False
            except OSError:
                return False
    return True


def _drop_gone(state: State, scan: Scan, known: dict[str, KnownUnit]) -> None:
    """What is not there any more; not what merely cannot be looked into this night."""
    there = {unit.key for unit in scan.units}
    closed = tuple(f"{problem.path}/" for problem in scan.problems)
    with state.whole():
        for key in known:
            if key not in there and not f"{key}/".startswith(closed):
                state.drop_unit(key)
        state.put_problems("", [(problem.path, problem.message, "") for problem in scan.problems])


def _judge(
    plan: Plan, root: Path, state: State, changed: list[Unit], said: str, number: int, progress: Progress | None
) -> None:
    out = plan.out.absolute()
    token = secrets.token_hex(8)
    (out / PAGES / "token").write_text(token, encoding="utf-8")
    jobs = [
        Job(
            unit=unit,
            root=str(root),
            shown_root=url_of(plan.root).rstrip("/") if is_remote(plan.root) else str(root),
            pages=str(out / PAGES),
            token=token,
            version=__version__,
            settings=plan.options.flat(),
        )
        for unit in changed
    ]
    results: Iterable[tuple[int, Judged | Failure]] = run_each(Task(options=plan.options), jobs, plan.workers)
    try:
        for done, (at, result) in enumerate(results, 1):
            unit = changed[at]
            try:
                if isinstance(result, Failure):
                    _keep_failure(state, unit, result, said, number, out)
                else:
                    _keep(state, unit, result, said, number, out)
            except OSError as error:
                raise no_room(out, error) from error
            if progress is not None:
                progress(done, len(changed), unit.key)
    finally:
        (out / PAGES / "token").unlink(missing_ok=True)


def _keep(state: State, unit: Unit, judged: Judged, said: str, number: int, out: Path) -> None:
    """Pages first, then the state: a page without its record is written again, a record without its page never."""
    for name, text in judged.pages.items():
        write_whole(out / PAGES / name, text)
    problems = []
    for path, message, trace in judged.problems:
        problems.append((path, message, _kept_trace(out, path, trace) if trace else ""))
    signature = [
        (mark.path, mark.size, mark.changed, ends) for mark, ends in zip(unit.files, judged.hashes, strict=True)
    ]
    with state.whole():
        there = {record["run"] for record in judged.records}
        for run in state.runs_of(unit.key):
            if run not in there and not judged.problems:
                state.drop_run(run)
        for record in judged.records:
            store_run(state, unit.key, record | {"written": unit.mtime}, number)
        state.put_problems(unit.key, problems)
        state.put_unit(unit.key, signature, said, number)


def _keep_failure(state: State, unit: Unit, failure: Failure, said: str, number: int, out: Path) -> None:
    """Told, and what was known of the unit before stays. It is tried again next night: a machine has bad nights."""
    trace = _kept_trace(out, unit.key, failure.traceback) if failure.traceback else ""
    with state.whole():
        state.put_problems(unit.key, [(unit.key, failure.message, trace)])
        state.put_unit(unit.key, [], said, number)


def _kept_trace(out: Path, name: str, text: str) -> str:
    """The traceback in a file that can be attached to a report; its name. The same bug leaves one file."""
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]
    write_whole(out / ERRORS / f"{mark}.txt", f"loglens {__version__}, met in {name}\n\n{text}")
    return f"{ERRORS}/{mark}.txt"
