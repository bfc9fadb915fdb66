"""Whether a lower learning rate really reached the optimizer: most trainers ignore one on resume, without a word."""

from __future__ import annotations

import numpy as np

from loglens.model.results.replay import ArmRun

RELATIVE = 0.05
"""How far the logged rate may be from the requested one: logs round, and some average over a window."""


def without_effect(run: ArmRun, control: ArmRun) -> str:
    """Why an LR arm proves nothing, '' where its rate was really lower.

    Compared with the control at the steps both logged: the rate itself where it is logged; else the losses, which
    cannot be equal to the last digit under another rate.
    """
    _, mine, theirs = np.intersect1d(run.steps, control.steps, return_indices=True)
    if not len(mine):
        return f"{run.arm.label} logged none of the control's steps"
    rates, base = run.lrs[mine], control.lrs[theirs]
    known = np.isfinite(rates) & np.isfinite(base) & (base > 0)
    if known.any():
        ratio = float(np.median(rates[known] / base[known]))
        if abs(ratio / run.arm.factor - 1.0) > RELATIVE:
            return f"{run.arm.label} trained at ×{ratio:.3g} of the control's rate"
        return ""
    losses, usual = run.losses[mine], control.losses[theirs]
    if len(mine) > 2 and np.array_equal(losses, usual, equal_nan=True):
        return f"{run.arm.label} has the control's losses to the last digit"
    return ""


def lr_jump(control: ArmRun, onset: int) -> float:
    """The factor that undoes a jump of the schedule in the stretch: the rate before the onset over the highest after
    it, as the control logged them; 1 where it logged none or there is no jump."""
    known = np.isfinite(control.lrs) & (control.lrs > 0)
    before = control.lrs[known & (control.steps < onset)]
    after = control.lrs[known & (control.steps >= onset)]
    if not len(before) or not len(after):
        return 1.0
    return float(f"{min(1.0, float(np.median(before)) / float(after.max())):.3g}")
