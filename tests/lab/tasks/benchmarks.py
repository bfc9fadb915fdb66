"""Tasks of the kinds that optimizers are compared on, as small as they can be and still behave like them."""

from __future__ import annotations

from tests.lab.tasks.base import DEAD, Task, mlp_specs
from tests.lab.tasks.data import basic, found, made
from tests.lab.tasks.losses import benchmarks as losses
from tests.lab.trainings.layers import Spec, dense

_ALL_CONV = (
    *dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("c2", 108, 12, gain=1.4),
    *dense("c3", 108, 16, gain=1.4), *dense("head", 16, 10),
)  # fmt: skip
_WIDE = (
    *dense("in", 9, 12), *[spec for name in ("r0", "r1") for part in "ab" for spec in dense(name + part, 108, 12)],
    *dense("head", 12, 10),
)  # fmt: skip
_DROPPED = (
    *dense("c0", 9, 8, gain=1.4), *dense("c1", 72, 12, gain=1.4), *dense("l0", 192, 32, gain=1.4),
    *dense("head", 32, 10),
)  # fmt: skip
_LSTMS = (
    Spec("table", (64, 16), std=0.7), *dense("in0", 16, 64), Spec("hh0", (16, 64), std=0.2), *dense("in1", 16, 64),
    Spec("hh1", (16, 64), std=0.2), *dense("head", 16, 64),
)  # fmt: skip


def _vae(pixels: int, latent: int) -> tuple[Spec, ...]:
    return (
        *dense("e0", pixels, 32, gain=1.2), *dense("e1", 32, 24, gain=1.2), *dense("e2", 24, 2 * latent, gain=0.7),
        *dense("d0", latent, 24, gain=1.2), *dense("d1", 24, 32, gain=1.2), *dense("d2", 32, pixels),
    )  # fmt: skip


BENCHMARKS: tuple[Task, ...] = (
    Task("noisy_bowl", (Spec("place", (50,), std=1.5),), losses.noisy_bowl, made.scattered, (),
         batches=(16, 64, 128)),
    Task("noisy_bowl_far", (Spec("place", (20,), std=6.0),), losses.noisy_bowl, lambda: made.scattered(20), (),
         batches=(8, 32, 128)),
    Task("all_convolutions", _ALL_CONV, losses.deep_convolutions, basic.digits, (), cost=4, batches=(16, 32)),
    Task("wide_residual", _WIDE, losses.wide_residual, basic.digits, (), cost=5, batches=(16, 32), in_batch=True),
    Task("dropped_convolutions", _DROPPED, losses.dropped_convolutions, basic.digits, (), cost=4, batches=(16, 32)),
    Task("digits_gaussian_vae", _vae(64, 6), losses.gaussian_vae(64), basic.digit_images, (), cost=2),
    Task("photo_gaussian_vae", _vae(64, 8), losses.gaussian_vae(64), found.patches, (), cost=2, batches=(32, 64)),
    Task("two_lstms", _LSTMS, losses.two_lstms, lambda: basic.text("prose", 12), (), cost=8, batches=(8, 16),
         sortable=False),
    Task("hundred_classes", tuple(mlp_specs([24, 48, 48, 100])), losses.many_classes(3), made.clusters, DEAD, cost=2,
         batches=(32, 64, 128)),
    Task("hundred_classes_deep", tuple(mlp_specs([24, *[32] * 6, 100])), losses.many_classes(7), made.clusters, DEAD,
         cost=3, batches=(32, 64)),
)  # fmt: skip
