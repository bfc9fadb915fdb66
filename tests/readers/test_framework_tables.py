"""Frameworks' own tables and JSON, written here as the frameworks write them: one test a trap."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from loglens.readers import read
from tests.readers.written import lines, only, role, steps, values, write


class TestLightning:
    TEXT = (
        "epoch,lr-AdamW/pg1,step,train_loss_epoch,train_loss_step,val_loss\n"
        ",0.1,0,,,\n0,,49,,2.5,\n0,,99,,2.0,\n0,,99,,,1.9\n0,,99,2.25,,\n1,,149,,1.5,\n1,,199,,,1.2\n1,,199,1.5,,\n"
    )

    def test_sparse_rows_and_the_step_curve(self, tmp_path: Path) -> None:
        write(tmp_path / "logs" / "version_3" / "metrics.csv", self.TEXT)
        run = only(read(tmp_path))
        assert (run.name, run.format) == ("logs/version_3", "lightning-csv")
        assert role(run, "train_loss") == "train_loss_step"
        assert steps(run, "train_loss_step") == [49, 99, 149]
        assert steps(run, "val_loss") == [99, 199]
        assert role(run, "learning_rate") == "lr-AdamW/pg1"
        choice = next(one for one in run.roles if one.role == "train_loss")
        assert any(one.series == "train_loss_epoch" and "mean" in one.reason for one in choice.passed_over)

    def test_versions_are_runs_of_their_own(self, tmp_path: Path) -> None:
        for version in range(3):
            write(tmp_path / f"version_{version}" / "metrics.csv", self.TEXT)
        assert [run.name for run in read(tmp_path).runs] == ["version_0", "version_1", "version_2"]

    def test_copies_under_other_names_in_one_folder_are_not_merged(self, tmp_path: Path) -> None:
        write(tmp_path / "a.csv", self.TEXT)
        write(tmp_path / "b.csv", self.TEXT.replace("2.5", "2.6"))
        assert [run.name for run in read(tmp_path).runs] == ["a.csv", "b.csv"]


class TestKeras:
    def test_appending_goes_on_counting(self, tmp_path: Path) -> None:
        text = "epoch,accuracy,loss,val_accuracy,val_loss\n"
        text += "".join(f"{epoch},0.5,{2 - 0.1 * epoch},0.5,{2.1 - 0.1 * epoch}\n" for epoch in range(4))
        text += "".join(f"{epoch},0.5,{1.5 - 0.1 * epoch},0.5,{1.6 - 0.1 * epoch}\n" for epoch in range(3))
        run = only(read(write(tmp_path / "training.log", text)))
        assert run.format == "keras-csv"
        assert steps(run, "loss") == list(range(7))
        assert [(one.resumed_at, one.rewritten, one.how) for one in run.rewinds] == [(4, 0, "counter restarted")]
        assert run.x_axis == "epoch"

    def test_a_restart_at_initial_epoch_rewrites(self, tmp_path: Path) -> None:
        text = "epoch,loss,val_loss\n0,3,NA\n1,2,NA\n2,1.9,NA\n1,1.8,NA\n2,1.7,NA\n"
        run = only(read(write(tmp_path / "log.csv", text)))
        assert values(run, "loss") == [3.0, 1.8, 1.7]

    def test_no_epoch_column(self, tmp_path: Path) -> None:
        text = "val_loss,val_accuracy,loss,accuracy\n1.2,0.2,1.3,0.2\n1.1,0.3,1.2,0.3\n"
        run = only(read(write(tmp_path / "log.csv", text)))
        assert (run.format, run.x_axis, steps(run, "loss")) == ("keras-csv", "epoch", [0, 1])

    def test_a_dumped_history(self, tmp_path: Path) -> None:
        path = write(tmp_path / "history.json", json.dumps({"loss": [3.0, 2.0, math.nan], "val_loss": [3.1, 2.1, 2.0]}))
        run = only(read(path))
        assert steps(run, "loss") == [0, 1, 2] and math.isnan(values(run, "loss")[2])
        assert (role(run, "train_loss"), role(run, "val_loss")) == ("loss", "val_loss")


def test_a_counter_that_goes_on_below_a_repeated_header_went_back_once(tmp_path: Path) -> None:
    text = "epoch,train_loss,valid_loss,time\n0,4.5,4.4,00:00\n1,4.4,4.3,00:00\n"
    run = only(read(write(tmp_path / "history.csv", text + text)))
    assert steps(run, "train_loss") == [0, 1, 2, 3]
    assert [(one.resumed_at, one.last_step) for one in run.rewinds] == [(2, 1)]


def test_fastai_with_a_repeated_header(tmp_path: Path) -> None:
    rows = "0,3.0,3.1,0.5,00:12\n1,2.0,2.1,0.6,00:12\n"
    text = f"epoch,train_loss,valid_loss,accuracy,time\n{rows}epoch,train_loss,valid_loss,accuracy,time\n{rows}"
    run = only(read(write(tmp_path / "history.csv", text)))
    assert run.format == "fastai-csv"
    assert steps(run, "train_loss") == [0, 1, 2, 3]  # fit() again: the same model goes on
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("train_loss", "valid_loss")
    assert run.get("time") is None


class TestUltralytics:
    HEAD = "        epoch,   train/box_loss,  train/cls_loss,  val/box_loss,   val/cls_loss, lr/pg0,  lr/pg1\n"

    def test_padded_names_and_the_sum_of_the_parts(self, tmp_path: Path) -> None:
        rows = "".join(f"     {epoch},  1.5,  2.5,  1.0,  3.0,  0.01,  0.02\n" for epoch in (1, 2, 3, 3, 4))
        write(tmp_path / "detect" / "train7" / "results.csv", self.HEAD + rows)
        run = only(read(tmp_path))
        assert (run.name, run.format) == ("detect/train7", "ultralytics")
        assert values(run, "train/loss") == [4.0] * 4 and values(run, "val/loss") == [4.0] * 4
        assert (role(run, "train_loss"), role(run, "learning_rate")) == ("train/loss", "lr/pg1")
        assert any("sum of its parts" in note.message for note in run.notes)


class TestStableBaselines:
    TEXT = "rollout/ep_rew_mean,time/total_timesteps,train/loss,train/value_loss\n1,128,,\n2,256,5.5,80\n3,384,4.5,70\n"

    def test_the_critic_is_no_validation(self, tmp_path: Path) -> None:
        write(tmp_path / "progress.csv", self.TEXT)
        rows = [
            {"time/total_timesteps": 256, "train/loss": 5.5, "train/value_loss": 80.0},
            {"time/total_timesteps": 384, "train/loss": 4.5},
        ]
        write(tmp_path / "progress.json", lines(rows))
        run = only(read(tmp_path))
        assert (run.name, run.format) == (".", "sb3")
        assert steps(run, "train/loss") == [256, 384]
        assert (role(run, "val_loss"), role(run, "episode_return")) == (None, "rollout/ep_rew_mean")
        choice = next(one for one in run.roles if one.role == "train_loss")
        assert "reinforcement learning" in choice.reason
        assert any(one.series == "train/value_loss" for one in choice.passed_over)


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


class TestMmengine:
    def test_vis_data_belongs_to_the_folder_with_the_time(self, tmp_path: Path) -> None:
        rows = [{"lr": 0.1, "data_time": 0.1, "loss": 3.0 / step, "epoch": 1 + step // 20, "iter": step, "step": step}
                for step in range(10, 50, 10)]  # fmt: skip
        rows.insert(2, {"coco/bbox_mAP": 0.3, "data_time": 0.1, "step": 1})
        for name in ("scalars.json", "20260101_000000.json"):
            write(tmp_path / "20260101_000000" / "vis_data" / name, lines(rows))
        run = only(read(tmp_path))
        assert (run.name, run.format) == ("20260101_000000", "mmengine")
        assert steps(run, "loss") == [10, 20, 30, 40]
        precision = run.get("coco/bbox_mAP")
        assert precision is not None and precision.axis == "epoch" and steps(run, "coco/bbox_mAP") == [1]
        assert only(read(tmp_path / "20260101_000000" / "vis_data")).name == "."

    def test_timings_of_an_evaluation_are_no_restart(self, tmp_path: Path) -> None:
        rows: list[dict[str, Any]] = []
        for epoch in (1, 2, 3):
            rows += [{"data_time": 0.1, "loss": 3.0 / at, "time": 0.2, "epoch": epoch, "iter": at, "step": at}
                     for at in (8 * epoch - 4, 8 * epoch)]  # fmt: skip
            rows.append({"accuracy": 0.1 * epoch, "data_time": 0.5, "time": 0.6, "step": epoch})
        run = only(read(write(tmp_path / "20260101_000000" / "vis_data" / "scalars.json", lines(rows))))
        assert not run.rewinds
        assert (values(run, "time"), steps(run, "time")) == ([0.2] * 6, [4, 8, 12, 16, 20, 24])
        assert (values(run, "val/time"), steps(run, "val/time")) == ([0.6] * 3, [1, 2, 3])

    def test_mmcv_counts_within_the_epoch_and_names_the_split(self, tmp_path: Path) -> None:
        rows: list[dict[str, Any]] = [{"env_info": "torch", "seed": 0}]
        for epoch in (1, 2):
            rows += [{"mode": "train", "epoch": epoch, "iter": at, "lr": 0.1, "loss": 3.0 / at} for at in (50, 100)]
            rows.append({"mode": "val", "epoch": epoch, "iter": 5000, "lr": 0.1, "mAP": 0.1 * epoch})
        run = only(read(write(tmp_path / "20220101.log.json", lines(rows))))
        assert steps(run, "train/loss") == [50, 100, 150, 200]
        assert role(run, "train_loss") == "train/loss"
        assert len(steps(run, "val/mAP")) == 2


def test_detectron2(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"data_time": 0.1, "iteration": at, "loss_cls": 1.0, "loss_rpn_loc": 0.5, "lr": 0.01,
                                   "total_loss": 1.5} for at in (19, 39, 59)]  # fmt: skip
    rows.insert(2, {"bbox/AP": 30.5, "iteration": 39})
    write(tmp_path / "output" / "metrics.json", lines(rows))
    run = only(read(tmp_path))
    assert (run.name, run.format, role(run, "train_loss")) == ("output", "detectron2", "total_loss")
    total = run.get("total_loss")
    assert total is not None and total.aggregate == "median20"
    assert steps(run, "bbox/AP") == [39]


def test_flair(tmp_path: Path) -> None:
    text = "EPOCH\tTIMESTAMP\tLEARNING_RATE\tTRAIN_LOSS\tDEV_LOSS\tDEV_F1\n"
    text += "1\t12:00:01\t0.1\t2.0\t1.5\t0.5\n2\t12:00:09\t0.1\t1.0\t1.2\t0.6\n"
    run = only(read(write(tmp_path / "loss.tsv", text)))
    assert run.format == "flair"
    assert (role(run, "train_loss"), role(run, "val_loss"), role(run, "learning_rate")) == (
        "TRAIN_LOSS",
        "DEV_LOSS",
        "LEARNING_RATE",
    )


def test_baselines(tmp_path: Path) -> None:
    text = "grad_norm,loss,loss_q0,samples,step\n9,16.5,20,256,0\n8,12.5,19,2816,10\n"
    run = only(read(write(tmp_path / "progress.csv", text)))
    assert (run.format, steps(run, "loss"), role(run, "train_loss")) == ("baselines", [0, 10], "loss")
