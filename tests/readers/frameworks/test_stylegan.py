from __future__ import annotations

import json
from pathlib import Path

from loglens.readers import read


def held(mean: float, num: int = 1) -> dict[str, float]:
    return {"num": num, "mean": mean, "std": 0.0}


def test_the_axis_is_images(tmp_path: Path) -> None:
    path = tmp_path / "stats.jsonl"
    rows = [
        {"Loss/G/loss": held(1.0 / (at + 1)), "Loss/r1_penalty": held(0.0, num=at % 2), "Progress/tick": held(at),
         "Progress/kimg": held(4.0 * at), "timestamp": 1.7e9 + at}
        for at in range(6)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (run,) = read(path).runs
    loss = run.get("Loss/G/loss")
    assert loss is not None
    assert (loss.axis, loss.steps.tolist()) == ("samples", [0, 4000, 8000, 12000, 16000, 20000])
    assert loss.values[1] == 0.5
    penalty = run.get("Loss/r1_penalty")
    assert penalty is not None
    assert penalty.steps.tolist() == [4000, 12000, 20000]  # it is measured in every second tick
