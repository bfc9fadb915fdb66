"""How right the what-ifs are: `python -m tests.lab.what_if [CURVES] [SWEEPS]`.

CURVES: a folder of `MODEL/SCHEDULE.csv` (step, lr, loss); SWEEPS: a folder with `logs.tar.xz` and `truth.json`. Both
are taken from `../shared/data` unless given; what is missing is said and left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from tests.lab.what_if import schedules, sweeps
from tests.lab.what_if.places import CURVES, SWEEPS, missing
from tests.lab.what_if.schedules import Scored

BOUNDS = ((1.0, 4.1), (4.1, 10.5), (10.5, 40.5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("curves", type=Path, nargs="?", default=CURVES)
    parser.add_argument("sweeps", type=Path, nargs="?", default=SWEEPS)
    parser.add_argument("--rows", action="store_true", help="every prediction of a final loss")
    options = parser.parse_args()
    for folder, report in ((options.curves, _schedules), (options.sweeps, _sweeps)):
        if missing(folder):
            print(f"left out: {missing(folder)}\n")
        else:
            report(folder, options.rows)


def _schedules(folder: Path, every: bool) -> None:
    models = schedules.curves(folder)
    rows = schedules.scored(models)
    print("| final loss under another schedule | predictions | error | same final loss | share | coverage of 80 % |")
    print("|---|---|---|---|---|---|")
    for model in models:
        _line(f"model {model}, fitted on one curve with a decay", [one for one in rows if one.model == model])
    for source in sorted({one.source for one in rows}):
        _line(f"… fitted on {source}", [one for one in rows if one.source == source])
    _line("… of those that would be drawn", drawn(rows))
    _line("constant rate, decay borrowed, same model", drawn(schedules.borrowed(models, same=True)))
    if len(models) > 1:
        _line("constant rate, decay borrowed, other model", drawn(schedules.borrowed(models, same=False)))
    covered = ", ".join(f"model {model} {share:.2f}" for model, share in schedules.left_out(drawn(rows)).items())
    print(f"\ncoverage with a width chosen on the other models: {covered or 'there is one model only'}\n")
    for one in rows if every else ():
        name = f"{one.model} {one.source} -> {one.target}"
        print(f"{name}: {one.error:+.4f} (naive {one.naive:+.4f}, sd {one.spread:.4f})")


def drawn(rows: list[Scored]) -> list[Scored]:
    return [one for one in rows if one.answered]


def _line(name: str, own: list[Scored]) -> None:
    if not own:
        return
    error, naive = (float(np.mean(np.abs(values))) for values in _both(own))
    covered = schedules.coverage(own)
    print(f"| {name} | {len(own)} | {error:.4f} | {naive:.4f} | {schedules.ratio(own):.2f} | {covered:.2f} |")


def _both(rows: list[Scored]) -> tuple[list[float], list[float]]:
    return [one.error for one in rows], [one.naive for one in rows]


def _sweeps(folder: Path, _every: bool) -> None:
    pairs = sweeps.pairs(*sweeps.courses(folder))
    print("| rate × | predictions | median error | 90 % below | by optimizer (median, 90 %) |\n|---|---|---|---|---|")
    for low, high in BOUNDS:
        own = (pairs.factor > low) & (pairs.factor <= high)
        by = "; ".join(
            f"{name} {np.median(np.abs(pairs.error[chosen])):.4f}, {np.quantile(np.abs(pairs.error[chosen]), 0.9):.4f}"
            for name in np.unique(pairs.optimizer).tolist()
            if (chosen := own & (pairs.optimizer == name)).any()
        )
        size = np.abs(pairs.error[own])
        print(f"| {low:g} to {high:g} | {own.sum()} | {np.median(size):.4f} | {np.quantile(size, 0.9):.4f} | {by} |")
    covered = pairs.left_out()
    said = ", ".join(f"{name} {share:.2f}" for name, share in covered.items() if name)
    print(f"\ncoverage of the 80 % interval on problems left out: {covered['']:.2f} ({said})")
    print("quantiles on all problems: {:.3f} to {:.3f}".format(*pairs.quantiles(np.ones(len(pairs.error), dtype=bool))))


if __name__ == "__main__":
    main()
