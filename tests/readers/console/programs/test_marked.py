# ruff: noqa: E501 - lines as programs print them
"""JSON behind a mark: DLLogger and MLPerf."""

from __future__ import annotations

import json
from pathlib import Path

from loglens.readers import read as read_path
from tests.readers.text_lines import read
from tests.readers.written import only, role, steps, write


def dlll(step: object, **data: float) -> str:
    return "DLLL " + json.dumps(
        {"timestamp": "1700000000.1", "elapsedtime": "1.0", "type": "LOG", "step": step, "data": data}
    )


def test_dllogger(tmp_path: Path) -> None:
    rows = [dlll("PARAMETER", batch_size=32)]
    for epoch in (0, 1):
        rows += [dlll([epoch, at], **{"train.loss": 2.0 - at / 10, "lr": 0.1}) for at in range(3)]
        rows.append(dlll([epoch], **{"val.loss": 2.5}))
    rows.append(dlll([], **{"train.loss": 1.0}))
    run = only(read_path(write(tmp_path / "nvlog.json", "\n".join(rows) + "\n")))
    assert steps(run, "train.loss") == [0, 1, 2, 3, 4, 5]
    assert steps(run, "val.loss") == [2, 5]
    assert [role(run, one) for one in ("train_loss", "val_loss", "learning_rate")] == ["train.loss", "val.loss", "lr"]


def test_an_iteration_that_goes_on_over_the_epochs() -> None:
    rows = [dlll([at // 3, at], loss=1.0) for at in range(6)]
    assert [step for step, _ in read("\n".join(rows), "dllogger")["loss"]] == [0, 1, 2, 3, 4, 5]


def test_mlperf() -> None:
    rows = [":::MLLOG " + json.dumps({"namespace": "", "event_type": "POINT_IN_TIME", "key": "train_loss", "value": 2.5,
                                      "metadata": {"file": "train.py", "lineno": 3, "step_num": at}})
            for at in (10, 20)]  # fmt: skip
    rows.insert(0, ':::MLLOG {"event_type": "INTERVAL_START", "key": "run_start", "value": null, "metadata": {}}')
    assert read("\n".join(rows), "mllog")["train_loss"] == [(10, 2.5), (20, 2.5)]


def test_what_a_container_printed(tmp_path: Path) -> None:
    rows = [json.dumps({"log": f"step {at} loss {1 / (at + 1):.4f}\n", "stream": "stdout", "time": "2025-01-01T12:00:00.1Z"},
                       separators=(",", ":")) for at in range(5)]  # fmt: skip
    path = write(tmp_path / "c0ffee-json.log", "\n".join([*rows, '{"log":"step 5 lo']))
    assert steps(only(read_path(path)), "loss") == [0, 1, 2, 3, 4]
