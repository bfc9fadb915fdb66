"""The house's import rule: layers from top to bottom, rooms of one layer do not know each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "loglens"
LAYERS: tuple[tuple[str, ...], ...] = (
    ("cli",),
    ("mcp",),
    ("fleet", "callbacks"),
    ("pipeline",),
    ("judging", "parallel"),
    ("explain",),
    ("readers", "detectors", "advice", "render", "replay"),
    ("signals",),
    ("model",),
    ("remote",),
    ("errors", "crash", "whole_file"),
)
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
# modules that several layers may see: the version, the lazy public names, and the entry point that only calls the CLI
OUTSIDE = {"__init__", "__main__", "__version__"}
# inside `readers/`, top to bottom: the door, what makes runs of logs, the registry, the formats, what formats share
READERS: tuple[tuple[str, ...], ...] = (
    ("targets", "lines"),
    ("values",),
    ("__init__", "frames"),
    ("runs",),
    ("registry",),
    ("console", "frameworks", "trackers", "tensorboard"),
    ("tables",),
    ("naming", "settings"),
    ("contract",),
)
READERS_RANK = {room: rank for rank, rooms in enumerate(READERS) for room in rooms}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively: write the module's full name"
            assert node.module is not None
            if node.module == "loglens":
                yield from ((node.lineno, f"loglens.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_a_room_imports_only_from_below(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    here = relative.parts[0].removesuffix(".py")
    if here in OUTSIDE:
        return
    assert here in RANK, f"{relative} is in no room of the house: give it one in LAYERS"
    for line, module in imports(path):
        if module.split(".")[0] != "loglens":
            continue
        there = room_of(module)
        if there in OUTSIDE or there == here:
            continue
        assert there in RANK, f"{relative}:{line} imports {module}, which is in no room"
        assert RANK[there] > RANK[here], f"{relative}:{line} imports {module}: {here} may not know {there}"


IN_READERS = sorted((PACKAGE / "readers").rglob("*.py"))


@pytest.mark.parametrize("path", IN_READERS, ids=[str(path.relative_to(PACKAGE / "readers")) for path in IN_READERS])
def test_a_room_of_the_readers_imports_only_from_below(path: Path) -> None:
    here = path.relative_to(PACKAGE / "readers").parts[0].removesuffix(".py")
    for line, module in imports(path):
        parts = module.split(".")
        if parts[:2] != ["loglens", "readers"]:
            continue
        there = parts[2] if len(parts) > 2 and parts[2] in READERS_RANK else "__init__"
        assert there == here or READERS_RANK[there] > READERS_RANK[here], f"{path}:{line} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_only_its_own_room_imports_torch(path: Path) -> None:
    if path.relative_to(PACKAGE).parts[:2] in {("replay", "torch"), ("callbacks", path.name)}:
        return
    foreign = [line for line, module in imports(path) if module.split(".")[0] == "torch"]
    assert foreign == [], f"{path}: import it in replay/torch"
