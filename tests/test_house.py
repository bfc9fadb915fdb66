"""The house stays in order: what lies at the top, how long files and functions get, which tests mirror which files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

import loglens
from tests.tested_through import TESTED_THROUGH

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "loglens"
FILES = sorted(PACKAGE.rglob("*.py"))
TOP = {"loglens", "templates", "tests", "sample_logs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}


TESTS = ROOT / "tests"
THEMES = {
    "benchmarks",
    "browser",
    "contradictions",
    "fuzz",
    "golden",
    "hostile",
    "world",
    "lab",
    "readers/console/trainers",
    "tools",
}
"""Folders of tests that are about no one room."""


def modules() -> list[PurePosixPath]:
    """The package's modules, relative to it; a room's `__init__` is tested with the room."""
    return [PurePosixPath(path.relative_to(PACKAGE).as_posix()) for path in FILES if path.name != "__init__.py"]


def untested() -> list[PurePosixPath]:
    return [one for one in modules() if not (TESTS / one.parent / f"test_{one.name}").is_file()]


def listed(module: PurePosixPath, pattern: str) -> bool:
    """`*` stays within one folder."""
    wanted = PurePosixPath(pattern)
    return module.parent == wanted.parent and fnmatch(module.name, wanted.name)


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: only git knows which files belong to the project")
    return done.stdout.splitlines()


def test_only_the_agreed_names_lie_at_the_top() -> None:
    assert {name.split("/")[0] for name in tracked() if not name.startswith(".")} <= TOP


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 450, "more than one subject? 450 lines is where a file is split"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than 60 lines"


LISTS = {
    "cli/commands",
    "detectors",
    "model/causes",
    "readers/console/programs",
    "readers/frameworks",
}
"""Folders with one thing of a kind a file: they grow with what the program knows."""


def test_a_folder_holds_no_more_than_fifteen_modules() -> None:
    held = Counter(module.parent.as_posix() for module in modules())
    assert {folder: count for folder, count in held.items() if count > 15 and folder not in LISTS} == {}


def test_every_test_lies_where_its_room_is() -> None:
    for path in TESTS.rglob("test_*.py"):
        folder = path.parent.relative_to(TESTS).as_posix()
        theme = any(folder == one or folder.startswith(f"{one}/") for one in THEMES)
        assert theme or (PACKAGE / folder).is_dir(), f"{path.relative_to(TESTS)}: loglens has no room {folder}"


def test_every_module_has_its_test_or_says_which_one_runs_it() -> None:
    lost = [str(one) for one in untested() if not any(listed(one, pattern) for pattern in TESTED_THROUGH)]
    assert lost == [], "write tests/<room>/test_<module>.py, or name the test that runs it in tested_through.py"


@pytest.mark.parametrize("pattern", TESTED_THROUGH)
def test_no_line_of_the_table_is_stale(pattern: str) -> None:
    assert any(listed(one, pattern) for one in untested()), "every module it names has a test of its own: take it out"
    test = TESTS / TESTED_THROUGH[pattern]
    assert test.is_file(), "there is no such test"
    assert "def test_" in test.read_text(encoding="utf-8")


def test_a_whole_folder_is_named_only_where_one_test_goes_through_it() -> None:
    folders = {pattern.removesuffix("/*") for pattern in TESTED_THROUGH if "*" in pattern}
    assert folders == {"advice/features", "cli/commands", "model/causes", "readers/console/programs"}


def test_a_pattern_stays_within_its_folder() -> None:
    assert listed(PurePosixPath("advice/base.py"), "advice/*")
    assert not listed(PurePosixPath("advice/facts/say.py"), "advice/*")
    assert not listed(PurePosixPath("advice/base.py"), "advice/b.py")


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        str(path.relative_to(PACKAGE))
        for path in FILES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_no_docstring_lost_its_end() -> None:
    broken = [
        f"{path.relative_to(PACKAGE)}: {found[0]}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if (found := re.search(r"\w+ \.(?=\s|$)", ast.get_docstring(node) or ""))
    ]
    assert broken == []


def test_a_median_is_taken_by_the_function_for_it_and_is_a_float_already() -> None:
    """Of one stretch of a run; `numpy` has the medians along an axis."""
    wrong = []
    for path in FILES:
        room = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            said = ast.unparse(node)
            plain = said.startswith("np.median(") and "axis" not in said and path.name != "robust.py"
            if (plain and room in ("signals", "detectors", "advice")) or said.startswith("float(median("):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno}: {said}")
    assert wrong == []


RETIRED = {"seam", "rhythm", "beat", "tall", "twin", "lane", "stitch"}
"""Words of the house that have a term: discontinuity, period, record, log-scale outlier, duplicate, worker slot,
assemble."""


def named(path: Path) -> Iterator[tuple[int, str]]:
    """Every name a file gives to something, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_names_are_the_fields_own(path: Path) -> None:
    assert not RETIRED.intersection(path.stem.split("_")), "the file's name"
    for line, name in named(path):
        words = {word.removesuffix("s") for word in re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")}
        assert not RETIRED.intersection(words), f"{path.relative_to(ROOT)}:{line}: {name}"
        assert name != "one", f"{path.relative_to(ROOT)}:{line}: what it holds has a name"


def test_a_class_has_its_name_to_itself() -> None:
    """Classes of a module; those that a function makes around an optional package's own are named after it."""
    at: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                at.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: places for name, places in at.items() if len(places) > 1} == {}


SAYS = re.compile(
    r"needs somebody|pass(?:es)? over the data|no number any|a seam\b|rhythm|\bbeats?\b|stitch|flown again|write here",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", ["loglens", "templates", "README.md", ".github"])
def test_what_people_read_is_in_the_fields_words(name: str) -> None:
    said = [
        f"{path}: {found[0]}"
        for path in tracked()
        if path.split("/")[0] == name and path.endswith((".py", ".md", ".html", ".toml"))
        if (found := SAYS.search((ROOT / path).read_text(encoding="utf-8")))
    ]
    assert said == []


def test_the_public_names_are_the_agreed_ones() -> None:
    assert sorted(loglens.__all__) == [
        "Comparison",
        "Diagnosis",
        "Finding",
        "LogLensError",
        "Run",
        "Series",
        "__version__",
        "compare",
        "diagnose",
        "read",
        "render",
        "replay",
        "watch",
    ]
    for name in loglens.__all__:
        assert getattr(loglens, name) is not None


def test_the_replay_package_needs_no_import_of_its_own() -> None:
    code = "import loglens; assert loglens.replay.Recorder.__name__ == 'Recorder'"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_path_of_somebodys_machine_is_tracked() -> None:
    foreign = ("/work" + "/", "/root" + "/", "/home/" + "user")
    for name in tracked():
        if name.startswith("tests/data/") or Path(name).suffix in {".gz", ".npz", ".png", ".pt", ".parquet"}:
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", errors="replace")
        assert not [one for one in foreign if one in text], name
