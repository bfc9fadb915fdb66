"""mmengine and mmcv: JSON lines whose evaluation rows count something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loglens.readers import read
from tests.readers.written import lines, only, role, steps, values, write


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
