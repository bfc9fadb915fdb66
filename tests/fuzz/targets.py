"""What is done with a changed file, and what counts as a find."""

from __future__ import annotations

import resource
import signal
import time
import tomllib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np

import loglens
from loglens import crash, pipeline
from loglens.cli import settings
from loglens.cli.saved import read_saved
from loglens.errors import LogLensError
from loglens.fleet.baseline import read_baseline
from loglens.model.diagnosis import Diagnosis
from loglens.model.finding import Broke
from loglens.readers import read
from loglens.render import RENDERERS

CPU_SECONDS = 5
MEGABYTES = 500


class TooSlow(BaseException):
    """Beyond `CPU_SECONDS`. No `Exception`: nothing on the way may catch it."""


@dataclass(frozen=True, slots=True)
class Find:
    """`place`: where it broke, the same for the same bug; `said`: the whole story."""

    place: str
    said: str


class Watched:
    """Runs inputs and keeps the bugs that the project itself caught and told."""

    def __init__(self) -> None:
        self.caught: list[BaseException] = []

    def told(self, error: BaseException) -> str:
        self.caught.append(error)
        return f"bug: {type(error).__name__}"


@contextmanager
def watching() -> Iterator[Watched]:
    """Every bug the project catches is seen; more than `CPU_SECONDS` of processor time raises `TooSlow`."""
    watched = Watched()
    told = crash.told
    crash.told = watched.told
    before = signal.signal(signal.SIGVTALRM, _too_slow)
    try:
        yield watched
    finally:
        crash.told = told
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def tried(kind: str, path: Path, watched: Watched, *, whole: bool) -> Find | None:
    """What is wrong with what is done on this file; None where it is read, or refused in the project's own words.
    `whole`: judged and drawn as well, not only read."""
    watched.caught.clear()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        with np.errstate(all="ignore"):
            TARGETS[kind](path, whole)
    except (LogLensError, tomllib.TOMLDecodeError):
        pass
    except (Exception, TooSlow) as error:
        watched.caught.append(error)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    if watched.caught:
        return _find(watched.caught[0])
    if time.process_time() - began > CPU_SECONDS:
        return Find("slow", f"{time.process_time() - began:.1f} s")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    return Find("memory", f"{more:.0f} MB") if more > MEGABYTES else None


def _find(error: BaseException) -> Find:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "loglens" in one.filename]
    last = frames[-1] if frames else None
    place = "?" if last is None else f"{last.filename.rpartition('loglens/')[2]}:{last.name}"
    return Find(f"{type(error).__name__} {place}", "".join(traceback.format_exception(error)))


def _log(path: Path, whole: bool) -> None:
    if not whole:
        read(path)
        return
    diagnosis = _judged(path)
    for name in RENDERERS:
        pipeline.render(diagnosis, name)


def _numbers(path: Path, whole: bool) -> None:
    _log(path, True) if whole else _judged(path)


def _judged(path: Path) -> Diagnosis:
    diagnosis = loglens.diagnose(path)
    broken = [one for run in diagnosis.runs for one in run.outcomes if isinstance(one, Broke)]
    if broken:
        raise AssertionError(f"{broken[0].detector} broke: {broken[0].error}")
    return diagnosis


def _document(path: Path, whole: bool) -> None:
    diagnosis = read_saved(path)
    # the page costs ten times the others
    for name in RENDERERS if whole or diagnosis.problems else set(RENDERERS) - {"html"}:
        RENDERERS[name]().render(diagnosis)


def _settings(path: Path, _whole: bool) -> None:
    settings.load(path.parent)


def _baseline(path: Path, _whole: bool) -> None:
    read_baseline(path)


TARGETS = {"log": _log, "numbers": _numbers, "document": _document, "settings": _settings, "baseline": _baseline}
