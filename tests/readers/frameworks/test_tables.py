"""The declared tables, written here as their frameworks write them: one test a trap."""

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
