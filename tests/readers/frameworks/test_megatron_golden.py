from __future__ import annotations

import json
from pathlib import Path

from loglens.readers import read


def test_values_by_step(tmp_path: Path) -> None:
    path = tmp_path / "golden_values_dev_dgx_h100.json"
    values = {str(at): 10.0 - at / 10 for at in range(1, 22, 5)}
    curve = {"start_step": 1, "end_step": 21, "step_interval": 5, "values": values}
    path.write_text(json.dumps({"lm loss": curve, "num-zeros": {**curve, "values": {"1": 5, "6": "nan"}}}))
    (run,) = read(path).runs
    loss = run.get("lm loss")
    assert loss is not None
    assert (loss.steps.tolist(), loss.values[-1]) == ([1, 6, 11, 16, 21], 7.9)


def test_values_in_a_list(tmp_path: Path) -> None:
    path = tmp_path / "golden.json"
    curve = {"start_step": 0, "end_step": 20, "step_interval": 5, "values": [10.8, 10.2, 9.9, 9.5]}
    path.write_text(json.dumps({"lm loss": curve}, indent=2))
    (run,) = read(path).runs
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == [0, 5, 10, 15]
