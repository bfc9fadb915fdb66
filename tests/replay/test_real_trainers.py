"""Real trainers, really replayed: transformers' Trainer and Lightning, by command and through a patched checkpoint.

The training is a linear model under SGD whose warm-up climbs past the rate at which it is stable: its loss falls, then
explodes. Both trainers ignore a lower rate on resume (they restore the old one), which is what the patch is for.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loglens import pipeline
from loglens.model.diagnosis import RunDiagnosis
from loglens.replay.drivers.command import CommandDriver, LrBy
from loglens.replay.drivers.driver import Budget, Context
from loglens.replay.drivers.template import parse_template
from loglens.replay.plan import PlanSettings
from loglens.replay.session import Replayed, replay
from tests.replay import small

MODEL = """
import argparse, sys, torch
from torch import nn
parser = argparse.ArgumentParser()
parser.add_argument("--out"); parser.add_argument("--resume"); parser.add_argument("--stop", type=int, default=90)
parser.add_argument("--lr", type=float, default=1.2); parser.add_argument("--factor", type=float, default=1.0)
args = parser.parse_args()
torch.manual_seed(0)
torch.set_num_threads(1)
X = torch.randn(1024, 4)
Y = X @ torch.tensor([1.0, -2.0, 0.5, 3.0]) + 0.1 * torch.randn(1024)
WARMUP = 100

class Lines(torch.utils.data.Dataset):
    def __len__(self): return 1024
    def __getitem__(self, place): return {"x": X[place], "labels": Y[place]}

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(4, 1)
    def forward(self, x, labels):
        return {"loss": nn.functional.mse_loss(self.line(x).squeeze(-1), labels)}

def scale(optimizer, schedulers):
    for group in optimizer.param_groups:
        group["lr"] *= args.factor
        group["initial_lr"] *= args.factor
    for one in schedulers:
        one.base_lrs = [rate * args.factor for rate in one.base_lrs]
"""

TRANSFORMERS = (
    MODEL
    + """
from transformers import Trainer, TrainerCallback, TrainingArguments

class Scale(TrainerCallback):
    def on_train_begin(self, a, state, control, **k):
        scale(k["optimizer"], [k["lr_scheduler"]])

trainer = Trainer(
    model=Model(), train_dataset=Lines(), callbacks=[Scale()],
    args=TrainingArguments(
        output_dir=args.out, max_steps=args.stop, per_device_train_batch_size=32, learning_rate=args.lr, optim="sgd",
        lr_scheduler_type="constant_with_warmup", warmup_steps=WARMUP, logging_steps=1, save_steps=10, report_to=[],
        use_cpu=True, disable_tqdm=True, max_grad_norm=0.0, logging_nan_inf_filter=False,
    ),
)
trainer.train(resume_from_checkpoint=args.resume)
trainer.save_state()
"""
)

LIGHTNING = (
    MODEL
    + """
import lightning.pytorch as pl
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

class Module(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Model()
    def training_step(self, batch, place):
        loss = self.model(**batch)["loss"]
        self.log("train_loss", loss)
        return loss
    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=args.lr)
        plan = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / WARMUP))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": plan, "interval": "step"}}

class Scale(pl.Callback):
    def on_train_start(self, trainer, module):
        scale(trainer.optimizers[0], [one.scheduler for one in trainer.lr_scheduler_configs])

pl.Trainer(
    max_steps=args.stop, accelerator="cpu", log_every_n_steps=1, enable_progress_bar=False, enable_model_summary=False,
    logger=CSVLogger(args.out, name="", version=""), gradient_clip_val=0.0,
    callbacks=[
        LearningRateMonitor("step"), Scale(),
        ModelCheckpoint(dirpath=args.out + "/ckpt", every_n_train_steps=10, save_top_k=-1),
    ],
).fit(Module(), torch.utils.data.DataLoader(Lines(), batch_size=32, shuffle=False), ckpt_path=args.resume)
"""
)
TRAINERS = {"transformers": TRANSFORMERS, "lightning": LIGHTNING}


@pytest.fixture(scope="module", params=sorted(TRAINERS))
def failed_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunDiagnosis]:
    """(script, diagnosis) of a run of the trainer that exploded."""
    name: str = request.param
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    script = folder / "train.py"
    script.write_text(TRAINERS[name])
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(folder / "run")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    runs = pipeline.read(folder / "run").runs
    loss = max((one for run in runs if (one := run.role("train_loss")) is not None), key=len)
    steps, values = loss.steps, loss.values
    best = int(np.argmin(values))
    onset = int(steps[best + int(np.argmax(values[best:] > 10 * np.median(values[max(0, best - 8) : best])))])
    diagnosis = small.diagnosis(
        values, [small.finding(onset, int(steps[-1]), kind="divergence")], source=str(folder / "run"), lr=1.2
    )
    return script, diagnosis


def play(failed_run: tuple[Path, RunDiagnosis], out: Path, words: str, lr_by: LrBy) -> Replayed:
    script, diagnosis = failed_run
    template = parse_template(
        f"{sys.executable} {script} --resume {{checkpoint}} --stop {{stop}} --out {{out}} {words}"
    )
    driver = CommandDriver(template=template, read=lambda path: pipeline.read(path).runs, lr_by=lr_by)
    settings = PlanSettings(ladder=(0.5, 0.1), control_seeds=0, bisections=0)
    return replay(diagnosis, driver=driver, out=out, settings=settings, context=Context(budget=Budget(seconds=120)))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("words", "lr_by"),
    [("--factor {factor}", "command"), ("--lr {lr}", "command")],
    ids=["by command", "by patch, because the command is ignored"],
)
def test_the_rate_is_confirmed(failed_run: tuple[Path, RunDiagnosis], tmp_path: Path, words: str, lr_by: LrBy) -> None:
    done = play(failed_run, tmp_path / "out", words, lr_by)
    assert done.results[0].outcome == "confirmed", done.results[0].reason
    control, lower = done.arm_runs[0], next(run for run in done.arm_runs[::-1] if run.arm.factor == 0.1)
    _, mine, theirs = np.intersect1d(lower.steps, control.steps, return_indices=True)
    np.testing.assert_allclose(lower.lrs[mine][1:], control.lrs[theirs][1:] * 0.1, rtol=0.02)
