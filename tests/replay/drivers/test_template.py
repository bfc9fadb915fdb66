from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.errors import SettingsError
from loglens.replay.drivers.template import parse_template

FULL = "python train.py --resume {checkpoint} --lr {lr} --steps {steps} --out {out}"


def test_tokens_are_filled_in_after_splitting() -> None:
    argv = parse_template(FULL).argv({"checkpoint": "a b; rm -rf $HOME", "lr": "0.1", "steps": "5", "out": "'o'"})
    assert argv == (
        "python",
        "train.py",
        "--resume",
        "a b; rm -rf $HOME",
        "--lr",
        "0.1",
        "--steps",
        "5",
        "--out",
        "'o'",
    )


@given(st.text(min_size=1))
def test_no_value_can_become_a_second_word(value: str) -> None:
    argv = parse_template("run --from={checkpoint} {out}").argv({"checkpoint": value, "out": value})
    assert argv == ("run", f"--from={value}", value)


def test_values_are_not_expanded_again() -> None:
    assert parse_template("x {lr} {out}").argv({"lr": "{out}", "out": "{lr}"}) == ("x", "{out}", "{lr}")


@pytest.mark.parametrize(
    "command",
    [
        "run {out} {nope}",
        "run {out} {out.__class__}",
        "run {out} {0}",
        "run {out} {}",
        "",
        "run 'open {out}",
        "run {lr}",
    ],
)
def test_what_is_no_template_is_refused(command: str) -> None:
    with pytest.raises(SettingsError):
        parse_template(command)


def test_a_token_without_a_value_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match="give it with --lr"):
        parse_template("run {lr} {out}").argv({"out": "o"})


def test_optional_arms_need_their_token() -> None:
    assert parse_template(FULL).supports == {"control", "lr"}
    assert parse_template("run {out} {skip} {clip} {warmup}").supports == {"control", "lr", "skip", "clip", "warmup"}
    assert not parse_template("run {out} {checkpoint}").sets_lr
    assert parse_template("run {out} {factor}").sets_lr
