# ruff: noqa: E501 - lines as the programs print them
"""LeRobot's lines, whose steps are rounded."""

from __future__ import annotations

from tests.readers.text_lines import read

LINE = "INFO 2025-04-08 13:03:57 ts/train.py:232 step:{} smpl:6K ep:11 epch:{} loss:{} grdn:1.882 lr:5.0e-06 updt_s:0.326 data_s:0.015\n"


def shown(step: int) -> str:
    return str(step) if step < 1000 else f"{step / 1000:.0f}K"


def test_steps_that_were_rounded_are_counted_on() -> None:
    text = "".join(LINE.format(shown(200 * at), at / 10, 1 / at) for at in range(1, 61))
    found = read(text, "lerobot")
    assert [step for step, _ in found["loss"]] == [200 * at for at in range(1, 61)]
    assert found["grad_norm"][0] == (200, 1.882) and found["epoch"][0] == (200, 0.1)
    assert "smpl" not in found and "ep" not in found


def test_a_resumed_run_begins_where_it_says() -> None:
    text = "".join(LINE.format(step, at, 0.5) for at, step in enumerate(["50K", "50K", "50K", "51K", "900", "1K"]))
    assert [step for step, _ in read(text, "lerobot")["loss"]] == [50_000, 50_001, 50_002, 51_000, 900, 1000]
