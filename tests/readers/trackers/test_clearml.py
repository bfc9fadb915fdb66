from __future__ import annotations

import json
import zipfile
from pathlib import Path

from loglens.readers import read


def lines(count: int = 6) -> str:
    batches = [
        [
            {"type": "training_stats_scalar", "task": "a", "metric": "loss", "variant": variant, "iter": 10 * at,
             "value": 2.0 / (at + 1), "timestamp": 1_700_000_000_000 + at}
            for variant in ("train", "validation")
        ]
        + [{"type": "log", "task": "a", "msg": "hello"}]
        for at in range(count)
    ]  # fmt: skip
    return "".join(json.dumps(batch) + "\n" for batch in batches)


def test_a_session_that_was_packed(tmp_path: Path) -> None:
    path = tmp_path / "b786845decb14eec.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("task.json", "{}")
        archive.writestr("metrics.jsonl", lines())
    (run,) = read(path).runs
    train, held_out = run.role("train_loss"), run.role("val_loss")
    assert train is not None and held_out is not None
    assert (train.tag, train.steps.tolist()) == ("loss/train", [0, 10, 20, 30, 40, 50])
    assert held_out.tag == "loss/validation"


def test_a_session_as_a_folder_that_was_cut(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines() + '[{"type": "training_stats_sca')
    result = read(tmp_path)
    assert len(result.runs) == 1
    assert "line 7" in result.problems[0].message
