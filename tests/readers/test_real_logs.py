"""Real training logs of other people: every folder gives its run with the right roles. Skipped where missing."""

from __future__ import annotations

import pytest

from loglens.readers import read
from tests.readers.shared_samples import shared

DEEPOBS = ("minibatch_train_losses", "test_losses", "learning_rate", None)
NANO = ("train_loss", "val_loss", None, None)
KERAS = ("loss", "val_loss", None, None)
LIGHTNING = ("train_loss", "val_loss", None, None)
YOLO = ("train/loss", "val/loss", "lr/pg1", None)  # lr/pg0 is that of the biases, warmed up from above
GAN = ("Generator loss", None, None, None)

# folder -> train_loss, val_loss, learning_rate, grad_norm
ROLES: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "deepobs_allcnnc_adam_1e-3": DEEPOBS,
    "deepobs_allcnnc_adam_1e1": DEEPOBS,
    "deepobs_mnist_vae_mom_1e-2": DEEPOBS,
    "mistral_translator": ("loss", None, "learning_rate", "grad_norm"),
    "egg_hf_state": ("loss", "eval_g0_loss", "learning_rate", "grad_norm"),
    "flair_news": ("TRAIN_LOSS", "DEV_LOSS", "LEARNING_RATE", None),
    "ddpm_kernel_logs": ("loss", None, None, "grad_norm"),
    "ddpm_kernel_logs_1e-7": ("loss", None, None, "grad_norm"),
    "ppo_lunar": (None, None, None, None),
    "dfine_mmdet": ("loss", None, "base_lr", "grad_norm"),
    "cs285_pg_cartpole": ("Training_Loss", None, None, None),
    "cs285_pg_lander_5files": ("Training_Loss", None, None, None),
    "cs285_dqn_lander": ("Training_Loss", None, None, None),
    "fouryp_v12": LIGHTNING,
    "fouryp_v33": LIGHTNING,
    "fouryp_v276_55files": LIGHTNING,
    "fouryp_v271_tb": LIGHTNING,
    "spacecraft_frcnn": ("total_loss", None, "lr", None),
    "sd_finetune_dtu": ("train_loss", None, None, None),
    "gan_tb_resets": GAN,
    "gan_mlflow_short": GAN,
    "wrn_cifar10": ("loss", None, "lr", None),
    "u2net_zh": ("loss", None, "lr", None),
    "nano_adamw_2024-06": ("trl", "tel", None, None),
    "nano_llmc_2024-10": ("trl", "tel", "lr", "norm"),
    "nano_muon_2024-10": NANO,
    "nano_medium_2025-04-22": (None, "val_loss", None, None),
    "yolo_synth_train10": YOLO,
    "yolo_synth_train29": YOLO,
    "keras_mnist_flat": KERAS,
    "keras_blob_spike": KERAS,
}


@pytest.mark.parametrize("folder", sorted(ROLES))
def test_one_run_with_the_right_roles(folder: str) -> None:
    result = read(shared("real_logs", folder))
    assert len(result.runs) == 1
    found = {choice.role: choice.series for choice in result.runs[0].roles}
    assert tuple(found[role] for role in ("train_loss", "val_loss", "learning_rate", "grad_norm")) == ROLES[folder]


def test_every_folder_gives_a_run_or_a_problem() -> None:
    root = shared("real_logs")
    result = read(root)
    folders = {path.name for path in root.iterdir() if path.is_dir()}
    told = {run.name.split("/")[0] for run in result.runs} | {problem.path.split("/")[0] for problem in result.problems}
    assert told == folders
    assert len(result.runs) == len(folders) - 1  # one folder holds an event file without a point
    assert [problem.path.split("/")[0] for problem in result.problems] == ["cs285_empty_event"]


@pytest.mark.parametrize(
    ("folder", "restarts"), [("cs285_pg_lander_5files", 4), ("gan_tb_resets", 4), ("dfine_mmdet", 5)]
)
def test_several_trainings_in_one_place_are_told(folder: str, restarts: int) -> None:
    (run,) = read(shared("real_logs", folder)).runs
    assert len(run.rewinds) == restarts
    assert any(f"{restarts + 1} trainings" in note.message for note in run.notes)


def test_returns_are_found_where_losses_mean_little() -> None:
    (run,) = read(shared("real_logs", "ppo_lunar")).runs
    episode_return = run.role("episode_return")
    assert episode_return is not None and len(episode_return) == 1666
