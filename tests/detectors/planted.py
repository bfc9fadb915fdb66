"""Runs in which one thing is planted in growing strength, across the limits of the detector that is to see it.

Each detector has a table of what it says of its runs (`planted/*.txt`): a line a finding, with everything a report
shows of it. `pytest tests/detectors/test_planted.py --rewrite-goldens` writes the tables anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from loglens.errors import NotJudgeable
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Rewind, RewrittenPoints, RoleChoice, Run, Series
from loglens.signals.core import Signals
from tests.factories import diverging, falling, healthy, lr_curve, make_run, windowed, with_spikes

Named = Iterator[tuple[str, Run]]


def noise(points: int, sigma: float = 0.03, seed: int = 0) -> FloatArray:
    return np.exp(sigma * np.random.default_rng(seed).standard_normal(points))


def with_tags(run: Run, **tags: FloatArray) -> Run:
    """The run with further series, which have no role unless their name is one."""
    more = [Series(tag=tag, steps=run.series[0].steps, values=values) for tag, values in tags.items()]
    roles = tuple(RoleChoice(role=tag, series=tag) for tag in tags if tag == "skipped_or_nan_steps")
    return Run(name=run.name, source=run.source, format=run.format, series=(*run.series, *more),
               roles=(*run.roles, *roles))  # fmt: skip


def divergence() -> Named:
    for share in (0.2, 0.24, 0.27, 0.5, 0.58, 0.63, 0.95, 1.3):
        level = np.concatenate((np.linspace(3, 1, 600), np.full(400, 1 + 2 * share)))
        yield f"ends with {share} of its gain lost", make_run({"loss": level * noise(1000)})
    for high in (1.05, 1.2, 2.0, 2.8, 3.3):
        level = np.full(800, 2.3 * high)
        level[:4] = 2.3
        yield f"from 2.3 to {high} times that and never back", make_run({"loss": level * noise(800, 0.01)})
        level[5:60] = 9.0
        level[60:] = 2.4
        yield f"blown up to 9 and back to 2.4, after {high}", make_run({"loss": level * noise(800, 0.01)})
    for at, rate in ((60, 0.05), (900, 0.02), (900, 0.5), (1450, 0.05)):
        yield f"grows from {at} by {rate} a step", diverging(at=at, rate=rate).run
        yield f"grows from {at} by {rate} a step into NaN", diverging(at=at, rate=rate, nan=True).run
        yield f"the same from {at} by {rate} in means of ten", windowed(diverging(at=at, rate=rate).run, 10)
    for cut in (2, 4, 8, 16):
        run = diverging(at=900, rate=0.3).run
        columns = {one.tag: one.values[: 906 + cut] for one in run.series}
        yield f"cut off {cut} points into the climb", make_run(columns)
    for values in ([4.9, 6.0, np.nan], [4.9, 12.0, np.nan], [4.9, 20.0, 30.0, np.nan], [4.9, 3.0, 30.0, np.nan]):
        yield f"{values}", make_run({"loss": np.array(values)})
    for part in (0.7, 0.8, 0.9, 1.0):
        lr = lr_curve("restarts", 1200)[: int(1200 * part)]
        level = falling(len(lr)) * (1 + 2.5 * lr / lr.max())
        yield f"{part} of four cycles of the rate", make_run({"loss": level * noise(len(lr)), "lr": lr})
    level = np.concatenate((np.linspace(5, 3, 60), np.full(940, 4.9)))
    warm = make_run({"loss": level * noise(1000, 0.01), "lr": lr_curve("cosine", 1000, warmup=100)})
    yield "in the warm-up", warm
    for points in (7, 8, 20):
        yield f"{points} points that double", make_run({"loss": np.append(falling(points - 3), [1.0, 2.0, 4.0])})
    reward = with_tags(make_run({"loss": np.linspace(1e5, 4e5, 100) * noise(100, 0.1)}), mean_reward=np.ones(100))
    yield "the loss of a policy", reward


def gradient() -> Named:
    calm = noise(1000, 0.15)
    for ratio in (5, 7, 9, 15, 60):
        grad = calm.copy()
        grad[500] *= ratio
        yield f"one leap to {ratio} times", make_run({"loss": falling(1000) * noise(1000, 0.01, 2), "grad": grad})
    for count in (4, 5, 12):
        grad = calm.copy()
        grad[200 : 200 + 50 * count : 50] *= 12
        yield f"{count} leaps", make_run({"loss": falling(1000), "grad": grad})
    for lead in (0, 1, 6, 9, 15):
        loss = with_spikes((700,), height=4.0, heal=10.0).run.series[0].values
        grad = noise(1500, 0.15)
        grad[700 - lead : 706] *= 15
        yield f"a leap {lead} steps before the loss", make_run({"loss": loss, "grad": grad})
    for top in (10, 18, 22, 60, 400):
        grown = np.where(np.arange(1000) > 600, np.minimum(top, 1.02 ** (np.arange(1000) - 600.0)), 1.0)
        yield f"climbs to {top} times", make_run({"loss": falling(1000), "grad": calm * grown})
        yield (
            f"climbs to {top} times from a start as high",
            make_run({"loss": falling(1000), "grad": calm * np.where(np.arange(1000) < 100, top, grown)}),
        )
        worse = falling(1000) + np.where(np.arange(1000) > 650, 1.0, 0.0)
        yield f"climbs to {top} times while the loss grows", make_run({"loss": worse, "grad": calm * grown})
    for size in (0.0, 5e-8, 2e-7, 1e-3):
        yield f"a norm of {size}", make_run({"loss": np.full(300, 2.3), "grad": size * noise(300, 0.15)})
    for end in (1e-3, 5e-5, 1e-7):
        dying = noise(600, 0.15) * np.geomspace(1, end, 600)
        for learned in (0.02, 0.04, 0.07):
            loss = 2.3 * np.linspace(1, 1 - learned, 600)
            yield f"dies to {end} with {learned} learned", make_run({"loss": loss, "grad": dying})
    yield "eleven points", make_run({"loss": falling(30), "grad": (np.arange(0, 22, 2), np.ones(11))})


def logging() -> Named:
    for points in (2, 7, 8, 29, 30):
        yield f"{points} points of one value", make_run({"loss": np.full(points, 2.0)})
        yield f"{points} points", make_run({"loss": falling(points) * noise(points)}, interval=5)
    for count in (8, 10, 25, 35):
        values = falling(300) * noise(300)
        values[100 : 100 + count] = values[100]
        yield f"one value {count} times of 300", make_run({"loss": values})
        yield f"one value {count} times of 300, rounded", make_run({"loss": np.round(values, 1)})
    for count in (1, 2, 140, 160):
        values = falling(300) * noise(300)
        values[5 : 5 + 2 * count : 2] = 0.0
        yield f"{count} zeros", make_run({"loss": values})
    for end in (1e-2, 1e-4, 1e-6):
        values = np.geomspace(2, end, 300) * noise(300)
        values[[150, 290]] = 0.0
        yield f"zeros on the way to {end}", make_run({"loss": values})
    for off in (0.0, 5e-6, 5e-5):
        values = falling(300) * noise(300)
        values[-1] = values[:-1].mean() * (1 + off)
        yield f"a last row {off} off the mean", make_run({"loss": values})
    for gap in (15, 19, 22, 300):
        steps = np.concatenate((np.arange(200), np.arange(199 + gap, 399 + gap)))
        yield f"a gap of {gap} steps", make_run({"loss": (steps, falling(400) * noise(400))})
        wide = make_run({"loss": (steps * 4, falling(400) * noise(400))}, live=True)
        yield f"a gap of {4 * gap} steps in a log that is being written", wide
    for odd in (0.3, 0.45, 0.55, 0.9):
        rng = np.random.default_rng(1)
        steps = np.cumsum(np.where(rng.random(400) < odd, rng.integers(20, 60, 400), 10))
        yield f"{odd} of the intervals uneven", make_run({"loss": (steps, falling(400) * noise(400))})
    for points in (150, 180, 205, 500):
        for every in (1, 2, 3):
            val = (np.arange(1, 21) * every, falling(20))
            run = make_run({"loss": falling(points) * noise(points), "val": val})
            yield f"{points} steps beside epochs, one in {every}", run


def loss_spike() -> Named:
    for height in (0.15, 0.3, 0.45, 0.6, 1.0, 3.0):
        yield f"a spike of {height}", with_spikes((700,), height=height).run
        yield f"a spike of {height} that heals in 20 steps", with_spikes((700,), height=height, heal=20).run
        stays = falling(1500) * noise(1500, 0.05)
        stays[900:] += height
        yield f"a step up of {height}", make_run({"loss": stays})
    for high in (1.3, 1.6, 1.9, 2.3, 3.0):
        for lead in (2, 8):
            planted = with_spikes((700,), height=3.0).run
            grad = noise(1500, 0.15, 4)
            grad[700 - lead : 701] *= high
            logged = {one.tag: one.values for one in planted.series}
            yield f"{lead} steps after a norm of {high} times", make_run({**logged, "grad": grad})
    for at in (0, 1, 2, 4, 8, 40, 70, 1496, 1498, 1499):
        yield f"at point {at}", with_spikes((at,), height=4.0).run
        yield f"at point {at}, healing", with_spikes((at,), height=4.0, heal=12).run
    for count in (2, 5, 12, 60):
        places = tuple(range(200, 200 + 20 * count, 20))
        yield f"{count} spikes", with_spikes(places, height=2.5).run
    for every in (5, 10, 11):
        yield f"in means of {every}", windowed(with_spikes((700,), height=6.0, heal=8).run, every)
    for ratio in (1.3, 1.45, 1.6, 3.0):
        run = healthy(0).run
        val = run.series[2].values.copy()
        val[12] *= ratio
        columns = {one.tag: (one.steps, one.values) for one in run.series} | {"val": (run.series[2].steps, val)}
        yield f"a validation of {ratio} times", make_run(columns)
    for back in (1, 2, 5):
        lr = lr_curve("restarts", 1200)
        level = falling(1200) * noise(1200, 0.03)
        level[300 : 300 + 10 * back] += 0.3 * back * np.exp(-np.arange(10 * back) / 10)
        yield f"a restart of the rate with a rise of {0.3 * back:.1f}", make_run({"loss": level, "lr": lr})
    for heights in ((2.0, 2.8), (2.0, 3.4), (2.0, 2.2, 8.0)):
        loss = falling(1500) * noise(1500, 0.05)
        loss[[400 + 200 * at for at in range(len(heights))]] += heights
        yield f"spikes of {heights}", make_run({"loss": loss})
    grown = falling(1500) * noise(1500, 0.03)
    grown[700:720] += np.concatenate((np.geomspace(0.1, 4, 8), np.geomspace(3, 0.05, 12)))
    yield "a spike that rises in eight steps", make_run({"loss": grown})


def lr_jump() -> Named:
    for by in (0.5, 1.3, 2.0, 10.0, 100.0):
        for answer in (0.0, 0.15, 0.3, 1.2):
            lr, loss = lr_curve("cosine", 1500, warmup=50), falling(1500)
            lr[870:] *= by
            loss[870:] += answer
            yield f"by {by}, answered by {answer}", make_run({"loss": loss * noise(1500, 0.04), "lr": lr})
    for at in (200, 870, 1400, 1499):
        lr, loss = lr_curve("constant", 1500), falling(1500) * noise(1500, 0.04)
        lr[at:] *= 10
        yield f"at {at}", make_run({"loss": loss, "lr": lr})
        yield f"at {at}, in means of ten", windowed(make_run({"loss": loss, "lr": lr}), 10)
    lr = lr_curve("linear", 1000, warmup=100)
    yield (
        "back to the start of the warm-up",
        make_run({"loss": falling(1000), "lr": np.concatenate((lr[:600], lr[:400]))}),
    )


def non_finite() -> Named:
    for count in (1, 2, 3, 50):
        values = falling(200)
        values[-count:] = np.nan
        yield f"the last {count}", make_run({"loss": values})
        values = falling(200)
        values[100 : 100 + count] = np.inf
        yield f"{count} in the middle", make_run({"loss": values})
        grad = np.ones(200)
        grad[100 : 100 + count] = np.inf
        yield f"{count} of the gradient", make_run({"loss": falling(200), "grad": grad})
        total = np.where(np.arange(200) >= 60, float(count), 0.0)
        yield f"{count} counted", with_tags(make_run({"loss": falling(200)}), skipped_or_nan_steps=total)
        each = np.zeros(200)
        each[60 : 60 + count] = 1.0
        yield f"{count} counted one by one", with_tags(make_run({"loss": falling(200)}), skipped_or_nan_steps=each)
        zeros = falling(200)
        zeros[-count:] = 0.0
        yield f"{count} zeros at the end", make_run({"loss": zeros})
    scattered = falling(400)
    scattered[[50, 120, 300]] = np.nan
    yield "three far apart", make_run({"loss": scattered})
    yield "after a climb", diverging(at=900, rate=0.3, nan=True).run
    run = diverging(at=900, rate=0.3, nan=True).run
    grad = noise(1500, 0.15)
    grad[890:930] *= 30
    yield "after a climb of the gradient", make_run({**{one.tag: one.values for one in run.series}, "grad": grad})


def oscillation() -> Named:
    at = np.arange(400)
    for size in (0.02, 0.04, 0.06, 0.1, 0.3):
        yield f"flips of {size}", make_run({"loss": (1.0 + size * np.cos(np.pi * at)) * noise(400, 0.05)})
        down = falling(400) * (1 + size * np.cos(np.pi * at))
        yield f"flips of {size} on the way down", make_run({"loss": down * noise(400, 0.05)}, interval=7)
    for points in (24, 31, 40, 60, 100, 200):
        for size in (0.03, 0.06, 0.09, 0.2):
            flips = 1.0 + size * np.cos(np.pi * np.arange(points))
            yield f"{points} points with flips of {size}", make_run({"loss": flips * noise(points, 0.05)})
    for tempo in (150, 300, 600):
        grown = falling(800) + 0.01 * np.exp(np.arange(800) / tempo) * np.cos(np.pi * np.arange(800))
        yield f"flips that grow within {tempo} steps", make_run({"loss": grown * noise(800, 0.003)})
        swings = 1 + 0.02 * np.exp(np.arange(1500) / tempo / 2) * np.sin(2 * np.pi * np.arange(1500) / 37)
        yield f"swings that grow within {2 * tempo} steps", make_run({"loss": falling(1500) * np.abs(swings)})
    for size in (0.02, 0.05, 0.08, 0.3):
        swing = 1.0 + size * np.sin(2 * np.pi * np.arange(1500) / 37)
        yield f"swings of {size}", make_run({"loss": falling(1500) * swing * noise(1500, 0.05)})
    for period in (100, 240, 260):
        swing = 1.0 + 0.3 * np.sin(2 * np.pi * np.arange(1500) / period)
        yield f"a period of {period}", make_run({"loss": falling(1500) * swing * noise(1500, 0.05)})
    for per_epoch in (3.0, 3.9, 4.1, 8.0):
        flips = (1.0 + 0.2 * np.cos(np.pi * at)) * noise(400, 0.02)
        yield f"epochs of {per_epoch}", make_run({"loss": flips, "epoch": at / per_epoch})
    for size in (0.05, 0.09, 0.12, 0.25, 0.5):
        for fall in (1.0, 0.8, 0.4):
            level = 0.7 * np.linspace(1, fall, 20)
            val = level * (1 + size * np.cos(np.pi * np.arange(20)) / 2 * np.linspace(0.8, 1.2, 20))
            run = make_run({"loss": falling(500) * noise(500, 0.02), "val": (np.arange(0, 500, 25), val)})
            yield f"a validation that wobbles by {size} and falls to {fall}", run
    for turns in (2, 3, 4, 6):
        val = np.full(20, 0.7)
        val[3 : 3 + 2 * turns : 2] = 1.0
        yield (
            f"a validation with {turns} tops",
            make_run({"loss": falling(500) * noise(500, 0.02), "val": (np.arange(0, 500, 25), val)}),
        )


def overfitting() -> Named:
    at = np.linspace(40, 1490, 30).astype(int)
    x = at / 1500
    train = falling(1500, floor=0.01) * noise(1500, 0.05)
    for rise in (0.02, 0.04, 0.045, 0.06, 0.1, 0.12, 0.15, 0.4, 0.8, 2.0, 4.0):
        val = np.where(x < 0.3, 2.5 - 1.7 * x / 0.3, 0.8 + rise * (x - 0.3) / 0.7)
        yield f"a rise of {rise}", make_run({"loss": train, "val": (at, val)})
        yield (
            f"a rise of {rise} with a wobble",
            make_run({"loss": train, "val": (at, val + 0.05 * np.random.default_rng(0).standard_normal(30))}),
        )
        yield f"a rise of {rise} from the start", make_run({"loss": train, "val": (at, 0.8 * (1 + rise * x))})
    for points in (3, 4, 5, 9, 10, 12):
        val = np.concatenate(([1.2, 0.8], np.linspace(0.85, 1.4, points - 2)))
        yield (
            f"{points} validations",
            make_run({"loss": train, "val": (np.linspace(50, 1490, points).astype(int), val)}),
        )
    for turn in (24, 26, 27, 28):
        val = np.concatenate((np.linspace(2, 0.8, turn), np.linspace(0.9, 1.6, 30 - turn)))
        yield f"a turn {30 - turn} points before the end", make_run({"loss": train, "val": (at, val)})
    for fall in (0.0, 0.01, 0.05, 0.5):
        still = np.concatenate((np.linspace(2.5, 0.8, 500), np.linspace(0.8, 0.8 * (1 - fall), 1000)))
        val = np.where(x < 0.3, 2.5 - 1.7 * x / 0.3, 0.8 + 0.5 * (x - 0.3) / 0.7)
        yield f"a train loss that falls by {fall}", make_run({"loss": still * noise(1500, 0.01), "val": (at, val)})
    for middle in (0.0, 0.3, 0.6, 1.0):
        val = np.where(x < 0.3, 2.5 - 1.7 * x / 0.3, 0.8)
        val[12::2] += 0.5 * middle
        val[-4:] = 1.2
        yield f"up and down by {middle} after the turn", make_run({"loss": train, "val": (at, val)})
    below = np.where(x < 0.3, -1.0 - 5 * x, -2.5 + 0.6 * (x - 0.3) / 0.7)
    yield "below zero", make_run({"loss": train - 3, "val": (at, below)})


def periodic_pattern() -> Named:
    at = np.arange(1500)
    for size in (0.02, 0.03, 0.05, 0.1, 0.3):
        saw = 1 + size * ((at % 50) / 50 - 0.5)
        loss = falling(1500) * saw * noise(1500, 0.02)
        yield f"a saw of {size}", make_run({"loss": loss})
        yield f"a saw of {size} of the epoch", make_run({"loss": loss, "epoch": at / 50})
        yield f"a saw of {size} of two epochs", make_run({"loss": loss, "epoch": at / 25})
        yield f"a saw of {size} of half an epoch", make_run({"loss": loss, "epoch": at / 100})
    for period in (3, 4, 300, 360, 400):
        saw = 1 + 0.2 * ((at % period) / period - 0.5)
        yield f"every {period} steps", make_run({"loss": falling(1500) * saw * noise(1500, 0.02)}, interval=2)
    for drop in (0.02, 0.05, 0.1, 0.3):
        stairs = (2.0 - drop * (at // 250)) * noise(1500, 0.02)
        yield f"stairs of {drop}", make_run({"loss": stairs, "epoch": at / 250})
        climbing = stairs * (1 + drop * (at % 250) / 400)
        yield f"stairs of {drop} that climb back", make_run({"loss": climbing, "epoch": at / 250})
    for per_epoch in (15, 17, 60, 700, 800):
        halving = np.maximum(0.5 + 2.0 * 0.8 ** (at // per_epoch), 0.5 + 1e-9)
        run = make_run({"loss": halving * noise(1500, 0.005), "epoch": at / per_epoch})
        yield f"stairs every {per_epoch} steps", run
    lr = np.tile(lr_curve("cyclic", 320), 5)
    waves = falling(1600) * (1 + 0.6 * lr / lr.max()) * noise(1600, 0.05)
    yield "the cycle of the rate", make_run({"loss": waves, "lr": lr})


def resume() -> Named:
    back = (Rewind(resumed_at=600, last_step=680, rewritten=81, how="new file"),)
    for height in (0.0, 0.02, 0.035, 0.05, 0.1, 0.5, 1.8):
        for tempo in (25, 4000):
            loss = falling(1000)
            loss[600:] += height * np.exp(-np.arange(400) / tempo)
            loss = loss * noise(1000)
            yield f"a bump of {height} that heals in {tempo}", make_run({"loss": loss}, rewinds=back)
            for seconds in (50, 70, 5000):
                times = np.arange(1000.0)
                times[600:] += seconds
                yield (
                    f"a pause of {seconds} s and a bump of {height} that heals in {tempo}",
                    make_run({"loss": loss}, wall_times=times),
                )
    for ratio in (0.5, 0.7, 1.5, 1.8, 4.0):
        grad = noise(1000, 0.1, 3)
        grad[600:620] *= ratio
        for height in (0.0, 0.035, 0.05):
            loss = (falling(1000) + np.where(np.arange(1000) >= 600, height, 0.0)) * noise(1000)
            yield f"a gradient of {ratio} and a bump of {height}", make_run({"loss": loss, "grad": grad}, rewinds=back)
    old = RewrittenPoints(tag="loss", steps=np.arange(590, 691), values=np.linspace(0.5, 0.9, 101))
    yield "what was rewritten", make_run({"loss": falling(1000) * noise(1000)}, rewinds=back, rewritten=(old,))
    twice = (*back, Rewind(resumed_at=600, last_step=640, rewritten=41, how="new file"))
    yield "twice from one checkpoint", make_run({"loss": falling(1000) * noise(1000)}, rewinds=twice)
    start = (Rewind(resumed_at=0, last_step=680, rewritten=681, how="step went back"),)
    yield "from the very start", make_run({"loss": falling(1000) * noise(1000)}, rewinds=start)
    for at in (2, 3, 996, 998):
        late = (Rewind(resumed_at=at, last_step=at + 50, rewritten=50, how="step went back"),)
        yield f"at step {at}", make_run({"loss": falling(1000) * noise(1000)}, rewinds=late)
    for slow in (1.0, 3.0, 4.0):
        times = np.arange(1000.0) * slow
        times[600:] += 70
        loss = (falling(1000) + np.where(np.arange(1000) >= 600, 0.6, 0.0)) * noise(1000)
        yield f"a pause of 70 s at {slow} s a step", make_run({"loss": loss}, wall_times=times)


def slow_progress() -> Named:
    x = np.linspace(0, 1, 1500)
    for bend in (0.3, 0.5, 0.55, 0.6, 0.7, 0.8, 1.0, 2.0):
        yield f"a fall as the {bend}th power", make_run({"loss": (3.0 - 1.5 * x**bend) * noise(1500, 0.02)})
    for gained in (0.01, 0.018, 0.022, 0.04):
        loss = 4.9 * (1 - gained * x) * noise(1500, 0.001)
        yield f"a fall of {gained} in all", make_run({"loss": loss})
    for points in (19, 20, 60, 400):
        yield f"{points} points of a line", make_run({"loss": np.linspace(3.0, 1.5, points) * noise(points, 0.02)})
    for sigma in (0.05, 0.2, 0.5, 1.0):
        yield f"a line in noise of {sigma}", make_run({"loss": np.linspace(3.0, 1.5, 1500) * noise(1500, sigma)})
    for end in (0.5, 0.68, 0.72, 1.0, 1.38, 1.5):
        lr = np.interp(np.arange(1500), [0, 990, 1455, 1500], [1e-3, 1e-3, end * 1e-3, end * 1e-3])
        run = make_run({"loss": np.linspace(3.0, 1.5, 1500) * noise(1500, 0.02), "lr": lr})
        yield f"a line under a rate that ends at {end}", run
    for warmup in (1200, 1300, 1500):
        lr = np.minimum(1.0, (np.arange(1500) + 1) / warmup) * 1e-3
        yield f"a warm-up of {warmup}", make_run({"loss": np.linspace(3, 1.5, 1500) * noise(1500, 0.02), "lr": lr})
    for top in (3.5, 4.4, 4.6, 6.0):
        level = np.interp(x, [0, 0.1, 0.2, 1], [3.0, top, 3.0, 1.5])
        yield f"a line after a hill of {top}", make_run({"loss": level * noise(1500, 0.02)})


def stagnation() -> Named:
    for flat in (0.5, 0.6931, 1.0986, 2.3026, 2.36, 4.605, 6.9078, 7.2):
        yield f"flat at {flat}", make_run({"loss": flat * noise(600, 0.01)})
        fine = make_run({"loss": flat * np.linspace(1.005, 1, 600) * noise(600, 0.001)})
        yield f"nearly flat at {flat}", fine
    for share in (0.25, 0.32, 0.5, 0.62, 0.68, 0.9):
        n = int(1000 * (1 - share))
        level = np.concatenate((np.linspace(2.5, 1.0, n), np.full(1000 - n, 1.0)))
        yield f"stops for the last {share}", make_run({"loss": level * noise(1000, 0.01)})
        yield (
            f"stops for the last {share} as the rate does",
            make_run({"loss": level * noise(1000, 0.01), "lr": np.where(np.arange(1000) < n, 1e-3, 2e-5)}),
        )
        blown = np.concatenate((np.linspace(2.5, 1.0, n), np.full(1000 - n, 2.3026)))
        yield f"collapses for the last {share}", make_run({"loss": blown * noise(1000, 0.01)})
    for gained in (0.03, 0.045, 0.06, 0.2):
        level = np.concatenate((np.linspace(2.5, 2.5 * (1 - gained), 100), np.full(900, 2.5 * (1 - gained))))
        yield f"gains {gained} and stops", make_run({"loss": level * noise(1000, 0.005)})
        after = np.concatenate((np.full(5, 2.5), np.full(60, 9.0), np.full(935, 2.5 * (1 - gained))))
        yield f"blows up and gains {gained}", make_run({"loss": after * noise(1000, 0.005)})
    for lost in (0.3, 0.45, 0.55, 0.9):
        level = np.concatenate((np.linspace(3, 1, 300), np.full(700, 1 + 2 * lost)))
        yield f"loses {lost} of its gain and stays", make_run({"loss": level * noise(1000, 0.01)})
    for left in (0.01, 0.04, 0.06, 0.3):
        for stop in (300, 340, 380):
            level = np.concatenate((np.linspace(2.5, 1.0, stop), np.full(1000 - stop, 1.0)))
            lr = np.where(np.arange(1000) < stop, 1e-3, left * 1e-3)
            yield f"stops at {stop} with {left} of the rate left", make_run({"loss": level * noise(1000), "lr": lr})
    for power in (0.05, 0.1, 0.2, 0.5):
        yield (
            f"falls as a power of {power}",
            make_run({"loss": (1 + np.arange(3000) / 10.0) ** -power * noise(3000, 0.005)}),
        )
    for fall in (0.0, 0.015, 0.03, 0.2):
        level = np.concatenate((np.linspace(2.5, 1.0, 300), np.full(700, 1.0)))
        val = np.interp(np.arange(0, 1000, 50), [0, 300, 1000], [2.5, 1.2, 1.2 * (1 - fall)])
        yield (
            f"a validation that falls by {fall} meanwhile",
            make_run({"loss": level * noise(1000, 0.01), "val": (np.arange(0, 1000, 50), val)}),
        )
    for points in (9, 10, 30):
        yield (
            f"{points} points that stop",
            make_run({"loss": np.append(np.linspace(2, 1, 3), np.full(points - 3, 1.0))}),
        )


def in_single_precision(runs: Callable[[], Named]) -> Named:
    """The runs with the values that most loggers write. The last digits of a double come out of the processor's own
    vector code: a tie that one of them decides, or a trend of nothing but rounding, would be another on the next
    machine."""
    for name, run in runs():
        series = (replace(one, values=one.values.astype(np.float32).astype(np.float64)) for one in run.series)
        yield name, replace(run, series=tuple(series))


RUNS: dict[str, Callable[[], Named]] = {
    "divergence": divergence,
    "gradient": gradient,
    "logging": logging,
    "loss_spike": loss_spike,
    "lr_jump": lr_jump,
    "non_finite": non_finite,
    "oscillation": oscillation,
    "overfitting": overfitting,
    "periodic_pattern": periodic_pattern,
    "resume": resume,
    "slow_progress": slow_progress,
    "stagnation": stagnation,
}
PLANTED = {detector: partial(in_single_precision, runs) for detector, runs in RUNS.items()}
"""Detector -> the runs that its table is about."""


def some(every: int) -> Iterator[tuple[str, Signals]]:
    """Every so many-th of each detector's runs that can be judged, with its name."""
    for detector, runs in PLANTED.items():
        for name, run in list(runs())[::every]:
            with suppress(NotJudgeable):
                yield f"{detector}: {name}", Signals(run)


def line_of(finding: Finding) -> str:
    """A finding as a line: everything that a report shows of it, numbers to three digits."""
    steps = finding.steps
    peak = "" if finding.peak_step is None else f" peak {finding.peak_step}"
    numbers = "; ".join(f"{one.name} {_short(one.value)}" for one in finding.evidence)
    return (
        f"{finding.kind} {finding.severity} {finding.score:.2f} ({finding.confidence:.2f}) "
        f"{steps.start}-{steps.end}{peak} {finding.lr_phase or '-'} {finding.series}: {finding.summary} [{numbers}]"
    )


def _short(value: float | str | None) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
