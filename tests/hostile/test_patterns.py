"""Every regular expression that sees a log is linear: on a megabyte of its own worst repetition, twice the input takes
at most 2.5 times the time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hostile.patterns import HOPELESS, Used, every_pattern, seconds, steepest, text_of

MEGABYTE = 1 << 20
NOISE = 0.2
"""Seconds below which a ratio of two times says nothing."""
SHORT_INPUT = {
    "loglens.readers.tensorboard.csv_download:_NAME": "sees the name of a file, 255 bytes at most",
}
PATTERNS = [one for one in every_pattern() if one.place not in SHORT_INPUT]


def test_the_patterns_of_all_readers_are_found() -> None:
    assert len(PATTERNS) > 100
    assert len({one.place.split(":")[0] for one in PATTERNS}) > 25


@pytest.mark.parametrize("used", PATTERNS, ids=[one.place.removeprefix("loglens.readers.") for one in PATTERNS])
def test_a_pattern_is_linear(used: Used) -> None:
    cost, attack = steepest(used)
    assert cost < HOPELESS, f"{used.pattern.pattern!r} takes too long on {attack!r}, repeated"
    once, twice = (text_of(used, *attack, size) for size in (MEGABYTE, 2 * MEGABYTE))
    for _ in range(4):  # another program may take the processor's cache in the middle of one
        first, second = seconds(used, once), seconds(used, twice)
        if second < NOISE or second <= 2.5 * first:
            return
    pytest.fail(f"{used.pattern.pattern!r} on {attack!r}, repeated: {first:.3f} s, for twice as much {second:.3f} s")


@pytest.mark.parametrize(
    "pattern", [r"(a+)+b", r"\s*=\s*\s*x", r"[^\n]*\0", r"\d+\.?\d*$", r"(?:x\w*\s*)*;", r"\[[^\]]*\]"]
)
def test_the_search_for_bad_repetitions_finds_known_ones(pattern: str) -> None:
    cost, _ = steepest(Used("made up", re.compile(pattern), anchored=False))
    assert cost >= HOPELESS


@pytest.mark.parametrize("pattern", [r"\d+\.?\d*", r"(.+) - (.+?)(__MIN)?"])
def test_what_must_match_all_of_a_text_is_tried_on_all_of_it(pattern: str) -> None:
    cost, _ = steepest(Used("made up", re.compile(pattern), anchored=True, whole=True))
    assert cost >= HOPELESS


def test_an_exempt_pattern_still_exists() -> None:
    places = {one.place for one in every_pattern()}
    assert set(SHORT_INPUT) <= places
    assert all(Path(place.split(":")[0].replace(".", "/")).name for place in SHORT_INPUT)
