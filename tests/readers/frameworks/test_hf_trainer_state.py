"""The Trainer's state: checkpoints of one training are one run, whatever was kept of them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from loglens.readers import read
from tests.readers.written import lines, only, steps, values, write


class TestTrainerState:
    @staticmethod
    def state(last: int, rows: list[dict[str, Any]] | None = None) -> str:
        history: list[dict[str, Any]] = [
            {"epoch": step / 50, "grad_norm": 1.0, "learning_rate": 1e-4, "loss": 3.0 - step / 100, "step": step}
            for step in range(10, last + 1, 10)
        ]
        return json.dumps(
            {"global_step": last, "log_history": history + (rows or []), "is_world_process_zero": True}, indent=2
        )

    def test_checkpoints_are_one_run_and_the_summary_row_no_point(self, tmp_path: Path) -> None:
        out = tmp_path / "models" / "out"
        for last in (50, 100):
            write(out / f"checkpoint-{last}" / "trainer_state.json", self.state(last))
        summary = {"epoch": 2.0, "step": 100, "total_flos": 1e9, "train_loss": 2.4, "train_runtime": 9.0}
        write(out / "trainer_state.json", self.state(100, [summary]))
        run = only(read(tmp_path))
        assert run.name == "models/out"
        assert steps(run, "loss") == list(range(10, 101, 10))
        choice = next(one for one in run.roles if one.role == "train_loss")
        assert choice.series == "loss"
        assert values(run, "train_loss") == [2.4]

    def test_only_nested_checkpoints(self, tmp_path: Path) -> None:
        for last in (20, 40, 30):
            write(tmp_path / f"checkpoint-{last}" / "trainer_state.json", self.state(last))
        run = only(read(tmp_path))
        assert run.name == "." and steps(run, "loss")[-1] == 40

    def test_a_checkpoint_alone(self, tmp_path: Path) -> None:
        path = write(tmp_path / "out" / "checkpoint-20" / "trainer_state.json", self.state(20))
        assert only(read(path)).name == "." and only(read(path.parent)).name == "."

    def test_two_trainings_are_two_runs(self, tmp_path: Path) -> None:
        write(tmp_path / "a" / "checkpoint-20" / "trainer_state.json", self.state(20))
        write(tmp_path / "b" / "trainer_state.json", self.state(30))
        assert [run.name for run in read(tmp_path).runs] == ["a", "b"]

    def test_states_under_other_names_are_runs_of_their_own(self, tmp_path: Path) -> None:
        write(tmp_path / "a_trainer_state.json", self.state(20))
        write(tmp_path / "b_trainer_state.json", self.state(20, [{"step": 20, "eval_loss": 1.0}]))
        assert [run.name for run in read(tmp_path).runs] == ["a_trainer_state.json", "b_trainer_state.json"]

    def test_zeros_that_hide_a_nan_stay_as_they_are(self, tmp_path: Path) -> None:
        text = self.state(20, [{"epoch": 1.0, "grad_norm": math.nan, "loss": 0.0, "step": 30}])
        run = only(read(write(tmp_path / "trainer_state.json", text)))
        assert values(run, "loss")[-1] == 0.0 and math.isnan(values(run, "grad_norm")[-1])

    def test_a_cut_state_keeps_its_whole_rows(self, tmp_path: Path) -> None:
        result = read(write(tmp_path / "trainer_state.json", self.state(100)[:-60]))
        assert len(steps(only(result), "loss")) == 9
        assert result.problems[0].path == "trainer_state.json"

    def test_llama_factory_beside_it_is_a_twin(self, tmp_path: Path) -> None:
        write(tmp_path / "trainer_state.json", self.state(100))
        rows = [{"current_steps": step, "total_steps": 100, "loss": 3.0 - step / 100, "learning_rate": 1e-4,
                 "epoch": 0.1, "elapsed_time": "0:00:10"} for step in range(10, 101, 10)]  # fmt: skip
        log = write(tmp_path / "trainer_log.jsonl", lines(rows))
        assert only(read(tmp_path)).format == "hf_trainer_state"
        run = only(read(log))
        assert (run.format, steps(run, "loss")[0], run.get("total_steps")) == ("llama-factory", 10, None)
