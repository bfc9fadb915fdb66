"""The causes, one a file: its module's docstring is the page that `loglens explain` prints, `INFO` its words.

To add a cause: its file here, its name in `CauseName` and `_MODULES`, the schema's enumeration (a test compares), and
what the weights need to know it (`tests/lab/README.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from loglens.model.causes import (
    bad_data,
    data_order,
    dead_network,
    healthy,
    label_noise,
    lr_decays_too_early,
    lr_jump,
    lr_too_high,
    lr_too_low,
    numerical_failure,
    overfitting,
    resume_discontinuity,
    unknown,
    warmup_too_short,
)
from loglens.model.causes.info import CauseInfo

__all__ = ["CAUSES", "CauseInfo", "CauseName"]

CauseName = Literal[
    "healthy", "lr_too_high", "lr_too_low", "warmup_too_short", "lr_jump", "lr_decays_too_early", "bad_data",
    "data_order", "label_noise", "overfitting", "dead_network", "resume_discontinuity", "numerical_failure", "unknown",
]  # fmt: skip

CAUSES: Mapping[CauseName, CauseInfo] = MappingProxyType(
    {
        "healthy": healthy.INFO,
        "lr_too_high": lr_too_high.INFO,
        "lr_too_low": lr_too_low.INFO,
        "warmup_too_short": warmup_too_short.INFO,
        "lr_jump": lr_jump.INFO,
        "lr_decays_too_early": lr_decays_too_early.INFO,
        "bad_data": bad_data.INFO,
        "data_order": data_order.INFO,
        "label_noise": label_noise.INFO,
        "overfitting": overfitting.INFO,
        "dead_network": dead_network.INFO,
        "resume_discontinuity": resume_discontinuity.INFO,
        "numerical_failure": numerical_failure.INFO,
        "unknown": unknown.INFO,
    }
)
"""Every cause, in the order in which outputs list them."""
