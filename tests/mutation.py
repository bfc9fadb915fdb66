"""Mutation testing: small errors planted into signals, detectors and advice, and whether the tests notice.

    python -m tests.mutation [detectors/overfitting signals/epoch ...] [--per-room 60] [--seed 1] [--quick]

A mutant is one changed operator, number or condition; of each room some are drawn by the seed. It is tried by the
tests of its own module, and what survives them by those of its room and by the goldens, in a process of its own; what
fails or does not end kills it. Not changed is what shows in no result: the arguments of decorators, and `strict=`.
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
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import ModuleType

from tests.tested_through import TESTED_THROUGH

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
SIGNALS, DETECTORS, ADVICE = (TESTS / room / "test_planted.py" for room in ("signals", "detectors", "advice"))
DRAWN, ALONE = (TESTS / "advice" / f"test_{name}.py" for name in ("drawn", "alone"))
GOLDENS = TESTS / "test_golden.py"
ROOMS = {
    "signals": (DRAWN, SIGNALS, DETECTORS, ADVICE, GOLDENS, TESTS / "signals", TESTS / "detectors"),
    "detectors": (DETECTORS, DRAWN, ADVICE, GOLDENS, TESTS / "detectors"),
    "advice": (ALONE, DRAWN, ADVICE, GOLDENS, TESTS / "advice"),
}
"""What tries a mutant of a room that its module's own tests let live; what is quickest first."""
SECONDS = 40
"""Of processor time for the own tests of one mutant; four times that for the others."""
LIBRARIES = ("numpy", "scipy.stats", "scipy.signal", "scipy.optimize", "pytest", "hypothesis.extra.numpy")
"""What the tests import anyway, once for all mutants."""
SHOWS_NOTHING = frozenset({"strict"})
"""Arguments that guard against mistakes elsewhere."""
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
    silent = {id(inner) for node in ast.walk(tree) for part in _silent(node) for inner in ast.walk(part)}
    for place, node in enumerate(ast.walk(tree)):
        if id(node) in silent:
            continue
        change = _change(copy.copy(node))
        if change is not None and hasattr(node, "lineno"):
            yield Mutant(module, place, f"line {node.lineno}: {ast.unparse(node)[:60]} becomes {change[:60]}")


def _silent(node: ast.AST) -> Sequence[ast.AST]:
    """Parts of a node in which a change shows in no result."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.decorator_list
    return [node] if isinstance(node, ast.keyword) and node.arg in SHOWS_NOTHING else []


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


@dataclass(frozen=True, slots=True)
class Tried:
    """A module and what tries it: its own tests, then `others`."""

    path: Path
    own: Path
    others: tuple[Path, ...]


def modules() -> dict[str, Tried]:
    """Each module of the rooms by its path."""
    found = {}
    for room, others in ROOMS.items():
        for path in sorted((ROOT / "loglens" / room).rglob("*.py")):
            inner = path.relative_to(ROOT / "loglens")
            mirror = TESTS / inner.parent / f"test_{inner.name}"
            through = TESTED_THROUGH.get(inner.as_posix()) or TESTED_THROUGH.get(f"{inner.parent.as_posix()}/*")
            if mirror.exists():
                found[inner.with_suffix("").as_posix()] = Tried(path, mirror, others)
            elif through is not None and path.name != "__init__.py":
                found[inner.with_suffix("").as_posix()] = Tried(path, TESTS / through, others)
    return found


OWN, OTHERS, NONE = 1, 2, 0
"""What killed a mutant."""


def killer(path: Path, own: Path, others: Sequence[Path], place: int) -> int:
    """Which tests noticed the mutant; -1 for `place` tries the module as it is."""
    child = os.fork()
    if not child:
        code = OWN
        try:
            _plant(path, place)
            if not _fail([own], SECONDS):
                code = OTHERS
                if not _fail(others, 5 * SECONDS):
                    code = NONE
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else OTHERS  # it took too long


def _plant(path: Path, place: int) -> None:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.dont_write_bytecode = True
    if place >= 0:
        tree = mutated(ast.parse(path.read_text(encoding="utf-8")), place)
        sys.meta_path.insert(0, Planted(".".join(path.relative_to(ROOT).with_suffix("").parts), path, tree))


def _fail(tests: Sequence[Path], seconds: int) -> bool:
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    # a module named `range_test` is no test, which pytest's own importer would take before the planted one
    options = (
        "-x",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "-o",
        "python_files=test_*.py",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    )
    return bool(tests) and pytest.main([*options, *map(str, tests)]) != 0


def interval(killed: int, tried: int) -> tuple[float, float]:
    """Wilson's, 95 %."""
    if not tried:
        return 0.0, 1.0
    share, z = killed / tried, 1.96
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)) / (1 + z * z / tried)
    return max(0.0, middle - half), min(1.0, middle + half)


def drawn(given: Sequence[str], seed: int, per_room: int) -> list[Mutant]:
    """So many mutants of each room, in the order in which they are tried, each mutant as likely as any other."""
    pools: dict[str, list[Mutant]] = {room: [] for room in ROOMS}
    for name, one in modules().items():
        if not given or any(name.startswith(part) for part in given):
            pools[name.split("/")[0]] += mutants_of(name, ast.parse(one.path.read_text(encoding="utf-8")))
    random = Random(seed)  # noqa: S311
    chosen = [one for pool in pools.values() for one in random.sample(pool, min(per_room, len(pool)))]
    random.shuffle(chosen)
    return chosen


def told(counts: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """`counts`: room -> mutants, killed by their own tests, killed."""
    yield "| room | mutants | killed by their module's own tests | killed | share | 95 % |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for room, (count, own, killed) in [
        *counts.items(),
        ("all", [sum(one) for one in zip(*counts.values(), strict=True)]),
    ]:
        low, high = interval(killed, count)
        yield f"| {room} | {count} | {own} | {killed} | {killed / max(count, 1):.2f} | {low:.2f} to {high:.2f} |"


def _try_all(given: argparse.Namespace, counts: dict[str, list[int]]) -> None:
    known, passing = modules(), dict[Path, bool]()
    chosen = drawn(given.modules, given.seed, given.per_room)
    for room in () if given.trust else ROOMS:
        # tests that fail as they are would kill every mutant
        others = [test for test in ROOMS[room] if test.suffix or not given.quick]
        if killer(Path(), GOLDENS, others, -1) != NONE:
            raise SystemExit(f"the tests that try the mutants of {room} fail as they are")
    for one in chosen:
        tried = known[one.module]
        if tried.own not in passing:
            passing[tried.own] = given.trust or killer(tried.path, tried.own, (), -1) == NONE
        if not passing[tried.own]:
            print(f"{tried.own.relative_to(ROOT)} fails as it is", flush=True)
            continue
        others = [test for test in tried.others if test.suffix or not given.quick]
        code = killer(tried.path, tried.own, others, one.place)
        for at, holds in enumerate((True, code == OWN, code != NONE)):
            counts[one.module.split("/")[0]][at] += holds
        if code == NONE:
            print(f"survives: {one.module}, {one.said}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as detectors/ or signals/epoch; all where none is given")
    parser.add_argument("--per-room", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="of the other tests only the tables and goldens")
    parser.add_argument("--trust", action="store_true", help="take it that the tests pass as they are")
    given = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    counts = {room: [0, 0, 0] for room in ROOMS}
    for number in (signal.SIGINT, signal.SIGTERM):  # what was tried so far is told, in the background too
        signal.signal(number, signal.default_int_handler)
    try:
        _try_all(given, counts)
    except KeyboardInterrupt:
        print("ended before its time")
    print("\n".join(told(counts)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
