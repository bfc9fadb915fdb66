"""Runs in which one fact is planted in growing strength, across the limits that decide it.

`planted/kinds.txt` holds what is established of each; `pytest tests/advice/test_planted.py --rewrite-goldens` writes
it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from loglens.model.run import Event, EventKind, FloatArray, Rewind, Run
from tests.advice.runs import run_of
from tests.detectors.planted import in_single_precision, noise, with_tags

Named = Iterator[tuple[str, Run]]
AT = np.arange(400)
POINTS = (
    2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 19, 20, 21, 23, 24, 25, 29, 30, 31, 39, 40, 41, 47, 48, 59, 60, 61, 79,
    80, 99, 100, 101, 149, 150, 151, 199, 200, 399, 500, 999, 1999, 2001, 4500,
)  # fmt: skip


def fall(
    points: int = 400, *, floor: float = 0.3, sigma: float = 0.01, seed: int = 0, pace: float = 20.0
) -> FloatArray:
    level = floor + (2.5 - floor) / (1 + np.arange(points) / pace)
    return level * noise(points, sigma, seed)


def told(kind: EventKind, step: int | None, text: str) -> Event:
    return Event(kind=kind, step=step, time=None, text=text, line=1)


def moved(run: Run, first: int, every: int = 1) -> Run:
    """The run with its steps counted from another on."""
    return replace(run, series=tuple(replace(one, steps=one.steps * every + first) for one in run.series))


def range_test() -> Named:
    for points in (11, 12, 30, 100):
        rates = np.geomspace(1e-7, 10, points)
        for limit in (1e-6, 0.05, 100.0):
            blown = np.where(rates > limit, 0.5 * ((rates / limit) ** 1.5 - 1), 0.0)
            loss = 2.3 - 1.5 / (1 + (1e-3 / rates) ** 1.2) + np.minimum(blown, 50) + 0.02 * noise(points, 1.0)
            yield f"{points} rates, too high from {limit} on", run_of(loss, lr=rates)
            yield f"{points} even rates, too high from {limit} on", run_of(loss, lr=np.linspace(1e-7, 10, points))
    for times in (3, 8, 12, 90, 110, 1e3):
        rates = np.geomspace(1e-4, 1e-4 * times, 100)
        yield f"rates up to {times} times the first", run_of(fall(100), lr=rates)
    for fell in (0.02, 0.05, 0.1, 0.3):
        rates = np.geomspace(1e-6, 1, 100)
        rise = np.where(np.arange(100) > 70, fell * 0.02 * (np.arange(100) - 70), 0.0)
        yield f"a fall of {fell} that is lost again", run_of(2.3 - fell * np.arange(100) / 70 + 2 * rise, lr=rates)
    lost = fall(100)
    lost[-10:] = np.nan
    yield "into NaN", run_of(lost, lr=np.geomspace(1e-7, 10, 100))


def objective() -> Named:
    ramp = np.clip((AT - 40) / 160, 0.0, 1.0)
    for rise in (0.02, 0.04, 0.1, 0.8):
        for begin in (40, 130, 180):
            level = 1.1 + 3 * np.exp(-AT / 12) + rise * np.clip((AT - begin) / 160, 0.0, 1.0)
            yield f"a rise of {rise} from {begin} on", with_tags(run_of(level * noise(400, 0.004)), kl_weight=ramp)
    up = (1.1 + 3 * np.exp(-AT / 12) + 0.8 * ramp) * noise(400, 0.01)
    for first in (0.0, 0.4, 0.55, 1.0):
        yield f"a weight from {first} to 1", with_tags(run_of(up), beta=first + (1 - first) * ramp)
    for back in (0.0, 0.04, 0.07, 0.3):
        turned = ramp - back * np.clip((AT - 250) / 100, 0.0, 1.0)
        yield f"a weight that goes back by {back}", with_tags(run_of(up), beta=turned)
    for tag in ("kl_weight", "loss_scale", "mask_ratio", "difficulty", "adam_beta", "teacher_forcing"):
        yield f"named {tag}", with_tags(run_of(up), **{tag: 1 - 0.9 * ramp})
    yield "two of it", with_tags(run_of(up), beta=ramp, mask_ratio=ramp)
    yield "a weight of zero", with_tags(run_of(up), beta=0 * ramp)


def course() -> Named:
    for first in (0, 40, 500, 3000, 3900, 4200, 50_000):
        yield f"from step {first} on", moved(run_of(0.8 * noise(400, 0.02)), first)
        yield f"falling from step {first} on", moved(run_of(fall()), first, 3)
    for rise in (0.02, 0.028, 0.032, 0.05, 0.1, 0.23, 0.27, 0.6):
        level = 1 + rise * AT / 400
        yield f"creeps up by {rise}", run_of(level * noise(400, 0.002))
        yield f"creeps up by {rise} in noise", run_of(level * noise(400, 0.1))
        yield f"five points that creep up by {rise}", run_of(1 + rise * np.arange(5) / 4)
        yield f"eight points that creep up by {rise}", run_of(1 + rise * np.arange(8) / 7)
    for late in (0.0, 0.005, 0.02, 0.06, 0.09, 0.11, 0.3):
        level = np.interp(AT, [0, 180, 200, 399], [2.5, 1.0 + late, 1.0 + late, 1.0])
        for sigma in (0.002, 0.02, 0.1):
            yield f"{late} to come at half time in noise of {sigma}", run_of(level * noise(400, sigma))
        for rate, end in ((1e-3, 0.05), (1e-3, 0.2), (1e-2, 0.05), (1e-7, 0.05)):
            lr = rate * np.linspace(1, end, 400)
            yield f"{late} to come, the rate {rate} down to {end}", run_of(level * noise(400, 0.02), lr=lr)
    for floor in (0.2, 0.7, 0.8):
        level = np.interp(AT, [0, 180, 399], [2.5, 2.5 * floor * 1.04, 2.5 * floor])
        lr = 1e-3 * np.linspace(1, 0.02, 400)
        yield f"settled at {floor} of its start", run_of(level * noise(400, 0.002), lr=lr)
    for points in (12, 20, 39, 41):
        for size in (0.3, 0.5, 1.0):
            jumps = np.where(np.arange(points) % 4 == 1, 1 + size, 1.0)
            yield f"{points} points of which one in four is up by {size}", run_of(np.linspace(2, 1, points) * jumps)


def scatter() -> Named:
    for gained in (0.01, 0.05, 0.1, 0.28, 0.32, 0.5):
        for sigma in (0.003, 0.05, 0.4):
            level = 2.5 * (1 - gained * AT / 400)
            yield f"gains {gained} in noise of {sigma}", run_of(level * noise(400, sigma), lr=3e-3)
    for rate in (None, 1e-5, 2.9e-4, 3.1e-4, 1e-2):
        for sigma in (0.05, 0.18, 0.22, 0.6):
            yield f"scatters by {sigma} at a rate of {rate}", run_of(1.7 * noise(400, sigma), lr=rate)
    for points in (2, 3, 5, 6, 8, 9, 11, 12, 13):
        yield f"{points} points that fall", run_of(np.linspace(2.0, 1.2, points))
        yield f"{points} points that stand still", run_of(1.37 * noise(points, 0.001))
        yield f"{points} points at ln 10", run_of(np.full(points, np.log(10)))


def chance() -> Named:
    for classes in (2, 10, 21, 100, 1000, 32_000):
        for off in (0.0, 0.008, 0.012, 0.03):
            yield f"at ln {classes}, {off} off", run_of((1 + off) * np.log(classes) * noise(400, 0.004))
        yield f"back at ln {classes}", run_of(np.log(classes) * np.interp(AT, [0, 100, 150, 151], [1, 0.4, 0.4, 1]))
        begun = np.interp(AT, [0, 8], [1.3, 1.0])
        yield f"from above to ln {classes}", run_of(np.log(classes) * begun * noise(400, 0.003))
    for classes in (37, 5000):
        run = run_of(np.log(classes) * noise(400, 0.004))
        yield f"at ln {classes}, which the settings name", replace(run, config={"model.num_classes": classes})
        yield f"at ln {classes}, which they name as a word", replace(run, config={"num_classes": str(classes)})
    for low in (0.5, 0.83, 0.87, 0.95):
        level = np.interp(AT, [0, 100, 200, 201], [1, low, low, 1])
        yield f"down to {low} of ln 10 and back", run_of(np.log(10) * level * noise(400, 0.002))
    for high in (1.5, 1.9, 2.1, 6.0):
        level = np.interp(AT, [0, 20, 60, 80], [1, high, high, 1])
        yield f"up to {high} of ln 10 and back", run_of(np.log(10) * level * noise(400, 0.002))
    for sigma in (0.01, 0.025, 0.035, 0.06):
        yield f"about ln 10 in noise of {sigma}", run_of(np.log(10) * noise(400, sigma))
    for val in (0.5, 0.96, 0.98, 1.0):
        yield (
            f"at ln 10 with a validation at {val} of it",
            run_of(np.log(10) * noise(400, 0.002), val_loss=np.full(400, val * np.log(10))),
        )


def still() -> Named:
    for top in (87.3365, 27.631, 16.1181, 16.3):
        for level in (0.5, 0.79, 0.82):
            loss = np.append([top], level * top * noise(399, 0.0005))
            yield f"from {top} to {level} of it", run_of(loss)
    for scatter in (0.002, 0.004, 0.008):
        for begins in (0.98, 1.0, 1.15, 1.25):
            yield f"still by {scatter} from {begins} on", run_of(np.append([1.37 * begins], 1.37 * noise(60, scatter)))
    for slope in (1e-4, 1e-3, 5e-3):
        yield f"still but for {slope}", run_of(1.37 * (1 - slope * np.arange(60) / 60))
        yield f"still at 0.5 but for {slope}", run_of(0.5 * (1 - slope * np.arange(60) / 60))
    for steps in (20, 31, 40):
        run = run_of(np.full(steps, np.log(10)), val_loss=np.full(steps, np.log(10)))
        sparse = tuple(replace(one, steps=one.steps[::5], values=one.values[::5]) if one.tag == "val_loss" else one
                       for one in run.series)  # fmt: skip
        yield f"the first {steps} steps", replace(run, series=sparse)


def ruin() -> Named:
    for times in (1.15, 1.22, 1.28, 1.45, 1.55, 3.0, 1e4, 1e16):
        for points in (3, 8, 11, 12, 60, 400):
            share = np.linspace(0, 1, points)
            loss = 2.3 * np.interp(share, [0, 0.3, 0.6, 1], [1, 0.9, times, times])
            yield f"{points} points that end at {times} times the start", run_of(loss * noise(points, 0.005))
    for low in (0.1, 0.5, 0.9):
        for lost in (0.04, 0.08, 0.12, 0.17, 0.23, 0.27, 0.5, 0.9):
            gain = 2.5 * (1 - low)
            stays = np.interp(AT, [0, 150, 200, 250], [2.5, 2.5 * low, 2.5 * low, 2.5 * low + lost * gain])
            yield f"gives {lost} of a gain to {low} back", run_of(stays * noise(400, 0.004))
            at_once = np.interp(AT, [0, 150, 299, 300], [2.5, 2.5 * low, 2.5 * low, 2.5 * low + lost * gain])
            yield f"gives {lost} of a gain to {low} back at once", run_of(at_once * noise(400, 0.004))
            creeps = np.interp(AT, [0, 100, 399], [2.5, 2.5 * low, 2.5 * low + lost * gain])
            yield f"creeps back by {lost} of a gain to {low}", run_of(creeps * noise(400, 0.004))
    for level in (0.01, 0.05, 0.2):
        for times in (1.3, 1.45, 1.6, 3.0, 8.0):
            up = np.interp(AT, [0, 150, 200, 250], [2.5, level, level, level * times])
            yield f"at {level} and then {times} times that", run_of(up * noise(400, 0.004))
    for high in (1.1, 1.18, 1.25, 4.0):
        stuck = np.where(AT < 150, 2.5 * (1 - AT / 400), 2.5 * high)
        yield f"jumps to {high} times its start and stays", run_of(stuck)
        yield f"jumps to {high} times its start and wobbles", run_of(stuck * noise(400, 0.015))
        yield f"eight points that jump to {high}", run_of(np.array([2.5, 2.0, 1.6] + [2.5 * high] * 5))
    for rise in (0.03, 0.06, 0.2, 1.0):
        for stands in (0.4, 0.53, 0.57, 0.8, 0.98):
            curve = 2.5 * np.interp(AT, [0, 10, 25, 90, 399], [1, 0.9, 0.9 + rise, stands, stands])
            yield f"up by {rise} early, then at {stands} of its start", run_of(curve * noise(400, 0.004))
    for count in (2, 3, 4, 8):
        for times in (1.8, 2.2, 6.0):
            climb = np.geomspace(1, times, count + 1)[1:]
            yield f"{count} last points climb to {times}", run_of(np.append(fall(200), 0.5 * climb))
            yield (
                f"{count} last points of ten climb to {times}",
                run_of(np.append(np.linspace(2, 1, 10 - count), climb)),
            )


def numbers() -> Named:
    for count in (1, 2, 3, 30):
        for lead in (0.0, 0.3, 2.0, 30.0):
            loss = fall(200)
            loss[-12:] += lead * np.linspace(0, 1, 12)
            loss = np.append(loss, np.full(count, np.nan))
            yield f"{count} NaN after a climb of {lead}", run_of(loss)
            short = np.append([2.0, 1.0, 1.0 + lead / 2, 1.0 + lead], np.full(count, np.inf))
            yield f"{count} infinite after four points and a climb of {lead}", run_of(short)
        scattered = fall(200)
        scattered[20 : 20 + 5 * count : 5] = np.nan
        yield f"{count} NaN on the way", run_of(scattered)
        ends = np.append(fall(200), np.zeros(count))
        yield f"{count} zeros at the end", run_of(ends)
        yield f"{count} lost at once", run_of(np.append([2.3], np.full(count, np.nan)))
        grad = noise(200, 0.2)
        grad[50 : 50 + 3 * count] = np.inf
        yield f"{3 * count} norms of 200 infinite", run_of(fall(200), grad_norm=grad)
        yield (
            f"{count} overflows",
            replace(
                run_of(fall(200)), events=tuple(told("overflow", 9 * at, "Gradient overflow") for at in range(count))
            ),
        )
        least = "Gradient overflow. Skipping step, reducing loss scale to 1.0. Minimum loss scale reached (0.0001)"
        yield (
            f"{count} overflows at the least scale",
            replace(run_of(fall(200)), events=tuple(told("overflow", 9 * at, least) for at in range(count))),
        )
    kinds: tuple[EventKind, ...] = ("nan_stop", "diverged", "resumed", "checkpoint_loaded", "started")
    for kind in kinds:
        yield f"the words of {kind}", replace(run_of(fall(200)), events=(told(kind, 150, "so it says"),))
    for end in (0.0, 0.5, 1.0, 2.0):
        for top in (16.0, 40.0, 65_536.0):
            scale = np.geomspace(top, max(end, 1e-3), 200)
            scale[-1] = end
            yield f"a scale from {top} to {end}", with_tags(run_of(fall(200)), loss_scale=scale)
    broken = np.append(np.ones(150), np.full(50, np.nan))
    for whole in (0, 1, 2):
        columns = {f"loss_{name}": np.ones(200) for name in ("box", "cls")[:whole]}
        lost = np.append(fall(150), np.full(50, np.nan))
        yield f"one part lost and {whole} whole", with_tags(run_of(lost), loss_mask=broken, **columns)
    val = np.append(np.linspace(2, 1, 150), np.full(50, np.nan))
    yield "a validation that ends in NaN", run_of(fall(200), val_loss=val)


def schedule() -> Named:
    level = fall()
    for warmup in (20, 180, 240, 330, 380, 500):
        for top in (0.7, 0.85, 1.0):
            lr = 1e-3 * np.minimum(1.0, (AT + 1) / warmup)
            lr = np.where(min(warmup, 390) < AT, 1e-3 * top, lr)
            yield f"a warm-up of {warmup} and then {top}", run_of(level, lr=lr)
    for end in (0.0, 1e-4, 2e-3, 0.02, 0.2):
        for at in (100, 200, 300, 390):
            lr = 1e-3 * np.interp(AT, [0, at], [1, end])
            yield f"down to {end} by {at}", run_of(level, lr=lr)
            falling = (2.5 - AT / 400) * noise(400, 0.004)
            yield f"down to {end} by {at} while the loss falls", run_of(falling, lr=lr)
    for times in (0.1, 0.5, 0.9, 1.2, 2.0, 10.0):
        for hurt in (0.0, 0.1, 0.4, 2.0):
            lr = np.where(AT >= 200, times, 1.0) * 1e-3 * np.linspace(1, 0.5, 400)
            yield (
                f"{times} times the rate and {hurt} more loss",
                run_of((level + np.where(AT >= 200, hurt, 0)) * noise(400, 0.004), lr=lr),
            )
    cosine = 1e-3 * 0.5 * (1 + np.cos(np.pi * AT / 400))
    for back in (100, 200, 300, 380):
        lr = np.append(cosine[:back], cosine[: 400 - back])
        yield f"its start again at {back}", run_of(level, lr=lr)
        rewind = Rewind(resumed_at=back, last_step=back + 20, rewritten=21, how="step went back")
        yield f"its start again at {back}, resumed", replace(run_of(level, lr=lr), rewinds=(rewind,))
    for stairs in (2, 3, 5, 20):
        lr = 1e-3 * np.minimum(1.0, (1 + AT * stairs // 200) / stairs)
        yield f"a warm-up in {stairs} stairs", run_of(level, lr=lr)
    for points in (5, 8, 12, 20):
        for left in (1, 2, 3, points // 2):
            lr = np.where(np.arange(points) < points - left, 1e-3, 1e-7)
            yield f"{points} points of which the last {left} have no rate", run_of(fall(points), lr=lr)
    yield "a rate of zero", run_of(level, lr=0.0)
    yield "no rate", run_of(level, lr=None)
    yield "five cycles", run_of(level, lr=1e-3 * (1 + np.abs((AT % 80) / 40 - 1)))


def joins() -> Named:
    def back(step: int, how: str = "step went back") -> tuple[Rewind, ...]:
        return (Rewind(resumed_at=step, last_step=step + 20, rewritten=21, how=how),)

    for at in (2, 3, 5, 200, 390, 396, 398):
        yield f"resumed at {at}", replace(run_of(fall()), rewinds=back(at))
    for up in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.4, 2.0):
        for heals in (5, 40, 1e9):
            loss = fall()
            loss[200:] += up * np.exp(-np.arange(200) / heals)
            yield f"up by {up} for {heals:g}, resumed", replace(run_of(loss), rewinds=back(200))
            yield f"up by {up} for {heals:g}", run_of(loss)
            words = (told("resumed", 199, "Resuming from last.pt"),)
            yield f"up by {up} for {heals:g}, in words", replace(run_of(loss), events=words)
            cut = np.where(AT < 200, 1e-3, 6e-4)
            yield f"up by {up} for {heals:g}, where the rate is cut", run_of(loss, lr=cut)
    for ratio in (1.2, 1.4, 1.9, 2.1, 8.0):
        loss, grad = fall(), noise(400, 0.05, 3)
        grad[200:] *= ratio
        loss[200:] += 0.3
        yield f"the norm times {ratio}", run_of(loss, grad_norm=grad)
        yield f"the norm times {ratio}, resumed", replace(run_of(fall(), grad_norm=grad), rewinds=back(200))
    once = fall(400, sigma=0.004)
    for at in (100, 130, 200, 300):
        for share in (0.4, 0.65, 0.9, 1.0):
            loss = once.copy()
            loss[at:] = once[at] + share * (once[: 400 - at] - once[at])
            yield f"begins anew at {at} with {share} of its start", run_of(loss)
            counted = back(at, "counter restarted")
            yield f"begins anew at {at} with {share}, and the counter too", replace(run_of(loss), rewinds=counted)
    for count in (2, 3, 4, 7):
        for uneven in (0, 1, 5, 20):
            size = 400 // count
            lengths = [size + (uneven if number % 2 else 0) for number in range(count)]
            loss = np.concatenate([fall(length, seed=seed, pace=5) for seed, length in enumerate(lengths)])
            yield f"{count} trainings of lengths {uneven} apart", run_of(loss)
    for apart in (0.02, 0.05, 0.1, 0.4):
        yield f"two curves {apart} apart", run_of(np.where(AT % 2, 1.0, 1 + apart) * noise(400, 0.01))


def validation() -> Named:
    at = np.linspace(0, 399, 30).astype(int)
    x = at / 400

    def beside(val: FloatArray, train: FloatArray | None = None) -> Run:
        run = run_of(fall() if train is None else train, val_loss=np.ones(400))
        series = (
            replace(one, steps=at[: len(val)], values=val) if one.tag == "val_loss" else one for one in run.series
        )
        return replace(run, series=tuple(series))

    for rise in (0.01, 0.03, 0.06, 0.12, 0.3, 1.0):
        for turn in (0.1, 0.5, 0.9):
            val = np.where(x < turn, 2.5 - 1.5 * x / turn, 1.0 + rise * (x - turn) / (1 - turn))
            for sigma in (0.001, 0.03):
                yield f"rises by {rise} from {turn} on in noise of {sigma}", beside(val * noise(30, sigma))
            yield f"rises by {rise} from {turn} on beside a flat loss", beside(val, noise(400, 0.01))
    for gained in (0.01, 0.03, 0.1, 0.5):
        for sigma in (0.004, 0.02, 0.04, 0.08):
            falls = (2.5 - 2.5 * gained * x) * noise(30, sigma)
            yield f"falls by {gained} in noise of {sigma}", beside(falls)
    for points in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20):
        for low in sorted({0, 1, 2, points // 2, points - 4, points - 3, points - 2, points - 1} & set(range(points))):
            val = (
                np.interp(np.arange(points), [0, low, points - 1], [2.0, 1.0, 1.5])
                if low
                else np.linspace(1, 1.5, points)
            )
            yield f"{points} validations, the lowest at {low}", beside(val)
            val[low // 2] += 0.4
            yield f"{points} validations, the lowest at {low}, with a hill", beside(val)
    for hill in (0.05, 0.2, 0.5):
        for end in (0.9, 0.99, 1.01):
            val = np.interp(x, [0, 0.3, 0.5, 1], [2.5, 1.0, 1 + hill, end])
            yield f"a hill of {hill} and an end at {end}", beside(val * noise(30, 0.003))
    for points in (2, 3, 4, 5, 6, 9):
        yield f"{points} validations", beside(np.append([2.0, 1.0], np.linspace(1.1, 1.6, points))[:points])
    yield "below zero", beside(-1 - x)


def lengths() -> Named:
    """One training logged at more and more points, on both sides of the numbers of points that measures ask for."""
    for points in POINTS:
        at = np.arange(points) / points
        lr = 1e-3 * np.minimum(1, (at + 0.01) * 12) * (1 - 0.9 * at)
        norm, val = noise(points, 0.3, 5), (0.4 + 2 * np.exp(-5 * at) + 0.3 * at) * noise(points, 0.01, 7)
        loss = (0.3 + 2 * np.exp(-6 * at) + 0.05 * np.cos(40 * at)) * noise(points, 0.02, points)
        loss[2 * points // 3] *= 1.8
        run = run_of(loss, lr=lr, grad_norm=norm, val_loss=val)
        yield f"{points} points of all", run
        few = slice(points // 10, None, max(1, points // 12))
        sparse = tuple(replace(one, steps=one.steps[few], values=one.values[few]) if one.tag == "val_loss" else one
                       for one in run.series)  # fmt: skip
        yield f"{points} points and {len(sparse[-1])} validations", replace(run, series=sparse)
    for count in (2, 3, 4, 7, 8, 9, 11, 12, 40):
        run = run_of(fall(), grad_norm=noise(400, 0.3, 5), lr=1e-3 * np.linspace(1, 0.1, 400))
        every = slice(0, 400 // count * count, 400 // count)
        for tag in ("grad_norm", "lr"):
            sparse = tuple(replace(one, steps=one.steps[every], values=one.values[every]) if one.tag == tag else one
                           for one in run.series)  # fmt: skip
            yield f"{count} points of {tag}", replace(run, series=sparse)


def in_other_units() -> Named:
    """Some of the others, as losses far below one, below zero and far above one, and on other steps: what is compared
    with zero is not to be compared with one."""
    others = [(f"{family}, {name}", run) for family, runs in FAMILIES.items() for name, run in runs()]
    for factor, off, first in ((0.02, 0.0, 0), (0.2, -3.0, 7), (900.0, 0.0, 23), (0.3, -0.2, 47)):
        for name, run in others[first::50]:
            losses = {choice.series for choice in run.roles if choice.role in ("train_loss", "val_loss")}
            yield f"{name}, times {factor} and {off:+}", replace(run, series=tuple(
                replace(one, values=one.values * factor + off) if one.tag in losses else one for one in run.series
            ))  # fmt: skip
    for name, run in others[11::60]:
        yield f"{name}, every 25 steps", moved(run, 25, 25)


FAMILIES: dict[str, Callable[[], Named]] = {
    one.__name__: one
    for one in (
        lengths,
        range_test,
        objective,
        course,
        scatter,
        chance,
        still,
        ruin,
        numbers,
        schedule,
        joins,
        validation,
    )
}
PLANTED = {
    name: partial(in_single_precision, runs)
    for name, runs in {**FAMILIES, in_other_units.__name__: in_other_units}.items()
}
"""What the runs are about -> the runs."""
