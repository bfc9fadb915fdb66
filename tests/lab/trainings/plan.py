"""Which trainings the lab makes: for every task and optimizer a handful of schedules, each with a sweep and faults."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np

from tests.lab.table.labels import FAULTY, Sweep
from tests.lab.tasks import TASKS
from tests.lab.tasks.base import Task
from tests.lab.trainings.faults import FAULTS, Lane, spoil
from tests.lab.trainings.optimizers import CENTRE_LR, OPTIMIZERS
from tests.lab.trainings.schedules import SCHEDULES, factors

GRID = 16
WARMUP_DECIDES = {"gpt_post": ("rmsprop", "adam"), "deep_relu": ("rmsprop", "adam", "adagrad")}
"""Optimizers trained besides the drawn ones, where the warm-up is known to decide: normalisation after the residual
(Xiong et al. 2020), second moments without bias correction."""


@dataclass(frozen=True, slots=True)
class Family:
    """One schedule of a stack: the training whose sixteen rates are compared. `twin`: the same
    with a long warm-up."""

    name: str
    schedule: str
    warmup: int
    clip: float | None
    centre: float
    draw: float
    twin: str | None = None

    def rates(self) -> tuple[float, ...]:
        return tuple(self.centre * 2.0 ** (place - GRID // 2) for place in range(GRID))

    def lane(self, place: float, steps: int, *, seed: int = 0) -> Lane:
        """The run at that place of the grid, or between two."""
        plan = factors(self.schedule, steps, warmup=self.warmup, draw=self.draw)
        peak = self.centre * 2.0 ** (place - GRID // 2)
        return Lane(family=self.name, peak=peak, plan=plan, seed=seed, clip=self.clip)


@dataclass(frozen=True, slots=True)
class Stack:
    """All that is trained together: one task, one optimizer, one batch size, one length."""

    name: str
    task: Task
    optimizer: str
    batch: int
    steps: int
    weight_decay: float
    families: tuple[Family, ...]

    def sweep_lanes(self) -> list[Lane]:
        return [family.lane(place, self.steps) for family in self.families for place in range(GRID)]

    def generator(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(f"{self.name}/{purpose}".encode()))

    def fault_lanes(self, sweeps: dict[str, Sweep]) -> list[Lane]:
        """Every fault once a family, on a rate that is fine without it."""
        draw = self.generator("faults")
        lanes = []
        for family in self.families:
            if family.name not in sweeps:
                continue
            found = sweeps[family.name]
            for intent in FAULTS:
                if intent == "data_order" and not self.task.sortable:
                    continue
                place = found.gentlest + int(draw.integers(0, 2))
                if place >= GRID or found.regrets[place] > 0.02:
                    place = found.gentlest
                lane = family.lane(place, self.steps, seed=0 if intent != "healthy" else int(draw.integers(1, 9)))
                lanes.append(spoil(lane, intent, draw, batch=self.batch, size=self.task.load().size))
        return lanes

    def warmup_pairs(self, sweeps: dict[str, Sweep]) -> list[tuple[Lane, Lane]]:
        """(without, with a long warm-up) at rates just above the highest that is fine without."""
        named = {family.name: family for family in self.families}
        pairs = []
        for family in self.families:
            if family.twin and family.name in sweeps and family.twin in sweeps:
                top = max(p for p, regret in enumerate(sweeps[family.name].regrets) if regret <= FAULTY)
                pairs += [
                    (family.lane(top + up, self.steps), named[family.twin].lane(top + up, self.steps))
                    for up in (0.2, 0.4, 0.6, 0.8)
                ]
        return pairs

    def small_batch_lanes(self, sweeps: dict[str, Sweep]) -> list[Lane]:
        """The same rates, and half of them, on batches of four: healthy, and ugly to look at."""
        lanes = []
        for family in self.families:
            if family.name in sweeps:
                place = sweeps[family.name].gentlest
                lanes += [
                    replace(family.lane(p, self.steps, seed=2), intent="healthy") for p in (place, max(0, place - 1))
                ]
        return lanes


def stacks() -> list[Stack]:
    """The whole lab, in an order that mixes tasks, so that an interrupted build is still balanced: AdamW, momentum and
    SGD on every task, with two optimizers that change from task to task, one where a step is dear."""
    out = []
    for place, task in enumerate(TASKS):
        drawn = [OPTIMIZERS[(3 * place + 3 * k + k // 3) % len(OPTIMIZERS)] for k in range(2 if task.cost <= 2 else 1)]
        named = [*WARMUP_DECIDES.get(task.name, ()), "adamw", *drawn, "momentum", "sgd"]
        for number, optimizer in enumerate(dict.fromkeys(named)):
            out.append((number, _stack(task, optimizer)))
    return [stack for _, stack in sorted(out, key=lambda pair: pair[0])]


def _stack(task: Task, optimizer: str) -> Stack:
    name = f"{task.name}-{optimizer}"
    draw = np.random.default_rng(zlib.crc32(name.encode()))
    batch = int(draw.choice(task.batches))
    steps = int(draw.choice([500, 800, 1000, 1500] if task.cost <= 2 else [400, 600, 800, 1000]))
    centre = CENTRE_LR[optimizer] * 2.0 ** float(draw.uniform(-0.5, 0.5))
    warm = max(5, int(draw.choice([0.03, 0.05, 0.1, 0.15]) * steps))
    kinds = list(draw.permutation(SCHEDULES)[:3])
    families = []
    for number, kind in enumerate(["constant", *(k for k in kinds if k != "constant")][:3]):
        clip = 1.0 if draw.random() < 0.4 else None
        warmup = 0 if kind == "one_cycle" or draw.random() < 0.5 else warm
        one = Family(f"f{number}", str(kind), warmup, clip, centre, float(draw.random()))
        families.append(one)
    for number in (2, 1):
        one = families[number]
        if one.schedule != "one_cycle" and len(families) < (5 if task.cost <= 2 else 4):
            slow = replace(one, name=f"f{len(families)}", warmup=int((0.15 + 0.15 * draw.random()) * steps))
            families[number] = replace(one, warmup=int(draw.choice([0, 0, 0.01 * steps])), twin=slow.name)
            families.append(slow)
    return Stack(name, task, optimizer, batch, steps, 0.01 if optimizer == "adamw" else 0.0, tuple(families))
