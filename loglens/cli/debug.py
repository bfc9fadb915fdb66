"""`--debug FILE`: what helps to find a bug, in a file that is safe to post: no name, no value and no path of a log."""

from __future__ import annotations

import json
import platform
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens import __version__

if TYPE_CHECKING:
    from loglens.model.run import Problem, Run, Series

PACKAGES = ("numpy", "polars", "pandas", "scipy", "jinja2", "click", "joblib", "tensorboard", "torch")


def write_bundle(output: Path, command: str, flags: Sequence[str], paths: Sequence[Path], *, names: bool) -> None:
    """Writes the bundle. `flags`: the names of the flags that were given. `names`: the names of runs and series too."""
    from loglens.cli.output import write_output

    bundle = {
        "loglens": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "encoding": {"stdout": getattr(sys.stdout, "encoding", ""), "files": sys.getfilesystemencoding()},
        "command": command,
        "flags": sorted(flags),
        "read": _shape(paths, names=names),
    }
    write_output(output, json.dumps(bundle, indent=2, ensure_ascii=True) + "\n")


def _shape(paths: Sequence[Path], *, names: bool) -> dict[str, Any]:
    """The runs under the paths by their shape alone; where reading itself fails, how."""
    from loglens import pipeline

    try:
        found = pipeline.read(paths)
    except Exception as error:  # the bundle is for bugs: none of them may end it
        return {"failed": _kind(error)}
    return {
        "runs": [_run(run, number, names=names) for number, run in enumerate(found.runs, 1)],
        "problems": [_problem(problem) for problem in found.problems],
    }


def _run(run: Run, number: int, *, names: bool) -> dict[str, Any]:
    roles = {role.series: role.role for role in run.roles if role.series is not None}
    return {
        "name": run.name if names else f"run {number}",
        "format": run.format,
        "x_axis": run.x_axis,
        "live": run.live,
        "files": sorted(_size(Path(file)) for file in run.files),
        "notes": dict(Counter(note.kind for note in run.notes)),
        "rewinds": len(run.rewinds),
        "series": [_series(series, place, roles, names=names) for place, series in enumerate(run.series, 1)],
    }


def _series(series: Series, number: int, roles: dict[str, str], *, names: bool) -> dict[str, Any]:
    gaps = series.steps[1:] - series.steps[:-1]
    return {
        "name": series.tag if names else f"series {number}",
        "role": roles.get(series.tag),
        "points": len(series),
        "non_finite": len(series) - int(series.finite.sum()),
        "step_gaps": {"least": int(gaps.min()), "most": int(gaps.max())} if len(gaps) else None,
        "wall_times": series.wall_times is not None,
        "aggregate": series.aggregate,
        "axis": series.axis,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"bug": problem.bug, "suffix": Path(problem.path).suffix[:12], "place": problem.offset is not None}


def _kind(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else f" in {frame.tb_frame.f_code.co_name}, line {frame.tb_lineno}"
    return f"{type(error).__name__}{where}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
