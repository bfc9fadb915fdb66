"""Whole trainings in one JSON document."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.contract.base import Probe
from loglens.readers.tables.json.lines import JsonLines
from tests.readers.written import only, role, steps, values, write


def recognised(path: Path) -> bool:
    return JsonLines().recognises(Probe(path=path, size=path.stat().st_size))


def test_what_python_prints_of_a_history(tmp_path: Path) -> None:
    text = "{'loss': [2.0, nan, np.float64(1.5)], 'val_loss': [2.1, inf, None]}"
    run = only(read(write(tmp_path / "history.txt", text)))
    assert math.isnan(values(run, "loss")[1]) and values(run, "loss")[2] == 1.5
    assert values(run, "val_loss") == [2.1, math.inf]


def test_lists_of_the_splits(tmp_path: Path) -> None:
    data = {
        "train": [{"epoch": at, "loss": 1.0} for at in range(5)],
        "val": [{"epoch": at, "loss": 2.0} for at in (0, 4)],
    }
    for indent in (None, 2):
        run = only(read(write(tmp_path / f"h{indent}.json", json.dumps(data, indent=indent))))
        assert (role(run, "train_loss"), role(run, "val_loss"), run.x_axis) == ("train/loss", "val/loss", "epoch")
        assert steps(run, "val/loss") == [0, 4]


def test_logging_calls_by_their_epoch(tmp_path: Path) -> None:
    data = {str(at): {"train_loss": 1 / (at + 1), "val_loss": 2.0} for at in range(12)}
    run = only(read(write(tmp_path / "metrics.json", json.dumps(data))))
    assert steps(run, "train_loss") == list(range(12))
    assert run.x_axis == "epoch"


@pytest.mark.parametrize("first", [{"config": {"lr": 0.01, "betas": [0.9, 0.98]}}, {"lr": 0.01, "optimizer": "AdamW"}])
def test_settings_beside_the_lists(tmp_path: Path, first: dict[str, object]) -> None:
    data = {**first, "epoch": [0, 20, 40, 60], "train_loss": [2.0, 1.0, 0.5, 0.4], "test_loss": [2.1, 1.2, 0.9, 0.8]}
    run = only(read(write(tmp_path / "metrics.json", json.dumps(data))))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("train_loss", "test_loss")
    assert steps(run, "train_loss") == [0, 20, 40, 60]
    assert {value for name, value in run.config.items() if name.endswith("lr")} == {0.01}
    assert {series.tag for series in run.series} == {"train_loss", "test_loss"}


def test_curves_of_points(tmp_path: Path) -> None:
    data = {
        "loss": {part: {"name": part, "x": list(range(0, 60, by)), "y": [1 / (1 + at) for at in range(0, 60, by)]}
                 for part, by in (("train", 5), ("valid", 20))},
        ":monitor:gpu": {"gpu_0": {"name": "gpu_0", "x": [60, 120], "y": [97.1, 97.7]}},
    }  # fmt: skip
    run = only(read(write(tmp_path / "reported_scalars.json", json.dumps(data))))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("loss/train", "loss/valid")
    assert steps(run, "loss/train") == list(range(0, 60, 5)) and steps(run, "loss/valid") == [0, 20, 40]


def test_the_losses_alone_are_named_by_their_file(tmp_path: Path) -> None:
    run = only(read(write(tmp_path / "train_loss.json", "[2.0, 1.5, 1.25, 1.0, 0.9]")))
    assert values(run, "train_loss") == [2.0, 1.5, 1.25, 1.0, 0.9]
    assert not recognised(write(tmp_path / "ids.json", "[2, 1, 5, 7, 8]"))


@pytest.mark.parametrize(
    "data",
    [
        {"optimizer": {"betas": [0.9, 0.999], "lr": 0.1}, "loss": "mse"},
        {"0": {"name": "person"}, "1": {"name": "car"}},
        {"log": "text", "stream": "stdout"},
        {"layers": [{"name": "head", "loss": "mse", "loss_weight": 1.0}], "epochs": 10},
        {"name": "best", "confusion_loss": [0.1, 0.2, 0.3, 0.4], "classes": ["a", "b"]},
        {"lr": 0.1, "epoch": [0, 1, 2, 3, 4], "gamma": 0.1},
        {"lr": 0.1, "steps": [30, 60, 80, 90], "gamma": 0.1},
        {"data": [{"name": "train", "x": [0, 1, 2, 3], "y": [4, 3, 2, 1]}], "layout": {"x": [0, 1, 2, 3]}},
    ],
)
def test_settings_and_labels_are_no_history(tmp_path: Path, data: dict[str, object]) -> None:
    assert not recognised(write(tmp_path / "config.json", json.dumps(data, indent=2)))


@pytest.mark.parametrize(
    ("text", "losses", "evaluated"),
    [
        ('{"loss": [2.0, 1.9, 1.8], "val_loss": [2.2, 2.1], "lr": [', [2.0, 1.9, 1.8], [2.2, 2.1]),
        ('{"loss": [2.0, 1.9, 1.8], "val_loss": [2.2, 2.1, 2.0', [2.0, 1.9, 1.8], [2.2, 2.1]),
        ('{"history": [{"epoch": 1, "loss": 2.0, "val_loss": 2.2}, {"epoch": 2, "lo', [2.0], [2.2]),
        ("{'loss': [2.0, nan, 1.8], 'val_loss': [2.2, 2.1, 2.0], 'acc", [2.0, math.nan, 1.8], [2.2, 2.1, 2.0]),
    ],
)
def test_what_is_whole_of_a_cut_document_is_read(
    tmp_path: Path, text: str, losses: list[float], evaluated: list[float]
) -> None:
    result = read(write(tmp_path / "history.json", text))
    run = only(result)
    assert values(run, "loss") == pytest.approx(losses, nan_ok=True)
    assert values(run, "val_loss") == evaluated
    assert any("breaks off at character" in problem.message for problem in result.problems)


def test_a_document_of_which_nothing_is_whole_is_an_error_of_one_sentence(tmp_path: Path) -> None:
    from loglens.errors import ReadError

    with pytest.raises(ReadError, match=r"breaks off at character .*copy the file again"):
        read(write(tmp_path / "h.json", '{"loss": [2.0'))


@pytest.mark.parametrize("counter", ["round", "batch", "episode", "generation", "epoch"])
@pytest.mark.parametrize("before", [{}, {"started": "2024-05-01", "total": 4}])
def test_calls_counted_by_any_counter(tmp_path: Path, counter: str, before: dict[str, object]) -> None:
    calls = [{"at": f"10:0{at}", counter: at, "mean_loss": 2.0 / at} for at in (1, 2, 3, 4)]
    path = write(tmp_path / "training_log.json", json.dumps({**before, "history": calls}, indent=2))
    assert recognised(path)
    run = only(read(path))
    assert (role(run, "train_loss"), steps(run, "mean_loss")) == ("mean_loss", [1, 2, 3, 4])


def test_calls_without_a_counter_are_known_by_their_loss(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", json.dumps({"seed": 3, "log": [{"loss": 2.0 / at} for at in (1, 2, 4)]}))
    assert values(only(read(path)), "loss") == [2.0, 1.0, 0.5]


@pytest.mark.parametrize("names", [("fold_1", "fold_2"), ("seed 7", "seed 11"), ("resnet18", "vit"), ("adam", "sgd")])
def test_trainings_under_names_of_their_own_are_runs(tmp_path: Path, names: tuple[str, str]) -> None:
    data = {name: {"loss": [2.0, at, at / 2], "val_loss": [2.1, 1.9, 1.8]} for at, name in enumerate(names, 1)}
    runs = read(write(tmp_path / "history.json", json.dumps(data, indent=1))).runs
    assert {run.name.rpartition("#")[2]: values(run, "loss")[1] for run in runs} == {names[0]: 1.0, names[1]: 2.0}


@pytest.mark.parametrize("names", [("train", "val"), ("generator", "discriminator"), ("validation_0", "validation_1")])
def test_splits_and_networks_are_parts_of_one_run(tmp_path: Path, names: tuple[str, str]) -> None:
    data = {name: {"loss": [2.0, 1.5, 1.0]} for name in names}
    assert {one.tag for one in only(read(write(tmp_path / "history.json", json.dumps(data)))).series} == {
        f"{name}.loss" for name in names
    }


def test_a_history_that_holds_a_validation_counts_epochs(tmp_path: Path) -> None:
    text = json.dumps({"loss": [2.0, 1.5, 1.2], "val_loss": [2.1, 1.7, 1.6]})
    assert only(read(write(tmp_path / "a.json", text))).x_axis == "epoch"
    assert only(read(write(tmp_path / "b.json", json.dumps({"loss": [2.0, 1.5], "lr": [1.0, 0.5]})))).x_axis == "step"


def test_weights_and_biases_history_of_old(tmp_path: Path) -> None:
    text = "".join(
        json.dumps({"_step": at, "_runtime": at / 2, "_timestamp": 1.7e9 + at, "loss": 1.0}) + "\n" for at in range(5)
    )
    write(tmp_path / "files" / "wandb-metadata.json", '{"os": "Linux", "cpu_count": 8}')
    write(tmp_path / "files" / "wandb-summary.json", '{"_step": 4, "loss": 1.0}')
    write(tmp_path / "files" / "wandb-history.jsonl", text)
    assert steps(only(read(tmp_path)), "loss") == list(range(5))


def test_long_lines_whose_metric_has_variants(tmp_path: Path) -> None:
    rows = [
        {"metric": "loss", "variant": split, "value": at + 0.5, "iter": at}
        for at in range(4)
        for split in ("train", "val")
    ]
    run = only(read(write(tmp_path / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))))
    assert values(run, "loss/val") == [0.5, 1.5, 2.5, 3.5]
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("loss/train", "loss/val")


def test_a_long_table_with_a_split(tmp_path: Path) -> None:
    rows = [f"{at},{split},loss,{at + 0.5}" for at in range(4) for split in ("train", "val")]
    run = only(read(write(tmp_path / "long.csv", "\n".join(["step,split,metric,value", *rows, ""]))))
    assert {one.tag for one in run.series} == {"train/loss", "val/loss"}


def test_epochs_by_their_number_beside_settings_and_below_splits(tmp_path: Path) -> None:
    epochs = {
        str(at): {"train": {"loss": 2 - at / 10, "accuracy": 0.3}, "validation": {"loss": 2.1}} for at in range(1, 5)
    }
    run = only(read(write(tmp_path / "result.json", json.dumps({"params": {"lr": 0.0015}, "epochs": epochs}))))
    assert values(run, "train.loss") == [1.9, 1.8, 1.7, 1.6]
    assert role(run, "val_loss") == "validation.loss"


def test_figures_of_each_class_are_no_epochs(tmp_path: Path) -> None:
    text = {"loss": [2.0, 1.5, 1.2], "per_class": {str(at): {"precision": 0.5, "recall": 0.4} for at in range(3)}}
    run = only(read(write(tmp_path / "result.json", json.dumps(text))))
    assert values(run, "loss") == [2.0, 1.5, 1.2]
    assert "precision" not in {one.tag for one in run.series}


def test_a_history_below_its_name_beside_settings(tmp_path: Path) -> None:
    history = {"lr": [3e-4, 2e-4, 1e-4], "train": {"loss": [0.8, 0.7, 0.6]}, "val": {"loss": [0.9, 0.8, 0.7]}}
    text = {"config": {"model": "unet", "optimizer": {"name": "adamw", "lr": 3e-4}}, "history": history}
    run = only(read(write(tmp_path / "history.json", json.dumps(text))))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("history.train.loss", "history.val.loss")
