"""Tasks whose curves look unlike a classifier's: they begin on a saddle, near their floor, or stay in noise."""

from __future__ import annotations

import torch

from tests.lab.tasks.base import DEAD, Task, mlp_specs
from tests.lab.tasks.data import basic, found, made
from tests.lab.tasks.losses import odd as losses
from tests.lab.tasks.losses.basic import classifier, cnn, counts, regressor, vae, window_language
from tests.lab.trainings.layers import Spec, dense

_VAE = (
    *dense("e0", 64, 24, gain=1.4), *dense("e1", 24, 12, gain=0.5), *dense("d0", 6, 24, gain=1.4), *dense("d1", 24, 64),
)  # fmt: skip
_CNN = (*dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("head", 48, 10))
_WINDOW = (Spec("table", (64, 8), std=0.7), *dense("l0", 64, 64, gain=1.4), *dense("head", 64, 64))
_SET = (*dense("l0", 3, 24, gain=1.4), *dense("l1", 24, 24, gain=1.4))
_FIRST = (
    Spec("table", (12, 12), std=0.5), Spec("place", (12, 12), std=0.1), Spec("query", (12,), std=0.02),
    *dense("head", 12, 12),
)  # fmt: skip
_SEVERAL = (*dense("l0", 64, 32, gain=1.4), *dense("l1", 32, 32, gain=1.4), *dense("head", 32, 10),
            *dense("back", 32, 64))  # fmt: skip

ODD: tuple[Task, ...] = (
    Task("bought_together", (Spec("words", (256, 10), std=0.05), Spec("others", (256, 10), std=0.05)),
         losses.bought_together, found.together, (), batches=(32, 64, 128)),
    Task("finetune_cnn", _CNN, cnn, basic.digits, (("c0.b", -60.0), ("c1.b", -60.0)), cost=2,
         before=basic.turned_digits),
    Task("saddle", tuple(mlp_specs([64, 24, 24, 10], gain=0.15)), losses.deep_linear_classifier, basic.digits,
         (("l1.w", 0.0),)),
    Task("components", (Spec("w", (64, 8), std=0.02),), losses.components, basic.digit_images, ()),
    Task("largest", (*_SET, *dense("head", 24, 1)), losses.largest, made.point_sets, DEAD, cost=2),
    Task("finetune_prose", _WINDOW, window_language, lambda: basic.text("prose", 8), DEAD, batches=(16, 32),
         sortable=False, before=lambda: basic.text("code", 8)),
    Task("attended", (*_SET, *dense("score", 24, 1), *dense("head", 24, 1)), losses.attended, made.point_sets, DEAD,
         cost=2),
    Task("autoregressive", (Spec("direct", (64, 64), std=0.05), Spec("bias", (64,))), losses.autoregressive,
         basic.digit_images, ()),
    Task("score_matching", tuple(mlp_specs([2, 32, 32, 2])), losses.score_matching, made.crescents,
         (("l0.b", -60.0), ("l1.b", -60.0)), batches=(32, 64, 128)),
    Task("noisy_pairs", tuple(mlp_specs([64, 40, 40, 64])), losses.noisy_pairs, basic.digit_images, DEAD),
    Task("alike", tuple(mlp_specs([24, 32, 32, 8])), losses.alike, made.waveforms, (), batches=(16, 32, 64),
         in_batch=True),
    Task("finetune_counts", tuple(mlp_specs([12, 24, 24, 1])), counts, basic.counts, DEAD, before=basic.teacher),
    Task("first_token", _FIRST, losses.first_token, made.repeats, (), cost=2, batches=(16, 32), sortable=False),
    Task("counted", (Spec("table", (7, 12), std=0.3), *dense("l0", 12, 24, gain=1.4), *dense("head", 24, 6)),
         losses.counted, made.brackets, DEAD),
    Task("penalised", tuple(mlp_specs([64, 40, 40, 10])), losses.penalised, basic.digits, DEAD),
    Task("several", _SEVERAL, losses.several, basic.digits, DEAD),
    Task("normalised", tuple(mlp_specs([64, 32, 32, 10])), losses.normalised, basic.digits, (), batches=(16, 32, 64),
         in_batch=True),
    Task("rare", tuple(mlp_specs([64, 24, 1])), losses.rare, basic.digits, DEAD),
    Task("survival", tuple(mlp_specs([12, 24, 24, 1])), losses.survival, basic.teacher, (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("several_steps", tuple(mlp_specs([10, 24, 1])), losses.several_steps, basic.waves, (("l1.w", 0.0),)),
    Task("finetune_vae", _VAE, vae, basic.digit_images, (("e0.b", -60.0), ("d0.b", -60.0)), before=found.patches),
    Task("trained_on", tuple(mlp_specs([64, 32, 32, 10])), classifier(3), basic.digits, DEAD,
         before=found.noisy_digits),
    Task("finetune_friedman", tuple(mlp_specs([10, 32, 32, 1])), regressor(3, torch.tanh), made.friedman,
         (("l1.w", 0.0), ("l2.w", 0.0)), before=found.other_friedman),
)  # fmt: skip
