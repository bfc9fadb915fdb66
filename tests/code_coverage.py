"""Line and branch coverage: what of the package the tests run, room by room, and each line and branch none reaches.

    python -m tests.code_coverage [readers render/page ...] [--record FOLDER] [--table]

The tests are run in pieces, one folder at a time, and what each piece reached is kept in the record: a piece that was
measured anew replaces its old measurement, and `--table` prints what is on record. Processes that tests start are
measured too, unless they are killed. Tests that measure time or memory may fail under the tracer; what they ran counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
TOP = "top"
"""The piece of the tests that lie in no folder."""
SETTINGS = """
[run]
branch = true
source = {source}
patch =
    _exit
    fork
    execv
disable_warnings =
    no-data-collected
    module-not-measured
    module-not-imported
    already-imported
{more}
[report]
exclude_also =
    if TYPE_CHECKING:
    @overload
"""
"""Of the library. What leaves by `_exit`, forks or becomes another program writes down what it has run before."""
START = "import coverage\ncoverage.process_startup()\n"
"""What Python imports first in each process (`sitecustomize`)."""


def pieces() -> list[str]:
    """Folders of tests, and what lies beside them."""
    return [TOP, *sorted({path.relative_to(TESTS).parts[0] for path in TESTS.glob("*/**/test_*.py")})]


def paths_of(piece: str) -> list[str]:
    return sorted(str(path) for path in TESTS.glob("test_*.py")) if piece == TOP else [str(TESTS / piece)]


def settings(folder: Path, more: str = "") -> str:
    path = folder / "settings.ini"
    path.write_text(SETTINGS.format(source=ROOT / "loglens", more=more), encoding="utf-8")
    return str(path)


def measure(piece: str, record: Path) -> int:
    """Runs the tests of a piece under the tracer, them and the processes they start; their exit status."""
    import coverage

    with tempfile.TemporaryDirectory() as traced, tempfile.TemporaryDirectory() as gathered:
        Path(traced, "sitecustomize.py").write_text(START, encoding="utf-8")
        env = {
            **os.environ,
            "COVERAGE_PROCESS_START": settings(Path(traced), f"parallel = true\ndata_file = {Path(traced, 'part')}"),
            "PYTHONPATH": os.pathsep.join(filter(None, (traced, os.environ.get("PYTHONPATH")))),
        }
        command = (sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *paths_of(piece))
        code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
        whole = Path(gathered, "whole")
        combined = coverage.Coverage(data_file=str(whole), config_file=settings(Path(gathered)))
        combined.combine([str(part) for part in Path(traced).glob("part.*")])
        combined.save()
        shutil.copyfile(whole, record / f"{piece.replace('/', '.')}.coverage")
    return code


def reached(record: Path) -> Mapping[str, Any]:
    """What all pieces on record reached, as the library's JSON says it: module -> summary and what is missing."""
    import coverage

    with tempfile.TemporaryDirectory() as name:
        told = Path(name, "told.json")
        whole = coverage.Coverage(data_file=str(Path(name, "whole")), config_file=settings(Path(name)))
        whole.combine([str(path) for path in sorted(record.glob("*.coverage"))], keep=True)
        whole.json_report(outfile=str(told))
        files = json.loads(told.read_text(encoding="utf-8"))["files"]
    inside = (ROOT / "loglens").resolve()
    return {(ROOT / path).resolve().relative_to(inside).as_posix(): one for path, one in files.items()}


def table(modules: Mapping[str, Any]) -> Iterator[str]:
    """A row a room, and one for all."""
    rooms: dict[str, list[int]] = {}
    for path, one in modules.items():
        counts = rooms.setdefault(path.split("/")[0] if "/" in path else "loglens", [0, 0, 0, 0])
        for at, name in enumerate(("num_statements", "covered_lines", "num_branches", "covered_branches")):
            counts[at] += one["summary"][name]
    yield "| room | lines | reached | branches | reached | both |"
    yield "| --- | --- | --- | --- | --- | --- |"
    whole = [sum(counts) for counts in zip(*rooms.values(), strict=True)]
    for room, (lines, run, branches, taken) in [*sorted(rooms.items()), ("all", whole)]:
        share = (run + taken) / max(lines + branches, 1)
        yield f"| {room} | {lines} | {run} | {branches} | {taken} | {share:.1%} |"


def missing(modules: Mapping[str, Any]) -> Iterator[str]:
    """Each module with its lines and branches (from line to line; none: out of the function) that nothing reached."""
    for path, one in sorted(modules.items()):
        lines = set(one["missing_lines"])
        branches = [(start, end) for start, end in one.get("missing_branches", ()) if start not in lines]
        said = [*stretches(sorted(lines)), *(f"{start}->{end if end > 0 else 'out'}" for start, end in branches)]
        if said:
            yield f"loglens/{path}: {', '.join(said)}"


def stretches(lines: Sequence[int]) -> list[str]:
    """Sorted numbers, those that follow one another as one."""
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return [f"{first}" if first == last else f"{first}-{last}" for first, last in found]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.code_coverage", description=__doc__)
    parser.add_argument("pieces", nargs="*", help=f"folders of tests/; all and {TOP} where none is given")
    parser.add_argument("--record", type=Path, default=Path(tempfile.gettempdir()) / "loglens-coverage")
    parser.add_argument("--table", action="store_true", help="run nothing")
    given = parser.parse_args()
    given.record.mkdir(parents=True, exist_ok=True)
    failed = [piece for piece in ([] if given.table else given.pieces or pieces()) if measure(piece, given.record)]
    modules = reached(given.record)
    print("\n".join((*table(modules), "", *missing(modules))))
    if failed:
        print(f"tests failed under the tracer: {', '.join(failed)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
