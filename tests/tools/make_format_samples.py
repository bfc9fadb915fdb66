"""One small log a reader, with what is right of it: `python -m tests.tools.make_format_samples [NAME ...]`.

A sample is written by the framework itself where that is installed (`pip install mlflow dvclive sacred trackio
tensorboard torch catboost`), else laid out as the framework lays it out. What is right of each is known here,
not read back: `expected.json` holds run, series, steps and values as they were handed to the framework.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.readers import wandb_writer

SAMPLES = Path(__file__).parents[1] / "readers" / "samples"
STEPS = tuple(range(0, 80, 10))
LOSS = tuple(math.nan if step == 60 else round(2.5 * 0.97**step, 4) for step in STEPS)
LR = tuple(round(1e-3 * (1 - step / 100), 7) for step in STEPS)
VAL_STEPS, VAL = (30, 70), (1.25, 0.75)
EPOCHS = tuple(range(1, 6))
EPOCH_LOSS = (2.5, 2.0, 1.625, 1.5, 1.4375)
EPOCH_VAL = (2.625, 2.25, 2.0, 2.125, 2.25)

Points = tuple[Sequence[int], Sequence[float]]
Expected = dict[str, Points]
"""What the series of the one run are: tag to steps and values."""
TRAINING: Expected = {"train/loss": (STEPS, LOSS), "train/lr": (STEPS, LR), "val/loss": (VAL_STEPS, VAL)}


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def table(path: Path, names: Sequence[str], rows: Sequence[Sequence[object]], *, separator: str = ",") -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    written(path, out.getvalue())


def json_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    written(path, "".join(json.dumps(row) + "\n" for row in rows))


def by_epoch(loss: str, val: str) -> Expected:
    return {loss: (EPOCHS, EPOCH_LOSS), val: (EPOCHS, EPOCH_VAL)}


# what the framework writes itself


def tensorboard(home: Path) -> Expected:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(home)) as writer:
        for step, loss, rate in zip(STEPS, LOSS, LR, strict=True):
            writer.add_scalar("train/loss", loss, step, walltime=1.7e9 + step)
            writer.add_scalar("train/lr", rate, step, walltime=1.7e9 + step)
        for step, loss in zip(VAL_STEPS, VAL, strict=True):
            writer.add_scalar("val/loss", loss, step, walltime=1.7e9 + step)
    (events,) = home.iterdir()
    events.rename(home / "events.out.tfevents.1700000000.host.1.0")
    return {tag: (steps, [_float32(value) for value in values]) for tag, (steps, values) in TRAINING.items()}


def _float32(value: float) -> float:
    import numpy as np

    return float(np.float32(value))


def mlflow_files(home: Path) -> Expected:
    return _mlflow(home, f"file:{home / 'mlruns'}")


def _mlflow(home: Path, uri: str) -> Expected:
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    home.mkdir(parents=True, exist_ok=True)
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.create_experiment("e", artifact_location=str(home / "artifacts"))
    run = client.create_run(experiment, start_time=1_700_000_000_000, run_name="sample").info.run_id
    for tag, (steps, values) in TRAINING.items():
        for step, value in zip(steps, values, strict=True):
            client.log_metric(run, tag, value, timestamp=1_700_000_000_000 + step, step=step)
    client.set_terminated(run)
    for path in home.rglob("meta.yaml"):  # where it was written is nobody's business
        path.write_text(path.read_text(encoding="utf-8").replace(str(home), "/runs"), encoding="utf-8")
    return TRAINING


def dvclive(home: Path) -> Expected:
    from dvclive import Live

    there = Path.cwd()
    home.mkdir(parents=True)
    os.chdir(home)  # it makes a repository of its own where it is started
    with Live(str(home), save_dvc_exp=False, report=None) as live:
        for step, loss in zip(STEPS, LOSS, strict=True):
            live.step = step
            live.log_metric("train/loss", loss, timestamp=False)
            live.make_summary()
    os.chdir(there)
    for path in [*home.iterdir()]:
        if path.name != "plots":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return {"train/loss": (STEPS, LOSS)}


def sacred(home: Path) -> Expected:
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    os.environ["SACRED_NO_GIT"] = "1"
    experiment = Experiment("sample", save_git_info=False)
    experiment.observers.append(FileStorageObserver(str(home), copy_sources=False))

    @experiment.main  # type: ignore[untyped-decorator]
    def main(_run: Any) -> None:
        for tag, (steps, values) in TRAINING.items():
            for step, value in zip(steps, values, strict=True):
                _run.log_scalar(tag, value, step)

    experiment.run()
    (number,) = [path for path in home.iterdir() if path.name.isdigit()]
    for path in [*number.iterdir()]:
        if path.name != "metrics.json":
            path.unlink()
    for path in home.iterdir():
        if path != number:
            shutil.rmtree(path)
    return TRAINING


def catboost(home: Path) -> Expected:
    from catboost import CatBoostClassifier, Pool

    rows = [[float(at % 7), float(at % 5)] for at in range(60)]
    labels = [at % 2 for at in range(60)]
    model = CatBoostClassifier(
        iterations=5, depth=2, train_dir=str(home), logging_level="Silent", random_seed=0, thread_count=1
    )
    model.fit(Pool(rows, labels), eval_set=Pool(rows[:20], labels[:20]))
    shutil.rmtree(home / "learn", ignore_errors=True)
    shutil.rmtree(home / "test", ignore_errors=True)
    for path in [*home.iterdir()]:
        if path.name not in {"learn_error.tsv", "test_error.tsv", "catboost_training.json"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = model.get_evals_result()
    expected: dict[str, Points] = {}
    for split, name in (("learn", "learn"), ("validation", "test")):
        for metric, values in found[split].items():
            expected[f"{name}/{metric}"] = (tuple(range(5)), [float(f"{value:.10g}") for value in values])
    return expected


def trackio(home: Path) -> Expected:
    os.environ["TRACKIO_DIR"] = str(home)
    import trackio as tracker

    home.mkdir(parents=True)
    run = tracker.init(project="p", name="sample", embed=False)
    for step, loss in zip(STEPS, LOSS, strict=True):
        run.log({"train/loss": loss}, step=step)
    run.finish()
    for path in [*home.rglob("*")]:
        if path.is_file() and path.suffix != ".db":
            path.unlink()
    with sqlite3.connect(home / "p.db") as store:  # its dozen indexes take a page each
        store.execute("PRAGMA journal_mode = DELETE")
        store.execute("PRAGMA page_size = 512")
        store.execute("VACUUM")
    return {"train/loss": (STEPS, LOSS)}


# laid out as the framework lays it out


def wandb_offline(home: Path) -> Expected:
    # its own files name the machine, the user and the program, so the records are framed here
    val = dict(zip(VAL_STEPS, VAL, strict=True))
    rows = []
    for step, loss, rate in zip(STEPS, LOSS, LR, strict=True):
        logged: dict[str | tuple[str, ...], object] = {"train/loss": loss, "train/lr": rate}
        rows.append(wandb_writer.history(logged | ({"val/loss": val[step]} if step in val else {}), step))
    home.mkdir(parents=True)
    (home / "run-sample.wandb").write_bytes(wandb_writer.framed([wandb_writer.run(), *rows]))
    return TRAINING


def comet_offline(home: Path) -> Expected:
    lines = []
    for tag, (steps, values) in TRAINING.items():
        for step, value in zip(steps, values, strict=True):
            metric = {"metricName": tag, "metricValue": "NaN" if math.isnan(value) else value, "step": step, "epoch": 0}
            lines.append(
                json.dumps({"payload": {"local_timestamp": 5000 + step, "metric": metric}, "type": "metric_msg"})
            )
    home.mkdir(parents=True)
    with zipfile.ZipFile(home / "offline.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("experiment.json", json.dumps({"offline_id": "id1", "start_time": 4000}))
        archive.writestr("messages.json", "\n".join(lines) + "\n")
    return TRAINING


def deepobs_json(home: Path) -> Expected:
    result = {
        "train_losses": list(EPOCH_LOSS), "test_losses": list(EPOCH_VAL), "optimizer": "SGD", "num_epochs": 4,
        "learning_rate": 0.125,
    }  # fmt: skip
    written(home / "SGD__2026-01-01.json", json.dumps(result))
    epochs = range(5)
    return {
        "train_losses": (epochs, EPOCH_LOSS),
        "test_losses": (epochs, EPOCH_VAL),
        "learning_rate": (epochs, [0.125] * 5),
    }


def hf_trainer_state(home: Path) -> Expected:
    rows: list[dict[str, Any]] = [
        {"epoch": step / 50, "loss": loss, "learning_rate": rate, "step": step}
        for step, loss, rate in zip(STEPS, LOSS, LR, strict=True)
    ]
    rows += [{"epoch": step / 50, "eval_loss": loss, "step": step} for step, loss in zip(VAL_STEPS, VAL, strict=True)]
    written(home / "trainer_state.json", json.dumps({"global_step": 70, "log_history": rows}, indent=2))
    return {"loss": (STEPS, LOSS), "learning_rate": (STEPS, LR), "eval_loss": (VAL_STEPS, VAL)}


def ray_tune(home: Path) -> Expected:
    rows = [
        {"loss": loss, "val": {"loss": val}, "training_iteration": epoch, "trial_id": "t1", "done": epoch == 5}
        for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)
    ]
    json_lines(home / "result.json", rows)
    return by_epoch("loss", "val/loss")


def ray_tune_csv(home: Path) -> Expected:
    rows = [[loss, epoch, "t1", val] for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)]
    table(home / "progress.csv", ["loss", "training_iteration", "trial_id", "val/loss"], rows)
    return by_epoch("loss", "val/loss")


def sb3(home: Path) -> Expected:
    rows = [[step + 128, loss] for step, loss in zip(STEPS, LOSS, strict=True)]
    table(home / "progress.csv", ["time/total_timesteps", "train/loss"], rows)
    return {"train/loss": ([step + 128 for step in STEPS], LOSS)}


def sb3_json(home: Path) -> Expected:
    rows = [{"time/total_timesteps": step + 128, "train/loss": loss} for step, loss in zip(STEPS, LOSS, strict=True)]
    json_lines(home / "progress.json", rows)
    return {"train/loss": ([step + 128 for step in STEPS], LOSS)}


def mmengine(home: Path) -> Expected:
    rows = [
        {"lr": rate, "data_time": 0.5, "loss": loss, "epoch": 1, "iter": step + 10, "step": step + 10}
        for step, loss, rate in zip(STEPS, LOSS, LR, strict=True)
    ]
    json_lines(home / "20260101_000000" / "vis_data" / "scalars.json", rows)
    steps = [step + 10 for step in STEPS]
    return {"loss": (steps, LOSS), "lr": (steps, LR)}


def detectron2(home: Path) -> Expected:
    rows = [
        {"data_time": 0.5, "iteration": step + 19, "lr": rate, "total_loss": loss}
        for step, loss, rate in zip(STEPS, LOSS, LR, strict=True)
    ]
    json_lines(home / "metrics.json", rows)
    steps = [step + 19 for step in STEPS]
    return {"total_loss": (steps, LOSS), "lr": (steps, LR)}


def llama_factory(home: Path) -> Expected:
    rows = [
        {"current_steps": step, "total_steps": 80, "loss": loss, "lr": rate, "epoch": 0.5, "elapsed_time": "0:00:10"}
        for step, loss, rate in zip(STEPS, LOSS, LR, strict=True)
    ]
    json_lines(home / "trainer_log.jsonl", rows)
    return {"loss": (STEPS, LOSS), "lr": (STEPS, LR)}


def tensorboard_csv(home: Path) -> Expected:
    rows = [[1.7e9 + step, step, loss] for step, loss in zip(STEPS, LOSS, strict=True)]
    table(home / "run-.-tag-train_loss.csv", ["Wall time", "Step", "Value"], rows)
    return {"train_loss": (STEPS, LOSS)}


def tensorboard_json(home: Path) -> Expected:
    rows = [[1.7e9 + step, step, loss] for step, loss in zip(STEPS, LOSS, strict=True)]
    written(home / "run-.-tag-train_loss.json", json.dumps(rows))
    return {"train_loss": (STEPS, LOSS)}


def allennlp(home: Path) -> Expected:
    for epoch, loss, val in zip(range(5), EPOCH_LOSS, EPOCH_VAL, strict=True):
        metrics = {
            "best_epoch": 0,
            "epoch": epoch,
            "training_epochs": epoch,
            "training_loss": loss,
            "validation_loss": val,
        }
        written(home / f"metrics_epoch_{epoch}.json", json.dumps(metrics, indent=2))
    return {"training_loss": (range(5), EPOCH_LOSS), "validation_loss": (range(5), EPOCH_VAL)}


def wandb_history(home: Path) -> Expected:
    rows = [[step, 1.7e9 + step, 5 * step, loss] for step, loss in zip(STEPS, LOSS, strict=True)]
    table(home / "history.csv", ["_step", "_timestamp", "_runtime", "train/loss"], rows)
    return {"train/loss": (STEPS, LOSS)}


def wandb_parquet(home: Path) -> Expected:
    import polars as pl

    home.mkdir(parents=True)
    columns = {"_step": STEPS, "_timestamp": [1.7e9 + step for step in STEPS], "train/loss": LOSS}
    pl.DataFrame(columns).write_parquet(home / "history.parquet")
    return {"train/loss": (STEPS, LOSS)}


def wandb_chart(home: Path) -> Expected:
    rows = [[step, loss, loss, loss] for step, loss in zip(STEPS, LOSS, strict=True) if not math.isnan(loss)]
    names = ["Step", "quiet-sun-1 - train/loss", "quiet-sun-1 - train/loss__MIN", "quiet-sun-1 - train/loss__MAX"]
    table(home / "chart.csv", names, rows)
    kept = [at for at, loss in enumerate(LOSS) if not math.isnan(loss)]
    return {"train/loss": ([STEPS[at] for at in kept], [LOSS[at] for at in kept])}


def ultralytics(home: Path) -> Expected:
    names = ["epoch", "train/box_loss", "train/cls_loss", "val/box_loss", "val/cls_loss", "lr/pg0"]
    rows = [
        [epoch, loss, 0.5, val, 0.25, 0.125] for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)
    ]
    table(home / "results.csv", names, rows)
    return {
        "train/box_loss": (EPOCHS, EPOCH_LOSS), "val/box_loss": (EPOCHS, EPOCH_VAL),
        "train/loss": (EPOCHS, [loss + 0.5 for loss in EPOCH_LOSS]),
    }  # fmt: skip


def flair(home: Path) -> Expected:
    rows = [
        [epoch, f"12:00:0{epoch}", 0.125, loss, val]
        for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)
    ]
    table(home / "loss.tsv", ["EPOCH", "TIMESTAMP", "LEARNING_RATE", "TRAIN_LOSS", "DEV_LOSS"], rows, separator="\t")
    return by_epoch("TRAIN_LOSS", "DEV_LOSS") | {"LEARNING_RATE": (EPOCHS, [0.125] * 5)}


def fastai_csv(home: Path) -> Expected:
    rows = [[epoch - 1, loss, val, "00:12"] for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)]
    table(home / "history.csv", ["epoch", "train_loss", "valid_loss", "time"], rows)
    return {"train_loss": (range(5), EPOCH_LOSS), "valid_loss": (range(5), EPOCH_VAL)}


def lightning_csv(home: Path) -> Expected:
    val = dict(zip(VAL_STEPS, VAL, strict=True))
    rows: list[list[object]] = []
    for step, loss in zip(STEPS, LOSS, strict=True):
        rows.append([0, step, loss, ""])
        if step in val:
            rows.append([0, step, "", val[step]])
    table(home / "metrics.csv", ["epoch", "step", "train_loss", "val_loss"], rows)
    return {"train_loss": (STEPS, LOSS), "val_loss": (VAL_STEPS, VAL)}


def keras_csv(home: Path) -> Expected:
    rows = [[epoch - 1, 0.5, loss, 0.5, val] for epoch, loss, val in zip(EPOCHS, EPOCH_LOSS, EPOCH_VAL, strict=True)]
    table(home / "training.log", ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"], rows)
    return {"loss": (range(5), EPOCH_LOSS), "val_loss": (range(5), EPOCH_VAL)}


def baselines(home: Path) -> Expected:
    rows = [[loss, epoch] for epoch, loss in zip(EPOCHS, EPOCH_LOSS, strict=True)]
    table(home / "progress.csv", ["loss/policy_loss", "misc/nupdates"], rows)
    return {"loss/policy_loss": (EPOCHS, EPOCH_LOSS)}


def parquet(home: Path) -> Expected:
    import polars as pl

    home.mkdir(parents=True)
    pl.DataFrame({"step": STEPS, "loss": LOSS, "lr": LR}).write_parquet(home / "log.parquet")
    return {"loss": (STEPS, LOSS), "lr": (STEPS, LR)}


def plain_csv(home: Path) -> Expected:
    rows = list(zip(STEPS, LOSS, LR, strict=True))
    table(home / "log.csv", ["step", "loss", "lr"], rows, separator=";")
    return {"loss": (STEPS, LOSS), "lr": (STEPS, LR)}


def jsonl(home: Path) -> Expected:
    json_lines(home / "log.jsonl", [{"step": step, "loss": loss} for step, loss in zip(STEPS, LOSS, strict=True)])
    return {"loss": (STEPS, LOSS)}


def text_log(home: Path) -> Expected:
    rows = zip(STEPS, LOSS, LR, strict=True)
    written(home / "train.log", "".join(f"step {step} | loss {loss} | lr {rate}\n" for step, loss, rate in rows))
    return {"loss": (STEPS, LOSS), "lr": (STEPS, LR)}


def clearml_offline(home: Path) -> Expected:
    events = [
        {"type": "training_stats_scalar", "metric": "loss", "variant": "train", "iter": step, "value": loss,
         "timestamp": 1_700_000_000_000 + step}
        for step, loss in zip(STEPS, LOSS, strict=True)
    ]  # fmt: skip
    written(home / "metrics.jsonl", json.dumps(events) + "\n")
    written(home / "task.json", "{}")
    return {"loss/train": (STEPS, LOSS)}


def stylegan(home: Path) -> Expected:
    rows = [
        {"Progress/kimg": {"num": 1, "mean": step, "std": 0.0}, "Loss/G/loss": {"num": 9, "mean": loss, "std": 0.5},
         "timestamp": 1.7e9 + step}
        for step, loss in zip(STEPS, LOSS, strict=True)
    ]  # fmt: skip
    json_lines(home / "stats.jsonl", rows)
    return {"Loss/G/loss": ([1000 * step for step in STEPS], LOSS)}


def megatron_golden(home: Path) -> Expected:
    held = {
        "start_step": 0,
        "end_step": 70,
        "step_interval": 10,
        "values": dict(zip(map(str, STEPS), LOSS, strict=True)),
    }
    written(home / "golden_values.json", json.dumps({"lm loss": held}))
    return {"lm loss": (STEPS, LOSS)}


def notebook(home: Path) -> Expected:
    rows = [f"step {step} | loss {loss} | lr {rate}\n" for step, loss, rate in zip(STEPS, LOSS, LR, strict=True)]
    output = {"output_type": "stream", "name": "stdout", "text": rows}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": ["train()"]}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    written(home / "train.ipynb", json.dumps(document))
    return {"loss": (STEPS, LOSS), "lr": (STEPS, LR)}


FORMATS: dict[str, Callable[[Path], Expected]] = {
    "tensorboard": tensorboard, "wandb-offline": wandb_offline, "mlflow-files": mlflow_files, "trackio-sqlite": trackio,
    "comet-offline": comet_offline, "sacred": sacred, "deepobs-json": deepobs_json,
    "hf_trainer_state": hf_trainer_state, "ray-tune": ray_tune, "ray-tune-csv": ray_tune_csv, "sb3": sb3,
    "sb3-json": sb3_json, "mmengine": mmengine, "detectron2": detectron2, "llama-factory": llama_factory,
    "dvclive": dvclive, "tensorboard-csv": tensorboard_csv, "tensorboard-json": tensorboard_json, "catboost": catboost,
    "allennlp": allennlp, "wandb-history": wandb_history, "wandb-parquet": wandb_parquet, "wandb-chart": wandb_chart,
    "ultralytics": ultralytics, "flair": flair, "fastai-csv": fastai_csv, "lightning-csv": lightning_csv,
    "keras-csv": keras_csv, "baselines": baselines, "parquet": parquet, "csv": plain_csv, "jsonl": jsonl,
    "text-log": text_log, "clearml-offline": clearml_offline, "stylegan": stylegan, "megatron-golden": megatron_golden,
    "notebook": notebook,
}  # fmt: skip


def main(names: Sequence[str]) -> None:
    path = SAMPLES / "expected.json"
    expected: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name in names or FORMATS:
        home = SAMPLES / name
        shutil.rmtree(home, ignore_errors=True)
        try:
            found = FORMATS[name](home)
        except ImportError as error:
            print(f"{name}: left as it is ({error})", file=sys.stderr)
            continue
        expected[name] = {
            tag: [[step, None if math.isnan(value) else value] for step, value in zip(steps, values, strict=True)]
            for tag, (steps, values) in found.items()
        }
    rows = ",\n".join(f'"{name}": {json.dumps(expected[name])}' for name in sorted(expected))
    path.write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
