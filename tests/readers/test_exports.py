"""What trackers export, laid out as they export it: W&B, TensorBoard downloads, DVCLive, long tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from loglens.readers import read
from tests.readers.written import lines, only, role, steps, values, write


class TestWandb:
    def test_history_takes_the_training_step(self, tmp_path: Path) -> None:
        text = ",_step,_runtime,_timestamp,trainer/global_step,train/loss,val/loss\n"
        text += "0,0,0.5,1700000000.0,49,2.5,\n1,1,0.9,1700000001.0,99,NaN,\n2,2,1.5,1700000002.0,99,,2.2\n"
        run = only(read(write(tmp_path / "export.csv", text)))
        assert run.format == "wandb-history"
        assert steps(run, "train/loss") == [49, 99] and steps(run, "val/loss") == [99]
        loss = run.get("train/loss")
        assert loss is not None and loss.wall_times is not None and loss.wall_times[1] == 1700000001.0

    def test_history_without_a_training_step_counts_log_calls(self, tmp_path: Path) -> None:
        text = "_step,_runtime,loss\n0,0.1,3\n5,0.2,2\n9,0.3,1\n"
        assert steps(only(read(write(tmp_path / "h.csv", text))), "loss") == [0, 5, 9]

    def test_a_history_of_500_uneven_rows_is_a_sample(self, tmp_path: Path) -> None:
        at = np.sort(np.random.default_rng(1).choice(20_000, 500, replace=False))
        text = "_step,_runtime,loss\n" + "".join(f"{step},{step}.0,1.0\n" for step in at)
        run = only(read(write(tmp_path / "h.csv", text)))
        assert any("at random" in note.message for note in run.notes)

    def test_history_as_parquet(self, tmp_path: Path) -> None:
        frame = pl.DataFrame(
            {"_step": [0, 1, 2], "_timestamp": [1.7e9, 1.7e9 + 1, 1.7e9 + 2], "loss": [2.0, None, math.nan]}
        )
        frame.write_parquet(tmp_path / "0000.parquet")
        run = only(read(tmp_path))
        assert run.format == "wandb-history"
        assert steps(run, "loss") == [0, 2] and math.isnan(values(run, "loss")[1])

    def test_chart_of_several_runs(self, tmp_path: Path) -> None:
        text = (
            '"trainer/global_step","a - b-1 - loss","a - b-1 - loss__MIN","a - b-1 - loss__MAX","c-2 - loss",'
            '"c-2 - loss__MIN","c-2 - loss__MAX","c-2 - _step"\n'
            '"0","3","2.5","3.5","4","4","4","0"\n"10","2","1.5","9.5","","","",""\n'
        )
        runs = read(write(tmp_path / "wandb_export.csv", text)).runs
        assert [run.name for run in runs] == ["wandb_export.csv#a - b-1", "wandb_export.csv#c-2"]
        loss = runs[0].get("loss")
        assert loss is not None and loss.high is not None and loss.high.tolist() == [3.5, 9.5]
        assert [one.tag for one in runs[1].series] == ["loss"]

    def test_chart_of_a_single_line(self, tmp_path: Path) -> None:
        text = '"Step","train/loss","train/loss__MIN","train/loss__MAX"\n"0","3","3","3"\n"10","2","1","7"\n'
        run = only(read(write(tmp_path / "chart.csv", text)))
        assert (run.name, role(run, "train_loss")) == (".", "train/loss")
        assert len(run.series) == 1


class TestTensorBoardDownload:
    def test_tags_of_one_run(self, tmp_path: Path) -> None:
        write(tmp_path / "run-exp_a-tag-Loss_train.csv", "Wall time,Step,Value\n1700000000.5,0,3\n1700000001.5,10,2\n")
        write(tmp_path / "run-exp_a-tag-Loss_val.csv", "Wall time,Step,Value\n1700000001.5,10,2.5\n")
        run = only(read(tmp_path))
        assert (run.name, role(run, "train_loss"), role(run, "val_loss")) == (".", "Loss_train", "Loss_val")
        loss = run.get("Loss_train")
        assert loss is not None and loss.wall_times is not None

    def test_two_runs_are_two(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            write(tmp_path / f"run-{name}-tag-loss.csv", f"Wall time,Step,Value\n1.7e9,0,{len(name)}\n1.7e9,1,2\n")
        assert [run.name for run in read(tmp_path).runs] == ["a", "b"]

    def test_a_thousand_uneven_points_are_a_sample(self, tmp_path: Path) -> None:
        at = np.sort(np.random.default_rng(0).choice(50_000, 1000, replace=False))
        text = "Wall time,Step,Value\n" + "".join(f"{1.7e9 + step},{step},1.5\n" for step in at)
        run = only(read(write(tmp_path / "run-x-tag-loss.csv", text)))
        assert any("1,000 points" in note.message for note in run.notes)


@pytest.mark.parametrize("place", ["plots/metrics", "scalars"])
def test_dvclive(tmp_path: Path, place: str) -> None:
    home = tmp_path / "work" / "dvclive"
    write(home / place / "train" / "loss.tsv", "step\tloss\n0\t2.0\n1\tnan\n")
    write(home / place / "val_acc.tsv", "timestamp\tstep\tval_acc\n1700000000000\t0\t0.5\n1700000001000\t1\t0.6\n")
    write(home / "metrics.json", '{\n  "train": {"loss": "nan"},\n  "step": 1\n}')
    run = only(read(tmp_path))
    assert (run.name, run.format) == ("work/dvclive", "dvclive")
    assert steps(run, "train/loss") == [0, 1] and math.isnan(values(run, "train/loss")[1])
    assert steps(run, "val_acc") == [0, 1]


@pytest.mark.parametrize(
    "names",
    [("run", "tag", "step", "value"), ("run_id", "metric", "global_step", "metric_value"),
     ("experiment", "key", "step", "value"), ("custom_run_id", "attribute_path", "step", "float_value")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_long_tables_in_any_order_of_names(tmp_path: Path, names: tuple[str, str, str, str], suffix: str) -> None:
    run, tag, step, value = names
    frame = pl.DataFrame(
        {
            value: [3.0, 2.5, math.nan, 1.0, None],
            step: [0, 0, 1, 0, 2],
            tag: ["loss/train", "loss/val", "loss/train", "loss/train", "loss/train"],
            run: ["a", "a", "a", "b", "b"],
            "wall_time": [1.7e9, 1.7e9, 1.7e9 + 1, 1.7e9, 1.7e9 + 2],
        }
    )
    path = tmp_path / f"points.{suffix}"
    if suffix == "parquet":
        frame.write_parquet(path)
    elif suffix == "csv":
        frame.write_csv(path)
    else:
        path.write_text(lines(frame.to_dicts()))
    runs = read(path).runs
    assert [one.name for one in runs] == [f"points.{suffix}#a", f"points.{suffix}#b"]
    assert steps(runs[0], "loss/train") == [0, 1] and math.isnan(values(runs[0], "loss/train")[1])
    assert steps(runs[1], "loss/train") == [0]
    series = runs[0].get("loss/train")
    assert series is not None and series.wall_times is not None


def test_a_long_table_under_names_nobody_knows(tmp_path: Path) -> None:
    rows = [(run, name, step, value) for run, count in (("a", 30), ("b", 2)) for step in range(count)
            for name, value in (("loss", 3.0 - step), ("lr", 0.1))]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["exp", "what", "num_updates", "reading"], orient="row")
    frame.write_parquet(tmp_path / "points.parquet")
    runs = read(tmp_path).runs
    assert [one.name for one in runs] == ["points.parquet#a", "points.parquet#b"]
    assert [values(one, "loss")[:2] for one in runs] == [[3.0, 2.0], [3.0, 2.0]]
    assert steps(runs[1], "lr") == [0, 1]


def test_a_wide_table_with_words_in_it_is_not_long(tmp_path: Path) -> None:
    text = "step,optimizer,loss\n" + "".join(
        f"{step},{'sgd' if step % 2 else 'adam'},{3.0 - step}\n" for step in range(9)
    )
    assert [one.tag for one in read(write(tmp_path / "log.csv", text)).runs[0].series] == ["loss"]


def test_a_damaged_parquet_is_an_error(tmp_path: Path) -> None:
    pl.DataFrame({"step": [1, 2], "loss": [2.0, 1.0]}).write_parquet(tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[: len(data) // 2])
    result = read(tmp_path)
    assert len(result.runs) == 1
    assert [problem.path for problem in result.problems] == ["b.parquet"]
