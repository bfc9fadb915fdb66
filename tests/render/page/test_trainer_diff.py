"""The recommendation as a change to the trainer at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from loglens.model.run import Note, RoleChoice, Setting
from loglens.render.page.trainer_diff import trainer_at_hand, trainer_diffs
from tests.diagnoses import healthy, run_diagnosis

TAGS: Mapping[str, str | None] = {"train_loss": "loss", "val_loss": None, "learning_rate": "lr", "grad_norm": None}


def logged(
    fmt: str = "csv",
    *,
    config: Mapping[str, Setting] | None = None,
    tags: Mapping[str, str | None] = TAGS,
    read: str = "",
) -> str | None:
    choices = (RoleChoice(role="train_loss", series="loss", reason="named so by transformers 5.23"),)
    notes = (Note(kind="info", message=read),) if read else ()
    return trainer_at_hand(
        replace(run_diagnosis(), format=fmt, config=config or {}, roles=tags, choices=choices, notes=notes)
    )


def test_the_trainer_shows_in_format_settings_and_names() -> None:
    assert logged() is None
    assert logged("trainer_state") == "hf"
    assert logged(read="read as Hugging Face Trainer") == "hf"
    assert logged(read="read as torchvision references, PyTorch examples, timm") == "torch"
    assert logged(config={"per_device_train_batch_size": 8}) == "hf"
    assert logged(tags=dict(TAGS, train_loss="train/loss", learning_rate="train/learning_rate")) == "hf"
    assert logged("lightning_csv") == "lightning"
    assert logged(tags=dict(TAGS, learning_rate="lr-AdamW")) == "lightning"
    assert logged("keras_csv") == "keras"
    assert logged(config={"lr": 0.1}) == "yaml"


def test_the_trainer_at_hand_comes_first() -> None:
    diffs = trainer_diffs(replace(run_diagnosis(), format="trainer_state"))
    assert diffs[0].trainer == "hf"
    assert [one.at_hand for one in diffs] == [True, False, False, False, False]
    assert diffs[0].text == (
        " TrainingArguments(\n-    learning_rate=3e-3,\n+    learning_rate=8e-4,\n"
        "-    warmup_steps=50,\n+    warmup_steps=200,\n+    max_grad_norm=1.0,\n )"
    )


def test_optimizer_and_keys_are_those_of_the_log() -> None:
    one = replace(run_diagnosis(), config={"optimizer": "SGD", "optimizer.lr": 3e-3, "grad_clip": 5.0})
    by_name = {diff.trainer: diff.text for diff in trainer_diffs(one)}
    assert "torch.optim.SGD(model.parameters(), lr=8e-4)" in by_name["torch"]
    assert "+optimizer.lr: 8e-4" in by_name["yaml"]
    assert "-grad_clip: 5.0\n+grad_clip: 1.0" in by_name["yaml"]


def test_nothing_to_change_gives_no_change() -> None:
    assert trainer_diffs(healthy()) == ()


def test_a_rate_to_try_beside_a_kept_one_is_no_change() -> None:
    kept = healthy()
    advice = replace(kept.recommendation, action="keep", current_peak_lr=1e-3, peak_lr=2e-3, lr_factor=2.0)
    assert trainer_diffs(replace(kept, recommendation=advice)) == ()


@pytest.mark.parametrize("rate", [None, 3e-3])
def test_an_unknown_rate_is_only_set(rate: float | None) -> None:
    one = run_diagnosis()
    one = replace(one, recommendation=replace(one.recommendation, current_peak_lr=rate))
    assert ("-    learning_rate" in trainer_diffs(one)[0].text) == (rate is not None)


def test_braces_in_a_key_are_no_placeholders() -> None:
    one = run_diagnosis()
    one = replace(one, config={"learning_rate": 1, "{0.__class__}": 2}, format="csv", choices=(), roles=TAGS)
    assert any("+learning_rate: 8e-4" in diff.text for diff in trainer_diffs(one))
