"""Ray Tune: `result.json` and `progress.csv` of one trial are one run."""

from __future__ import annotations

import json
import math
from pathlib import Path

from loglens.readers import read
from tests.readers.written import lines, role, steps, values, write


class TestRayTune:
    def test_trials_prefer_json_and_join_with_a_slash(self, tmp_path: Path) -> None:
        for trial in range(12):
            folder = tmp_path / "exp" / f"trial_{trial:05d}"
            rows = [{"loss": 1.0 / (step + trial + 1) if step != 3 else math.nan, "val": {"acc": 0.1 * step},
                     "training_iteration": step, "trial_id": f"t{trial}", "timestamp": 1700000000 + step,
                     "config": {"lr": 0.1}, "done": False} for step in range(1, 6)]  # fmt: skip
            write(folder / "result.json", lines(rows))
            head = "loss,training_iteration,trial_id,val/acc\n"
            write(
                folder / "progress.csv",
                head + "".join(f"{row['loss']},{row['training_iteration']},t,0.1\n" for row in rows),
            )
            write(folder / "params.json", json.dumps({"lr": 0.1, "net": {"depth": 3}}))
        result = read(tmp_path)
        assert [run.name for run in result.runs] == [f"exp/trial_{trial:05d}" for trial in range(12)]
        run = result.runs[0]
        assert run.format == "ray-tune"
        assert math.isnan(values(run, "loss")[2]) and steps(run, "val/acc") == [1, 2, 3, 4, 5]
        assert run.config == {"lr": 0.1, "net.depth": 3}
        assert role(run, "learning_rate") is None  # a setting is no series
