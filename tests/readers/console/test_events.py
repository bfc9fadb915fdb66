"""Words become events: what tells something is told, what only sounds like it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.model.run import Run
from loglens.readers import read
from loglens.readers.console.events import events_of, kind_of, rate_of, said, shown

TELLING = {
    "overflow": [
        "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 16384.0",
        "[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 65536, reducing to 32768",
        "| WARNING: overflow detected, setting loss scale to: 0.25",
        "FloatingPoint: Minimum loss scale reached (0.0001). Your loss is probably exploding.",
    ],
    "nan_stop": [
        "Loss is nan, stopping training",
        "Batch 132: Invalid loss, terminating training",
        "ERROR:tensorflow:NanLossDuringTrainingError: NaN loss during training.",
        "WARNING: non-finite loss, ending training tensor([nan])",
        "2023-03-14 21:36:43,293 - speechbrain.core - WARNING - Loss is nan.",
        "AssertionError: NaN detected in the gradients, aborting",
        "FloatingPointError: Loss became infinite or NaN at iteration=123!",
        "Loss is inf, stopping training",
    ],
    "diverged": [
        "ERROR:tensorflow:Model diverged with loss = NaN.",
        "The training has diverged, try a lower learning rate",
        "Loss exploded to 8123.1 (> 5000)",
    ],
    "out_of_memory": [
        "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating tensor",
        "slurmstepd: error: Detected 1 oom-kill event(s) in step 123.batch",
        "terminate called after throwing an instance of 'std::bad_alloc'",
    ],
    "killed": [
        "Killed",
        "slurmstepd: error: *** JOB 123 ON n1 CANCELLED AT 2024-01-01T00:00:00 DUE TO TIME LIMIT ***",
        "run.sh: line 3: 12345 Killed                  python train.py",
        "Received signal 15, saving and exiting",
        "KeyboardInterrupt",
        "W0101 torch.distributed.elastic.multiprocessing: Sending process 123 closing signal SIGTERM",
    ],
    "resumed": [
        "Resuming training from checkpoint-500",
        "=> resuming from epoch 12",
        "Re-starting from epoch 30",
        "Continuing training from iteration 2000",
        "Resumed from step 1200",
    ],
    "checkpoint_loaded": [
        "Loading checkpoint from output/model_Iter_0005000.pth ...",
        "=> loaded checkpoint 'model_best.pth.tar' (epoch 12)",
        "INFO:tensorflow:Restoring parameters from /tmp/model.ckpt-200",
        " successfully loaded checkpoint from ckpt/ at iteration 1000",
        "restoring model weights from last.ckpt",
    ],
    "stage_changed": [
        "2024-05-03 08:40:59 | INFO | === stage 2/4: max_len=256 batch=256 ===",
        "Entering stage 2",
        "Switching to phase 2 (full resolution)",
        "--- Phase 3: fine-tuning ---",
        "Increasing sequence length to 2048",
        "growing resolution from 64 -> 128",
        "INFO: Changing loss based on SWA",
        "Unfreezing the encoder",
        "curriculum: advanced to difficulty 3",
    ],
    "started": ["***** Running training *****", "Start training", "Training started at 12:00", "INFO Begin training"],
    "scheduler_changed": [
        "UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`.",
        " > overriding learning rate value to 0.0001",
        "WARNING the scheduler state differs from the one in the checkpoint",
        "lr scheduler was reset",
    ],
    "lr_changed": [
        "Epoch 00012: reducing learning rate of group 0 to 1.0000e-04.",
        "Epoch 00005: ReduceLROnPlateau reducing learning rate to 0.0002.",
        "speechbrain.nnet.schedulers - INFO - Changing lr from 0.0001 to 9e-05",
        "Updating learning rate to 0.005",
        "learning rate decreased to 1e-5",
        "Decaying learning rate from 0.1 to 0.05",
    ],
}
SILENT = [
    "step 10 | loss nan | lr 1e-4 | grad_norm nan",
    "Epoch 3: kl divergence 0.51, js_divergence 0.2",
    "max mem: 1200, oom 0",
    "Saving checkpoint to out/step-100.pt",
    "Saved model weights to best.h5",
    "resume: False",
    "resume_from_checkpoint=None, seed=1",
    "load_checkpoint: None",
    "Loading dataset from data/train.jsonl",
    "learning rate 1e-4, warmup 100",
    "signal to noise ratio 12.5",
    "num_restarts: 3",
    "Loaded 50000 samples",
    "The number of infinite loops is 3",
    "stage 2/4 step 25 | loss 3.08 | lr 1e-5",
    "zero optimization stage: 2",
    "Using DeepSpeed ZeRO stage 3",
    "phase: train",
    "starting stage 0",
    "Starting evaluation phase",
    "Phase: train -> validation phase started",
    "LR scheduler: entering constant phase, lr -> 3e-3",
    "The longest sequence length in the train data is 1536",
    "max sequence length 512",
]


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in TELLING.items() for line in lines])
def test_a_line_that_tells_something(kind: str, line: str) -> None:
    assert kind_of(line.encode()) == kind


@pytest.mark.parametrize("line", SILENT)
def test_a_line_that_tells_nothing(line: str) -> None:
    assert kind_of(line.encode()) is None


def test_an_event_stands_at_the_step_before_it() -> None:
    text = b"a\nLoss is nan, stopping training\n2024-01-02 03:04:05,500 Killed by signal 9\nb\n"
    events = events_of(said(text), np.array([1, 4]), np.array([70, 90]))
    assert [(one.kind, one.step, one.line) for one in events] == [("nan_stop", 70, 2), ("killed", 70, 3)]
    assert events[0].time is None
    assert events[1].time == 1704164645.5


def test_an_event_before_the_first_figures_has_no_step() -> None:
    (event,) = events_of(said(b"***** Running training *****\n"), np.array([5]), np.array([1]))
    assert event.step is None


def test_thousands_of_overflows_are_not_all_kept() -> None:
    text = b"Gradient overflow. Skipping step\n" * 4000
    events = events_of(said(text), np.array([1]), np.array([1]))
    assert len(events) <= 500
    assert events[0].line == 1


def test_a_line_is_shown_as_one_of_printable_characters() -> None:
    assert shown(b"\tKilled\x07 \xe2\x96\x88 " + b"x" * 500).startswith("Killed █ xxx")
    assert len(shown(b"x" * 500)) == 200


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        (b"reducing learning rate of group 0 to 1.0000e-04.", 1e-4),
        (b"Changing lr from 0.0001 to 9e-05", 9e-5),
        (b"Updating learning rate to 0.005", 0.005),
        (b"ReduceLROnPlateau is on", None),
    ],
)
def test_the_rate_that_a_line_sets(line: bytes, rate: float | None) -> None:
    assert rate_of(line) == rate


def run_of(folder: Path, text: str) -> Run:
    path = folder / "train.log"
    path.write_text(text, encoding="utf-8")
    (run,) = read(path).runs
    return run


def test_a_rate_told_in_words_holds_from_there_on(tmp_path: Path) -> None:
    text = "".join(
        f"Epoch {at} | train loss {1 / at:.3f} | val loss {1.2 / at:.3f}\n"
        + ("Epoch 4: reducing learning rate of group 0 to 1.0000e-04.\n" if at == 4 else "")
        for at in range(1, 9)
    )
    rate = run_of(tmp_path, text).role("learning_rate")
    assert rate is not None
    assert (rate.steps.tolist(), set(rate.values.tolist())) == ([5, 6, 7, 8], {1e-4})


def test_a_rate_that_is_printed_as_a_figure_is_left_alone(tmp_path: Path) -> None:
    text = "".join(
        f"Epoch {at} | train loss {1 / at:.3f} | lr 0.01\nreducing learning rate to 0.001\n" for at in range(1, 9)
    )
    rate = run_of(tmp_path, text).role("learning_rate")
    assert rate is not None
    assert set(rate.values.tolist()) == {0.01}
