"""Every regular expression of the readers, and the inputs that are worst for it, made from the pattern itself."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

import loglens.readers

# the parser that `re` compiles with: the pattern as a tree
PARSER: Any = importlib.import_module("re._parser")
ENDINGS = ("", "\x01", "!", "\n", " ", "0", "a")
ANCHORED = {"match", "fullmatch"}
MANY = 50
"""A repetition of at most so many is a constant."""
LETTERS = " 0a\t-/.,:=[](|%A_ez\n\"'#\x01\xe2"


@dataclass(frozen=True, slots=True)
class Used:
    """A pattern, where it stands, whether it is only ever tried at one place of a text, and whether it must match the
    whole of one."""

    place: str
    pattern: re.Pattern[Any]
    anchored: bool
    whole: bool = False


def modules() -> Iterator[Any]:
    yield loglens.readers
    for found in pkgutil.walk_packages(loglens.readers.__path__, "loglens.readers."):
        yield importlib.import_module(found.name)


def every_pattern() -> list[Used]:
    """Patterns bound to a module's names (in tuples and mappings as well), and those written in a call of `re`."""
    found: dict[tuple[Any, int, bool], Used] = {}
    calls: dict[tuple[str, str], set[str]] = {}
    inline: list[Used] = []
    imported: dict[str, set[str]] = {}
    for module in modules():
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        homes = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        imported[module.__name__] = {name for name, (home, _) in homes.items() if home.startswith("loglens.readers")}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                calls.setdefault(homes.get(node.value.id, (module.__name__, node.value.id)), set()).add(node.attr)
            if (one := _written(node, module.__name__)) is not None:
                inline.append(one)
    for module in modules():
        for name, value in vars(module).items():
            if name in imported[module.__name__]:
                continue  # it is looked at where it stands
            for pattern in _patterns(value):
                how = calls.get((module.__name__, name), set()) & METHODS
                anchored = bool(how) and how <= ANCHORED
                used = Used(f"{module.__name__}:{name}", pattern, anchored, "fullmatch" in how)
                found.setdefault((pattern.pattern, pattern.flags, used.whole), used)
    return [*found.values(), *inline]


METHODS = {"search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"}


def _written(node: ast.AST, module: str) -> Used | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
        return None
    owner = node.func.value
    if not (isinstance(owner, ast.Name) and owner.id == "re" and node.args and isinstance(node.args[0], ast.Constant)):
        return None
    how = node.func.attr
    return Used(f"{module}:{node.lineno}", re.compile(node.args[0].value), how in ANCHORED, how == "fullmatch")


def _patterns(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _patterns(one, depth - 1)
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from _patterns(one, depth - 1)
    elif depth and type(value).__module__.startswith("loglens.") and is_dataclass(value):
        for one in fields(value):
            yield from _patterns(getattr(value, one.name, None), depth - 1)


def attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Beginning, repeated part and ending of texts that are hard for the pattern."""
    tree = PARSER.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    seen: set[tuple[str, str]] = set()
    whole = sample(tree)
    repeated: list[tuple[str, str]] = [("", whole), ("", whole[:-1]), ("", whole[: len(whole) // 2])]
    for before, bodies in repetitions(list(tree), ""):
        for body in bodies:
            repeated += [("", body), (before, body), ("", before + body), ("", before), ("", body + whole)]
    for start, body in repeated:
        if body and (start, body) not in seen:
            seen.add((start, body))
            for ending in ENDINGS:
                yield start, body, ending


def repetitions(nodes: list[Any], before: str) -> Iterator[tuple[str, list[str]]]:
    """For each unbounded repetition what matches before it, and several of what it repeats."""
    for op, argument in nodes:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, most, inner = argument
            if most > MANY:
                yield before, variants(list(inner))
            yield from repetitions(list(inner), before)
        for inner in children(name, argument):
            yield from repetitions(list(inner), before)
        before += sample_node(name, argument)


def children(name: str, argument: Any) -> list[Any]:
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name == "ATOMIC_GROUP":
        return [argument]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    return []


def variants(nodes: list[Any]) -> list[str]:
    """Up to a dozen texts that the nodes match."""
    parts = [choices(str(op), argument) for op, argument in nodes]
    return ["".join(one) for one in islice(product(*parts), 12)]


def choices(name: str, argument: Any) -> list[str]:
    if name == "IN":
        return members(argument)[:8]
    if name == "ANY":
        return [" ", "a", "0"]
    if name == "NOT_LITERAL":
        return [one for one in (" ", "a", "0") if ord(one) != argument]
    if name == "BRANCH":
        return [sample(inner) for inner in argument[1]][:8]
    if name == "SUBPATTERN":
        return variants(list(argument[3]))[:8]
    if name.endswith("_REPEAT"):
        low, _, inner = argument
        return [one * max(1, low) for one in variants(list(inner))[:4]] + ([""] if low == 0 else [])
    return [sample_node(name, argument)]


def sample(tree: Iterable[Any]) -> str:
    return "".join(sample_node(str(op), argument) for op, argument in tree)


def sample_node(name: str, argument: Any) -> str:
    """A short text that the node matches; '' for what matches a place."""
    match name:
        case "LITERAL":
            return chr(argument)
        case "NOT_LITERAL" | "ANY" | "IN":
            return next(iter(choices(name, argument)), "")
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return sample(argument[2]) * max(1, int(argument[0]))
        case "SUBPATTERN" | "ATOMIC_GROUP":
            return sample(children(name, argument)[0])
        case "BRANCH":
            return sample(argument[1][0])
        case _:
            return ""


def members(items: list[Any]) -> list[str]:
    """The letters of a class that matter: those that other classes share, and one of its own."""
    own = [chr(argument) for op, argument in items if str(op) == "LITERAL"]
    spelt = [chr(argument[0]) for op, argument in items if str(op) == "RANGE"]
    negated = any(str(op) == "NEGATE" for op, _ in items)
    test = re.compile("".join(["[", "^" if negated else "", *(_class(op, argument) for op, argument in items), "]"]))
    shared = [one for one in LETTERS if test.match(one)]
    return list(dict.fromkeys([*shared, *([] if negated else own + spelt)])) or ["\x02"]


def _class(op: Any, argument: Any) -> str:
    match str(op):
        case "LITERAL":
            return re.escape(chr(argument))
        case "RANGE":
            return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
        case "CATEGORY":
            return CATEGORIES[str(argument)]
        case _:
            return ""


CATEGORIES = {
    "CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W",
}  # fmt: skip


def text_of(used: Used, start: str, body: str, ending: str, size: int) -> Any:
    text = start + body * max(1, size // len(body)) + ending
    return text if isinstance(used.pattern.pattern, str) else text.encode("latin-1", errors="replace")


def seconds(used: Used, text: Any) -> float:
    """CPU time of finding everything in the text, or of one try at its beginning, or at all of it."""
    pattern = used.pattern
    runs: dict[str, Callable[[], object]] = {
        "whole": lambda: pattern.fullmatch(text),
        "anchored": lambda: pattern.match(text),
        "anywhere": lambda: sum(1 for _ in pattern.finditer(text)),
    }
    run = runs["whole" if used.whole else "anchored" if used.anchored else "anywhere"]
    began = time.process_time()
    run()
    return time.process_time() - began


def steepest(used: Used) -> tuple[float, tuple[str, str, str]]:
    """The cost of the worst attack, as `_cost` has it; stops early where it is hopeless."""
    worst = (0.0, ("", "a", ""))
    for attack in attacks(used.pattern):
        cost = _cost(used, attack)
        if cost > worst[0]:
            worst = (cost, attack)
        if cost >= HOPELESS:
            break
    return worst


HOPELESS = 1.0
SIZES = (16, 24, 64, 256, 1024, 8192)
TIMES = 50
"""Times what a plain choice of words takes that no linear pattern takes: a µs a byte where that one takes 20 ns."""
FAR = 3.0
"""Costs from which on nothing is measured again."""
PLAIN = re.compile("|".join(f"{letter}lpha[a-z]*" for letter in "abcdefghijkmnopqrstuvwxy"))


def per_byte() -> float:
    """Seconds a byte that no linear pattern needs here and now: machines are unlike fast, and one is not always as
    fast as it was."""
    text = "loss zz " * 2000
    plain = min(seconds(Used("", PLAIN, anchored=False), text) for _ in range(5))
    return TIMES * plain / len(text)


usual_per_byte = cache(per_byte)


def _cost(used: Used, attack: tuple[str, str, str]) -> float:
    """Seconds a byte over `usual_per_byte()` at the largest size tried."""
    cost = 0.0
    for size in SIZES:
        text = text_of(used, *attack, size)
        spent = min(seconds(used, text), 9.0)
        if spent > 0.004:
            spent = min(spent, seconds(used, text))
        cost = spent / max(len(text), 1000) / usual_per_byte()
        if HOPELESS <= cost < FAR:  # by what the machine does at this moment
            pace = max(per_byte(), usual_per_byte())
            spent = min(spent, *(seconds(used, text) for _ in range(4)))
            cost = spent / max(len(text), 1000) / max(pace, per_byte())
        if cost >= HOPELESS:
            break
    return cost
