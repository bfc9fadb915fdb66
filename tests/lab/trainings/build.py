"""Train the lab: `python -m tests.lab.trainings [--part 0/2] [--out lab-cache]`.

Every stack (a task with an optimizer) leaves one `.npz` with the curves of the runs that got a label, and what is true
of each as JSON. A stack that is there already is not trained again, so a build can be interrupted.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.lab.table.labels import FAULTY, Sweep, folded_share, stands_out, sweep, tail, val_rise
from tests.lab.table.logs import Curve
from tests.lab.trainings.faults import Lane
from tests.lab.trainings.plan import GRID, Stack, stacks
from tests.lab.trainings.store import CACHE, Truth, save
from tests.lab.trainings.train import Curves, train_stack

KEEP = 5
"""Runs a family gives to each side of its sweep, drawn evenly: near the border and far from it as they come."""
WARMUP = ["warmup_too_short", "lr_too_high"]
FINE_WHEN_WARM = 0.06
"""Regret up to which the same training with a long warm-up counts as fine."""


def build_stack(stack: Stack) -> list[tuple[Truth, Curves, int]]:
    """Train and label; one (truth, curves, lane) a run that is certain."""
    lanes = stack.sweep_lanes()
    curves = _train(stack, lanes)
    sweeps: dict[str, Sweep] = {}
    overfits: set[str] = set()
    for number, family in enumerate(stack.families):
        columns = slice(number * GRID, (number + 1) * GRID)
        found = sweep(family.rates(), curves.loss[:, columns])
        if found.usable:
            sweeps[family.name] = found
            if val_rise(curves.val[:, number * GRID + found.gentlest]) > 0.1:
                overfits.add(family.name)
    out = _sweep_runs(stack, lanes, curves, sweeps, overfits)
    sound = {name: one for name, one in sweeps.items() if name not in overfits}
    if sound:
        planted = stack.fault_lanes(sound)
        faulty = _train(stack, planted)
        out += [
            (truth, faulty, k) for k, lane in enumerate(planted)
            if (truth := _fault_truth(stack, lane, faulty, k, sound[lane.family])) is not None
        ]  # fmt: skip
        small = stack.small_batch_lanes(sound)
        if stack.batch > 4 and not stack.task.in_batch:
            ugly = _train(stack, small, batch=4)
            out += [
                (_truth(stack, lane, "healthy", sound[lane.family], batch=4), ugly, k) for k, lane in enumerate(small)
                if sound[lane.family].regret(ugly.loss[:, k]) < 0.06 and val_rise(ugly.val[:, k]) < 0.1
            ]  # fmt: skip
        out += _warmup_runs(stack, sound)
    return out


def _train(stack: Stack, lanes: list[Lane], batch: int | None = None) -> Curves:
    return train_stack(stack.task, stack.optimizer, lanes, batch=batch or stack.batch, weight_decay=stack.weight_decay)


def _truth(stack: Stack, lane: Lane, cause: str, found: Sweep, **more: Any) -> Truth:
    family = next(one for one in stack.families if one.name == lane.family)
    return {
        "cause": cause, "accept": [cause], "at": [], "task": stack.task.name, "optimizer": stack.optimizer,
        "schedule": family.schedule, "warmup": family.warmup, "clip": lane.clip, "batch": stack.batch,
        "steps": stack.steps, "lr": lane.peak, "stack": stack.name, "family": lane.family, "seed": lane.seed,
        "sweep": found.document(), "gain": found.initial - found.best, **lane.details, **more,
    }  # fmt: skip


def _sweep_runs(
    stack: Stack, lanes: list[Lane], curves: Curves, sweeps: dict[str, Sweep], overfits: set[str]
) -> list[tuple[Truth, Curves, int]]:
    draw = stack.generator("sweep")
    out = []
    for number, family in enumerate(stack.families):
        found = sweeps.get(family.name)
        if found is None:
            continue
        warmed = sweeps.get(family.twin or "")
        by_cause: dict[str, list[int]] = {}
        accept: dict[int, list[str]] = {}
        for place in range(GRID):
            cause = found.cause(place)
            if cause == "healthy" and family.name in overfits:
                cause = None
            if cause == "lr_too_high" and warmed is not None and warmed.regrets[place] <= FINE_WHEN_WARM:
                cause, accept[place] = "warmup_too_short", WARMUP
            if cause is not None:
                by_cause.setdefault(cause, []).append(place)
        for cause, places in by_cause.items():
            for place in (int(p) for p in draw.permutation(places)[:KEEP]):
                k = number * GRID + place
                truth = _truth(stack, lanes[k], cause, found, regret=_finite(found.regrets[place]))
                out.append((truth | {"accept": accept.get(place, [cause])}, curves, k))
    return out


def _warmup_runs(stack: Stack, sound: dict[str, Sweep]) -> list[tuple[Truth, Curves, int]]:
    """Runs between the sweep's rates that are fine with a long warm-up and not without: the grid is too coarse for the
    narrow band where the warm-up decides."""
    pairs = stack.warmup_pairs(sound)
    if not pairs:
        return []
    lanes = [lane for pair in pairs for lane in pair]
    curves = _train(stack, lanes)
    out = []
    for number, (lane, warmed) in enumerate(pairs):
        found = sound[lane.family]
        cold, warm = (
            found.regret(curves.loss[:, 2 * number]),
            sound[warmed.family].regret(curves.loss[:, 2 * number + 1]),
        )
        if cold >= FAULTY and warm <= FINE_WHEN_WARM:
            truth = _truth(stack, lane, "warmup_too_short", found, regret=_finite(cold))
            out.append((truth | {"accept": WARMUP}, curves, 2 * number))
    return out


def _fault_truth(stack: Stack, lane: Lane, curves: Curves, k: int, found: Sweep) -> Truth | None:
    """The label of a run with a planted fault, None where the fault does not show."""
    loss, val = curves.loss[:, k], curves.val[:, k]
    regret = found.regret(loss)
    rises = val_rise(val)
    base = _truth(stack, lane, lane.intent, found, regret=_finite(regret), tail=_finite(tail(loss)))
    match lane.intent:
        case "bad_data":
            seen = [at for at in lane.bad_batches if stands_out(loss, at, scale=found.initial - found.best)]
            return base | {"at": seen, "planted": list(lane.bad_batches)} if seen and regret < 0.5 else None
        case "data_order":
            period = float(curves.epoch_steps[k])
            shows = period >= 4 and (folded_share(loss, period) > 0.25 or regret > FAULTY)
            return base | {"period": period} if shows else None
        case "overfitting":
            return base if rises > 0.2 and regret < FAULTY and val[-1] > 1.5 * tail(loss) else None
        case "label_noise":
            return base | {"accept": ["label_noise", "healthy"]} if FAULTY <= regret < 1 and rises < 0.3 else None
        case "dead_network":
            return base if regret > 0.8 else None
        case "lr_decays_too_early":
            return base if regret >= FAULTY else None
        case "lr_jump":
            return base | {"at": [lane.details["at"]]} if regret >= FAULTY else None
        case "resume_discontinuity":
            if lane.resume_at is None or lane.resume_to is None:
                return None
            accept = [lane.intent, "healthy"] if regret < FAULTY else [lane.intent]
            return base | {"at": [lane.resume_to], "accept": accept, "resume_at": lane.resume_at}
        case _:
            return base if regret < 0.05 and rises < 0.1 else None


def _finite(value: float) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None


def curve_of(curves: Curves, k: int) -> Curve:
    """The lane's own part of a stack: without the steps it idled at its last one while others caught up."""
    end = int(np.flatnonzero(np.diff(curves.steps[:, k]))[-1]) + 2
    keep = curves.val_at < end
    return Curve(
        steps=curves.steps[:end, k].astype(np.int32), loss=curves.loss[:end, k], lr=curves.lr[:end, k],
        grad_norm=curves.grad_norm[:end, k], val=curves.val[keep, k], val_at=curves.val_at[keep].astype(np.int32),
        epoch_steps=float(curves.epoch_steps[k]),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="0/1", help="train only every n-th stack: 'i/n'")
    parser.add_argument("--out", type=Path, default=CACHE)
    parser.add_argument("--tasks", nargs="*", default=None, help="train only these tasks")
    options = parser.parse_args()
    part, parts = (int(word) for word in options.part.split("/"))
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    np.seterr(all="ignore")
    for stack in stacks()[part::parts]:
        path = options.out / f"{stack.name}.npz"
        if path.exists() or (options.tasks and stack.task.name not in options.tasks):
            continue
        began = time.monotonic()
        runs = build_stack(stack)
        save(path, [(truth, curve_of(curves, k)) for truth, curves, k in runs])
        counts: dict[str, int] = {}
        for truth, _, _ in runs:
            counts[truth["cause"]] = counts.get(truth["cause"], 0) + 1
        print(f"{stack.name:24s} {time.monotonic() - began:6.1f} s  {stack.steps} steps  {counts}", flush=True)


if __name__ == "__main__":
    main()
