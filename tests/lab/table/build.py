"""The evidence of every run of the lab as one small table: `python -m tests.lab.table`.

Each run is logged once in a style drawn at random (`own`), some a second time at a tenth of the points (`thin10`,
`mean10`), because real logs come at all intervals; these are judged. One more style of each (`more`) is for fitting
alone. The table is all that fitting needs; it lies beside the curves, outside the repository, and its fingerprint
stands in `weights.json`. A sample of it (`--sample`, every task in it) stays for the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import lzma
import math
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.advice.decide import never_jumped, scatters
from loglens.advice.features import MEASURES, gather
from loglens.advice.finding_features import FOUND, found
from loglens.detectors.limits import configured
from loglens.detectors.running import detected
from loglens.model.finding import Broke, Finding
from loglens.model.kinds import KINDS
from loglens.model.run import Run
from loglens.model.settings import Options
from loglens.signals.core import Signals
from loglens.signals.scaled import read
from tests.lab.evaluate.baselines import ALARMS, SPIKES
from tests.lab.table.labels import stands_out
from tests.lab.table.logs import Curve, Style, coarser, draw_style, to_run
from tests.lab.trainings.store import CACHE, Truth, load

TABLE = CACHE / "evidence.npz.xz"
SAMPLE = Path(__file__).with_name("sample.npz.xz")
SAMPLE_ROWS = 2_200
NAMES = tuple(one.name for one in MEASURES)
FOUND_NAMES = tuple(f"{FOUND}{kind}" for kind in KINDS)
FORMERLY = {f"rhythm_{part}": f"period_{part}" for part in ("share", "at_epoch", "amplitude")}
"""Names of features in a table that was made before they had their present ones."""
CAPS = {"healthy": 14, "lr_too_low": 10, "lr_too_high": 10, "warmup_too_short": 12, "resume_discontinuity": 5}
"""Runs of one cause that a stack (a task with an optimizer) gives at most, 7 where nothing is said."""
SPARED_BITS = 4
"""Of the ten bits of a half's fraction these are not kept."""
JUDGED = ("own", "thin10", "mean10")
LEAST_IN_PASS = 3
"""Logged points a pass over sorted data has to hold: with fewer, its order is not in the log."""
COARSE_SHARE = 0.4
LEAST_POINTS = 30
SPIKE_NEAR = 3
"""Steps by which a spike may miss the corrupted batch."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """`values` (n, e): NaN where the log cannot tell; `found` (n, k): how much each kind of finding weighs, 0 where
    there is none, and in rows that are for fitting alone; `rows`: what is true of each log, with its style."""

    values: NDArray[np.float64]
    found: NDArray[np.int8]
    rows: tuple[dict[str, Any], ...]

    @property
    def judged(self) -> NDArray[np.bool_]:
        """(n,) the rows that are judged; the others are for fitting alone."""
        return np.array([row["copy"] in JUDGED for row in self.rows])

    def of(self, keep: NDArray[np.bool_]) -> Table:
        rows = tuple(row for row, used in zip(self.rows, keep, strict=True) if used)
        return Table(self.values[keep], self.found[keep], rows)

    def column(self, name: str) -> NDArray[Any]:
        return np.array([row[name] for row in self.rows])


def load_table(path: Path = TABLE) -> Table:
    """The table in a file. Ends the program with the next step where there is none."""
    if not path.is_file():
        raise SystemExit(f"there is no {path}: `python -m tests.lab.trainings` and `python -m tests.lab.table` make it")
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False) as arrays:
        names, kinds = json.loads(str(arrays["names"])), json.loads(str(arrays["found_names"]))
        names = [FORMERLY.get(name, name) for name in names]
        values = arrays["values"][[names.index(name) for name in NAMES]]
        nowhere = np.zeros_like(arrays["found"][0])  # a kind that was added since the table was made
        levels = np.stack([arrays["found"][kinds.index(k)] if k in kinds else nowhere for k in FOUND_NAMES])
        facts = json.loads(bytes(arrays["rows"]).decode())
    rows = tuple(dict(zip(facts, row, strict=True)) for row in zip(*facts.values(), strict=True))
    return Table(values.T.astype(np.float64), levels.T, rows)


def save_table(table: Table, path: Path = TABLE) -> None:
    """Column after column, which packs best; a fact only some rows have is null in the others."""
    known = dict.fromkeys(name for row in table.rows for name in row)
    facts = {name: [row.get(name) for row in table.rows] for name in known}
    rows = np.frombuffer(json.dumps(facts, separators=(",", ":")).encode(), dtype=np.uint8)
    values = np.clip(table.values.T, -6e4, 6e4).astype(np.float16)
    packed = io.BytesIO()
    np.savez(
        packed,
        values=_rounded(values), found=table.found.T, rows=rows,
        names=np.array(json.dumps(NAMES)), found_names=np.array(json.dumps(FOUND_NAMES)),
    )  # fmt: skip
    path.write_bytes(lzma.compress(packed.getvalue()))


def fingerprint(path: Path) -> str:
    """What tells this table from any other: SHA-256 of its file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sampled(table: Table, rows: int = SAMPLE_ROWS) -> Table:
    """Some rows of every task and cause, evenly drawn from their order; the same each time."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(table.rows):
        groups.setdefault((row["task"], row["cause"]), []).append(place)
    share = rows / len(table.rows)
    keep = np.zeros(len(table.rows), dtype=bool)
    for places in groups.values():
        count = max(1, round(share * len(places)))
        keep[[places[at * len(places) // count] for at in range(count)]] = True
    return table.of(keep)


def _rounded(values: NDArray[np.float16]) -> NDArray[np.float16]:
    """The numbers to within a hundredth: no curve of points bends that sharply; the file is a third smaller."""
    bits = values.view(np.uint16)
    kept = ((bits.astype(np.uint32) + (1 << SPARED_BITS - 1)) >> SPARED_BITS << SPARED_BITS).astype(np.uint16)
    return np.where(np.isfinite(values), kept, bits).view(np.float16)


def chosen(path: Path) -> Iterator[tuple[str, Truth, Curve]]:
    """At most `CAPS` runs of a cause from one stack, the first ones: they are in random order of strength."""
    seen: Counter[str] = Counter()
    for number, (truth, curve) in enumerate(load(path)):
        seen[truth["cause"]] += certain(truth, curve)
        if certain(truth, curve) and seen[truth["cause"]] <= CAPS.get(truth["cause"], 7):
            yield f"{path.stem}/{number}", truth, curve


def certain(truth: Truth, curve: Curve) -> bool:
    """Whether the label stands on the curve alone, too.

    A dead network has gained next to nothing and never blew up. A healthy run is no run that ends in the middle of
    its fall: of such a one nobody can say that the rate was right.
    """
    loss = curve.loss.astype(np.float64)
    if truth["cause"] == "dead_network":
        return (truth.get("regret") or 1.0) > 0.8 and float(np.nanmax(loss)) < 2 * abs(loss[0]) + 1e-9
    if truth["cause"] == "healthy":
        half, end = (
            float(np.mean(loss[int(a * len(loss)) : int(b * len(loss))])) for a, b in ((0.44, 0.56), (0.9, 1.0))
        )
        return half - end < 0.2 * max(float(loss[0]) - end, 1e-12)
    return True


def styles(name: str, steps: int) -> Iterator[tuple[str, Style]]:
    """The styles a run is logged in, its own first; the same every time for the same run."""
    draw = np.random.default_rng(zlib.crc32(name.encode()))
    style = draw_style(draw, steps)
    yield "own", style
    if steps / style.every / 10 >= LEAST_POINTS and draw.random() < COARSE_SHARE:
        mean = bool(draw.random() < 0.5)
        yield ("mean10" if mean else "thin10"), coarser(style, mean=mean)
    yield "more", draw_style(draw, steps)


def row_of(name: str, truth: Truth, kind: str, style: Style) -> dict[str, Any]:
    """The facts a fit and an evaluation need; rates as log2 relative to the run's own."""
    sweep = {math.log2(float(rate) / truth["lr"]): regret for rate, regret in truth["sweep"].items()}
    return {
        "run": name, "copy": kind, "cause": truth["cause"], "accept": truth["accept"], "task": truth["task"],
        "optimizer": truth["optimizer"], "schedule": truth["schedule"], "every": style.every, "mean": style.mean,
        "has": [style.has_lr, style.has_grad_norm, style.has_val], "log2_lr": round(math.log2(truth["lr"]), 3),
        "from": round(min(sweep)), "regrets": [sweep[key] for key in sorted(sweep)],
    }  # fmt: skip


def batches_that_show(run: Run, truth: Truth) -> list[int]:
    """The corrupted batches, by step, that are in the log at all: a thinned log may have left one out, a long mean may
    hide it."""
    loss = run.series[0]
    gain = truth.get("gain") or 0.0
    near = [(step, int(np.searchsorted(loss.steps, step))) for step in truth["at"]]
    return [step for step, at in near if stands_out(loss.values, at, scale=0.5 * gain)]


def fault_shows(run: Run, truth: Truth, style: Style) -> bool:
    """Whether the log holds what the label rests on."""
    match truth["cause"]:
        case "bad_data":
            return bool(batches_that_show(run, truth))
        case "data_order":
            return bool(truth["period"] >= LEAST_IN_PASS * style.every)
        case _:
            return True


def rules_on(run: Run, truth: Truth) -> dict[str, Any]:
    """What the textbook rules say: which fire, and for corrupted batches (said, right, found, true) of each."""
    loss = run.series[0]
    finite = loss.values[loss.finite]
    out: dict[str, Any] = {"rules": [int(rule(finite)) for rule in ALARMS.values()]}
    if truth["cause"] == "bad_data":
        steps, true = loss.steps[loss.finite], np.array(truth["at"])
        out["spikes"] = []
        for rule in SPIKES.values():
            said = steps[rule(finite)]
            near = np.abs(said[:, None] - true[None, :]) <= SPIKE_NEAR
            out["spikes"].append([len(said), int(near.any(1).sum()), int(near.any(0).sum()), len(true)])
    return out


def findings_in(signals: Signals) -> tuple[Finding, ...]:
    """What the detectors find, as the program asks them; none of them may break."""
    outcomes, findings = detected(signals, configured(Options()))
    for one in outcomes:
        if isinstance(one, Broke):
            raise RuntimeError(f"{one.detector}: {one.error}")
    return findings


Row = tuple[list[float], list[float], dict[str, Any]]


def row_from(name: str, truth: Truth, kind: str, style: Style, run: Run) -> Row | None:
    """Evidence, findings and facts of one log; None where too few of its losses are finite."""
    if not np.isfinite(run.series[0].values).any():
        return None
    signals = Signals(run)
    reading = read(signals)
    if reading is None:
        return None
    numbers, findings = gather(reading), findings_in(signals) if kind in JUDGED else ()
    values = [math.nan if (number := numbers[one]) is None else number for one in NAMES]
    levels = found(findings)
    peak, planned = signals.schedule.peak_lr, signals.planned_peak_lr
    known = {
        "never_jumped": int(never_jumped(signals, numbers["jump_ratio"])),
        "scatters": int(scatters(reading, findings)),
        "planned": round(math.log2(planned / peak), 2) if peak and planned and signals.lr is not None else 0,
    }
    facts = row_of(name, truth, kind, style) | known | rules_on(run, truth)
    return values, [levels.get(one, 0.0) for one in FOUND_NAMES], facts


def rows_of(path: Path) -> list[Row]:
    """The evidence, the findings and the facts of every log of one stack."""
    warnings.simplefilter("error")
    out = []
    for name, truth, curve in chosen(path):
        for kind, style in styles(name, truth["steps"]):
            run = to_run(curve, style)
            if fault_shows(run, truth, style) and (row := row_from(name, truth, kind, style, run)) is not None:
                out.append(row)
    return out


def build_table(folder: Path = CACHE, *, jobs: int = 2) -> Table:
    paths = [path for path in sorted(folder.glob("*.npz")) if not path.name.endswith(".part.npz")]
    with ProcessPoolExecutor(jobs) as pool:
        rows = [row for part in pool.map(rows_of, paths) for row in part]
    values, levels, facts = zip(*rows, strict=True)
    return Table(np.array(values, dtype=np.float64), np.array(levels, dtype=np.int8), facts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", type=Path, default=CACHE)
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--sample", action="store_true", help="draw the tests' sample from the table that is there")
    options = parser.parse_args()
    if options.sample:
        save_table(sampled(load_table(options.out)), SAMPLE)
        return
    table = build_table(options.lab)
    save_table(table, options.out)
    print(f"{len(table.rows)} rows of {len(NAMES)} numbers, {options.out.stat().st_size / 1e6:.2f} MB")
    print(dict(Counter(row["cause"] for row in table.rows)))


if __name__ == "__main__":
    main()
