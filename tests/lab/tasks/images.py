"""Tasks on small images."""

from __future__ import annotations

from tests.lab.tasks.base import DEAD, Task, mlp_specs
from tests.lab.tasks.data import basic, found
from tests.lab.tasks.losses import images as losses
from tests.lab.tasks.losses.basic import autoencoder
from tests.lab.trainings.layers import Spec, dense

_CNN = (*dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("head", 48, 10))
_MIXER = (
    *dense("in", 4, 12), *dense("t0", 16, 24), *dense("t1", 24, 16), *dense("m0", 12, 24), *dense("m1", 24, 12),
    *dense("head", 12, 10),
)  # fmt: skip
_SINES = (
    Spec("l0.w", (2, 32), std=1.0), Spec("l0.b", (32,), std=0.3), *dense("l1", 32, 32, gain=1.6),
    *dense("lm", 32, 32, gain=1.6), *dense("l2", 32, 1),
)  # fmt: skip

IMAGES: tuple[Task, ...] = (
    Task("batchnorm_cnn", _CNN, losses.batchnorm_cnn, basic.digits, (), cost=2, batches=(16, 32), in_batch=True),
    Task("dropout", tuple(mlp_specs([64, 40, 40, 10])), losses.dropout, basic.digits, DEAD),
    Task("mixer", _MIXER, losses.mixer, basic.digits, (), cost=3, batches=(8, 16, 32)),
    Task("photo_autoencoder", tuple(mlp_specs([64, 24, 8, 24, 64])), losses.photo_autoencoder, found.patches,
         (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("photo_denoise", tuple(mlp_specs([66, 48, 48, 64])), losses.photo_denoise, found.patches, ()),
    Task("flow_matching", tuple(mlp_specs([68, 48, 48, 64])), losses.flow_matching, basic.digit_images,
         (("l0.b", -60.0), ("l1.b", -60.0))),
    Task("sharpen", tuple(mlp_specs([16, 32, 32, 64])), losses.sharpen, found.patches, DEAD),
    Task("inpaint", tuple(mlp_specs([64, 40, 40, 64])), losses.inpaint, basic.digit_images, DEAD),
    Task("implicit", _SINES, losses.implicit, found.pixels, (), batches=(32, 64, 128)),
    Task("triplet", tuple(mlp_specs([64, 32, 32, 8])), losses.triplet, basic.digits, (), batches=(16, 32, 64),
         in_batch=True),
    Task("brier", tuple(mlp_specs([64, 32, 32, 10])), losses.brier, basic.digits, DEAD),
    Task("distil", tuple(mlp_specs([64, 32, 32, 10])), losses.distil, found.distilled, DEAD),
    Task("focal", tuple(mlp_specs([64, 24, 24, 6])), losses.focal, basic.attributes, DEAD),
    Task("paired", (*mlp_specs([64, 32, 32, 12]), Spec("names", (10, 12), std=0.3)), losses.paired, basic.digits, (),
         batches=(8, 16, 32), in_batch=True),
    Task("margin", (*dense("l0", 64, 32, gain=1.4), Spec("classes", (32, 10), std=0.2)), losses.margin, basic.digits,
         ()),
    Task("turned", tuple(mlp_specs([64, 48, 48, 4])), losses.quarter_turns, found.turned, DEAD),
    Task("finetune_photos", tuple(mlp_specs([64, 32, 12, 32, 64])), autoencoder, basic.digit_images,
         (("l2.b", -60.0),), before=found.patches),
)  # fmt: skip
