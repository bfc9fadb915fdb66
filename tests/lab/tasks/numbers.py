"""Tasks on tables, sets, graphs, signals and equations."""

from __future__ import annotations

import torch

from tests.lab.tasks.base import DEAD, Task, mlp_specs
from tests.lab.tasks.data import basic, made
from tests.lab.tasks.losses import numbers as losses
from tests.lab.tasks.losses.basic import classifier, density, regressor
from tests.lab.trainings.layers import Spec, dense

_COUPLINGS = tuple(
    spec for n in range(4) for spec in (*dense(f"i{n}", 1, 16, gain=1.5), *dense(f"o{n}", 16, 2, gain=0.3))
)

NUMBERS: tuple[Task, ...] = (
    Task("parity", tuple(mlp_specs([10, 48, 2])), classifier(2), made.parity, DEAD),
    Task("point_sets", (*dense("l0", 3, 24, gain=1.4), *dense("l1", 24, 24, gain=1.4), *dense("l2", 24, 16, gain=1.4),
                        *dense("head", 16, 1)), losses.deep_set, made.point_sets, DEAD, cost=2),
    Task("graphs", (*dense("l0", 2, 16, gain=1.4), *dense("l1", 16, 16, gain=1.4), *dense("head", 16, 3)),
         losses.graph, made.graphs, (), cost=2, batches=(16, 32, 64)),
    Task("adding", (*dense("in", 2, 20), Spec("hh", (20, 20), std=0.22), *dense("head", 20, 1)), losses.adding,
         made.adding, (), cost=3, batches=(16, 32)),
    Task("overlapping", tuple(mlp_specs([10, 24, 24, 4])), classifier(3), made.overlapping, DEAD),
    Task("quantiles", tuple(mlp_specs([12, 24, 24, 3])), losses.quantiles, basic.teacher, DEAD),
    Task("huber", tuple(mlp_specs([10, 32, 32, 1])), losses.huber, made.friedman, DEAD),
    Task("mixture", tuple(mlp_specs([12, 24, 24, 9])), losses.mixture, lambda: basic.teacher(heavy=True),
         (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("coupling", _COUPLINGS, losses.coupling, made.crescents, (), cost=2, batches=(32, 64, 128)),
    Task("oscillator", tuple(mlp_specs([1, 24, 24, 1], gain=1.7)), losses.oscillator, made.moments, (), cost=2,
         batches=(16, 32, 64), sortable=False),
    Task("waveforms", (*dense("l0", 5, 16, gain=1.4), *dense("l1", 32, 24, gain=1.4), *dense("head", 24, 4)),
         losses.waveform, made.waveforms, (), cost=2),
    Task("deep_linear", tuple(mlp_specs([12, 16, 16, 16, 1], gain=0.6)), losses.deep_linear, basic.teacher,
         (("l1.w", 0.0), ("l2.w", 0.0))),
    Task("random_features", tuple(mlp_specs([60, 1])), regressor(1), made.random_features, ()),
    Task("returns", tuple(mlp_specs([10, 24, 24, 1])), regressor(3, torch.tanh), made.returns,
         (("l1.w", 0.0), ("l2.w", 0.0)), sortable=False),
    Task("wine", tuple(mlp_specs([13, 10, 3])), classifier(2), lambda: basic.table("wine"), DEAD),
    Task("finetune_table", tuple(mlp_specs([12, 24, 24, 2])), density, lambda: basic.teacher(heavy=True), (),
         before=basic.teacher),
)  # fmt: skip
