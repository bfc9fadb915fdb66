"""Mutation testing: small errors planted into signals, detectors and advice, and whether the tests notice.

    python -m tests.mutation [detectors/overfitting signals/epoch ...] [--per-module 6] [--seed 1]

A mutant is one changed operator, number or condition; of each module some are drawn by the seed. It is tried by the
tests of its own module alone, in a process of its own; what fails or does not end kills it.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import math
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import ModuleType

ROOT = Path(__file__).parents[1]
ROOMS = ("signals", "detectors", "advice")
SECONDS = 120
"""Of processor time for the tests of one mutant."""
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.GtE, ast.LtE: ast.Lt, ast.Gt: ast.LtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """`place`: the number of the node in the tree; `said`: the line and the change."""

    module: str
    place: int
    said: str


def mutants_of(module: str, tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module. Annotations, docstrings and messages are left as they are."""
    for place, node in enumerate(ast.walk(tree)):
        change = _change(copy.copy(node))
        if change is not None and hasattr(node, "lineno"):
            yield Mutant(module, place, f"line {node.lineno}: {ast.unparse(node)[:60]} becomes {change[:60]}")


def _change(node: ast.AST) -> str | None:
    """Changes a node, and says what it has become; None where there is nothing to change."""
    match node:
        case ast.Compare(ops=[only]) if type(only) in SWAPPED:
            node.ops = [SWAPPED[type(only)]()]  # type: ignore[list-item]
        case ast.BinOp(op=operator) if type(operator) in SWAPPED:
            if isinstance(node.left, ast.Constant | ast.JoinedStr) and not isinstance(
                getattr(node.left, "value", 0), int | float
            ):
                return None
            node.op = SWAPPED[type(operator)]()  # type: ignore[assignment]
        case ast.BoolOp(op=operator):
            node.op = SWAPPED[type(operator)]()  # type: ignore[assignment]
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            node.op, node.operand = ast.Not(), ast.UnaryOp(op=ast.Not(), operand=inner)
        case ast.Constant(value=bool() as truth):
            node.value = not truth
        case ast.Constant(value=int() as number):
            node.value = number + 1
        case ast.Constant(value=float() as number):
            node.value = number * 1.5 if number else 0.5
        case ast.IfExp(test=test) | ast.If(test=test):
            node.test = ast.UnaryOp(op=ast.Not(), operand=test)
        case _:
            return None
    return ast.unparse(node)


def mutated(tree: ast.Module, place: int) -> ast.Module:
    node = next(one for number, one in enumerate(ast.walk(tree)) if number == place)
    _change(node)
    return ast.fix_missing_locations(tree)


class Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), vars(module))  # noqa: S102


def modules() -> dict[str, tuple[Path, Path]]:
    """Each module of the rooms by its path, and its own tests."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / "loglens" / room).rglob("*.py")):
            inner = path.relative_to(ROOT / "loglens")
            tests = ROOT / "tests" / inner.parent / f"test_{inner.name}"
            if tests.exists():
                found[str(inner.with_suffix(""))] = path, tests
    return found


def survives(path: Path, tests: Path, place: int) -> bool:
    """Whether the tests notice nothing of the mutant."""
    child = os.fork()
    if not child:
        code = 1
        try:
            code = _tried(path, tests, place)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _tried(path: Path, tests: Path, place: int) -> int:
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    if place >= 0:
        tree = mutated(ast.parse(path.read_text(encoding="utf-8")), place)
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        sys.meta_path.insert(0, Planted(name, path, tree))
    sys.dont_write_bytecode = True
    return int(pytest.main(["-x", "-q", "-n", "0", "-p", "no:cacheprovider", str(tests)]))


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Wilson's, 95 %."""
    if not tried:
        return 0.0, 1.0
    share, z = killed / tried, 1.96
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)) / (1 + z * z / tried)
    return max(0.0, middle - half), min(1.0, middle + half)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as detectors/ or signals/epoch; all where none is given")
    parser.add_argument("--per-module", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for library in ("numpy", "scipy.stats", "scipy.signal", "pytest"):
        importlib.import_module(library)
    known = modules()
    total = {room: [0, 0] for room in ROOMS}
    print("| module | mutants | killed |\n| --- | --- | --- |")
    for name in (one for one in known if not given.modules or any(one.startswith(part) for part in given.modules)):
        path, tests = known[name]
        every = list(mutants_of(name, ast.parse(path.read_text(encoding="utf-8"))))
        drawn = Random(f"{given.seed} {name}").sample(every, min(given.per_module, len(every)))  # noqa: S311
        if not survives(path, tests, -1):
            print(f"| {name} | its tests fail as it is |")
            continue
        alive = [one for one in drawn if survives(path, tests, one.place)]
        total[name.split("/")[0]][0] += len(drawn) - len(alive)
        total[name.split("/")[0]][1] += len(drawn)
        print(f"| {name} | {len(drawn)} | {len(drawn) - len(alive)} |", flush=True)
        for one in alive:
            print(f"    survives: {one.said}", flush=True)
    for room, (killed, tried) in [
        *total.items(),
        ("all", [sum(column) for column in zip(*total.values(), strict=True)]),
    ]:
        low, high = interval(killed, tried)
        print(f"{room}: {killed} of {tried} killed ({killed / max(tried, 1):.2f}, 95 % {low:.2f} to {high:.2f})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
