"""Any value of any reader's log may be another: a number of thousands of digits, text for a list, half a character."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import loglens.readers
from loglens.readers.contract.json_text import TooDeep, loaded, whole_characters
from loglens.readers.contract.points import as_step
from loglens.readers.tables.json.whole import whole_json
from tests.fuzz.run import Place
from tests.fuzz.seeds import SMALL, Seed, samples, trainers
from tests.fuzz.targets import Watched, tried, watching

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NUMBERS = (b"7" * 5000, b"1e999", b"nan", b"-5")
VALUES: tuple[Any, ...] = (None, "\ud800", [["x"]], {"a": "x"}, 2**70, float("inf"))
LOGS = [one for one in (*samples(), *trainers()) if len(one.data) <= SMALL]
SAMPLES = sorted({one.of for one in LOGS})
ODD = 12
"""Of the nodes of a document."""


def of_sample(name: str) -> list[Seed]:
    return [one for one in LOGS if one.of == name]


def checked(data: bytes, place: Place, watched: Watched) -> None:
    place.put(data)
    find = tried("log", place.path if len(data) % 2 else place.root, watched, whole=False)
    assert find is None, f"{data[:2000]!r}\n{find.said}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_number_is_another(name: str, tmp_path: Path) -> None:
    with watching() as watched:
        for seed in of_sample(name):
            place = Place(tmp_path / seed.place.replace("/", "-"), seed)
            found = list(NUMBER.finditer(seed.data))
            for one in found[:: max(1, len(found) // 2)]:
                for new in NUMBERS:
                    checked(seed.data[: one.start()] + new + seed.data[one.end() :], place, watched)


def documents(seed: Seed) -> Iterator[tuple[Any, list[Any]]]:
    """The document of a seed, or that of its first lines, and how the file is made from it again."""
    try:
        yield json.loads(seed.data), []
    except ValueError:
        lines = seed.data.splitlines()
        try:
            yield json.loads(lines[0]), lines[1:]
        except (ValueError, IndexError):
            return


def ways(tree: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each node."""
    yield way
    if isinstance(tree, dict | list):
        for key, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from ways(inner, (*way, key))


def changed(tree: Any, way: tuple[Any, ...], value: Any) -> Any:
    if not way:
        return value
    made = copy.deepcopy(tree)
    holder = made
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = value
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_node_of_a_document_is_another(name: str, tmp_path: Path) -> None:
    with watching() as watched:
        for seed in of_sample(name):
            place = Place(tmp_path / seed.place.replace("/", "-"), seed)
            for tree, rest in documents(seed):
                every = list(ways(tree))
                for way in every[:: max(1, len(every) // ODD)]:
                    for value in VALUES:
                        first = json.dumps(changed(tree, way, value)).encode()
                        checked(b"\n".join([first, *rest]), place, watched)


def test_half_a_character_is_none() -> None:
    assert loaded('["\\ud83d\\ude00", "\\ud83d", "\\ude00x", "a\\uD800b"]') == ["😀", "\ufffd", "\ufffdx", "a\ufffdb"]
    assert loaded(b'{"a": "\xed\xa0\x80"}')["a"].encode()
    assert whole_json('{"a": ["\\ud800", 1').value == {"a": ["\ufffd"]}


def test_nesting_without_end_is_a_value_error() -> None:
    with pytest.raises(TooDeep):
        loaded("[" * 100_000)


def test_a_broken_document_of_many_commas_is_closed_in_linear_time() -> None:
    """It was closed anew at each comma: 800 brackets and a million commas took minutes."""
    text = "[" * 300 + "1," * 400_000
    assert whole_json(text).broken_at is not None


@pytest.mark.parametrize(
    ("value", "step"),
    [(3, 3), (3.0, 3), (b"-4", -4), ("5", 5), (2**53 + 1, 2**53 + 1), (3.5, None), ("7" * 5000, None), ("x", None),
     (float("nan"), None), (float("inf"), None), (2**63, None), (-(2**63), -(2**63)), (None, None), (True, None),
     ([], None), ("1e999", None), ("nan", None)],
)  # fmt: skip
def test_a_step_is_a_whole_number_of_64_bits(value: object, step: int | None) -> None:
    assert as_step(value) == step


@pytest.mark.parametrize(
    ("text", "said"),
    [(r"C:\\udadata", "C:\\udadata"), (r"\\\udadata", "\\\ufffdta"), (r"\\\\udadata", "\\\\udadata"),
     (r"\ud83d\ude00", "😀"), (r"\\ud83d\ude00", "\\ud83d\ufffd"), (r"\ud83d\ud83d\ude00", "\ufffd😀"),
     (r"\ude00\ud83d", "\ufffd\ufffd"),
     (r"\\ud83d\\ude00", "\\ud83d\\ude00")],
)  # fmt: skip
def test_half_a_character_is_replaced_and_a_path_that_looks_like_one_is_not(text: str, said: str) -> None:
    assert loaded(f'{{"data": "{text}"}}') == {"data": said}
    assert len(whole_characters(text)) == len(text)


def test_readers_take_json_from_one_place() -> None:
    root = Path(loglens.readers.__file__).parent
    taken = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("loads", "load") and isinstance(node.value, ast.Name)
        and node.value.id == "json"
    ]  # fmt: skip
    assert taken == ["contract/json_text.py"]
