"""How often the advice is right: `python -m tests.lab.evaluate [--write]`.

Two measurements. In the lab: every run is judged by weights fitted without its task. On `labelled_runs`: 88 trainings
of other people's making that nothing was fitted on, through the whole program, scored by the script that came with
them (left out where `../shared` is missing). Beside ours stand the baselines, from saying "healthy" every time to the
textbook rules. `--write` puts the table into `.github/EVALUATION.md` between its marks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loglens.advice.decide import CONVERGED, probabilities
from loglens.advice.weights import weights
from tests.lab.evaluate import metrics, places
from tests.lab.evaluate.baselines import ALARMS, SPIKES
from tests.lab.evaluate.metrics import OUTCOMES, Answers
from tests.lab.fit import gam
from tests.lab.fit.fit import CAUSES, FOLDS, LeftOut, calibrated, folds, left_out, row_weights
from tests.lab.fit.sizes import octaves
from tests.lab.table.build import NAMES, TABLE, Table, fingerprint, load_table
from tests.lab.trainings.store import CACHE

Floats = NDArray[np.float64]
ROOT = Path(__file__).resolve().parents[3]
LABELLED = ROOT.parent / "shared" / "data" / "labelled_runs"
MARKS = ("<!-- evaluation -->", "<!-- /evaluation -->")
FIGURES = (
    "cause accuracy",
    "macro recall",
    "false alarms",
    "rate within tolerance",
    "rate left alone",
    "calibration error",
    "Brier",
)


def answers_of(table: Table, raw: Floats, down: Floats, up: Floats) -> Answers:
    """The answers by the program's own rule, `unknown` and the size of the change included."""
    known = {name: table.column(name).astype(bool) for name in ("never_jumped", "scatters")}
    converged = table.values[:, NAMES.index("val_fell_late")] < CONVERGED
    probability = probabilities(raw, CAUSES, converged=converged, **known)
    sizes = octaves(table, probability, down, up)
    return Answers(rows=table.rows, weights=row_weights(table), probability=probability, octaves=sizes)


def figures(answers: Answers) -> dict[str, float]:
    """The headline figures, by name."""
    recall = metrics.recalls(answers)
    return {
        "cause accuracy": metrics.share(answers.right, answers.weights),
        "macro recall": float(np.mean([one for one, _ in recall.values()])),
        "false alarms": metrics.false_alarms(answers),
        "rate within tolerance": metrics.rate_within_tolerance(answers),
        "rate left alone": metrics.rate_left_alone(answers),
        "calibration error": metrics.calibration_error(answers),
        "Brier": metrics.brier(answers),
    }


def baselines(table: Table, fold: NDArray[np.int_]) -> Iterator[tuple[str, Answers]]:
    """Answers that cost nothing, that use the rate's size alone, and of a forest on the same evidence."""
    still = np.zeros(len(table.rows))
    healthy = np.where(np.arange(len(CAUSES)) == CAUSES.index("healthy"), 20.0, 0.0)
    yield "always healthy", answers_of(table, np.tile(healthy, (len(table.rows), 1)), still, still)
    rate = np.array([[row["log2_lr"] if row["has"][0] else np.nan] for row in table.rows])
    yield "the rate's size alone", answers_of(table, _left_out_of(table, rate, fold), still, still)
    yield "forest of trees", answers_of(table, _forest(table, fold), still, still)


def _left_out_of(table: Table, values: Floats, fold: NDArray[np.int_]) -> Floats:
    """The same additive model on other columns."""
    weights = row_weights(table)
    target = np.array([[float(row["cause"] == cause) for cause in CAUSES] for row in table.rows])
    out = np.zeros_like(target)
    for number in np.unique(fold):
        keep = fold != number
        base = gam.basis(["rate"], values[keep], weights[keep])
        bias, beta = gam.fit_classes(
            base, base.design(values[keep]), target[keep], weights[keep], ridge=3e-4, smooth=1e-3
        )
        out[~keep] = base.design(values[~keep]) @ beta + bias
    return out


def _forest(table: Table, fold: NDArray[np.int_]) -> Floats:
    from sklearn.ensemble import ExtraTreesClassifier

    weights = row_weights(table)
    values = np.where(np.isfinite(table.values), table.values, -99.0)
    cause = np.array([CAUSES.index(row["cause"]) for row in table.rows])
    out = np.full((len(cause), len(CAUSES)), -12.0)
    for number in np.unique(fold):
        keep = fold != number
        forest = ExtraTreesClassifier(150, min_samples_leaf=2, max_features=0.3, random_state=0)
        forest.fit(values[keep], cause[keep], sample_weight=weights[keep])
        out[np.ix_(~keep, forest.classes_)] = np.log(forest.predict_proba(values[~keep]) + 1e-5)
    return out


def lab_report(table: Table, out: LeftOut, fold: NDArray[np.int_]) -> list[str]:
    """`table` and `fold`: the judged rows. Markdown: headline figures with baselines, recall and confusion by cause,
    the same by log style."""
    answers = answers_of(table, calibrated(table, out.causes, fold), out.down, out.up)
    named = [("**LogLens**", answers), *baselines(table, fold)]
    head = (
        f"Lab: {len(table.rows)} logs of {len({row['run'] for row in table.rows})} trainings on "
        f"{len({row['task'] for row in table.rows})} tasks, each judged by weights fitted without its task "
        "(`python -m tests.lab.evaluate`):"
    )
    lines = [
        head,
        "",
        "| | " + " | ".join(FIGURES) + " |",
        "|---" * (len(FIGURES) + 1) + "|",
    ]
    for name, one in named:
        lines.append(f"| {name} | " + " | ".join(f"{figures(one)[key]:.3f}" for key in FIGURES) + " |")
    lines += [
        "",
        f"Told with a probability above 0.8 to go the wrong way: {metrics.sure_and_opposite(answers):.4f}.",
        "",
    ]
    return lines + _by_cause(answers) + _by_style(answers) + _rules(table)


def _by_cause(answers: Answers) -> list[str]:
    matrix = metrics.confusion(answers)
    lines = ["| true cause | runs | answered right (95 %) | taken for |", "|---|---|---|---|"]
    for cause, (rate, count) in metrics.recalls(answers).items():
        low, high = metrics.interval(rate, count)
        row = matrix[CAUSES.index(cause)]
        others = [(row[k], name) for k, name in enumerate(OUTCOMES) if name != cause and row[k] >= 0.015]
        taken = ", ".join(f"{name} {part:.0%}" for part, name in sorted(others, reverse=True)[:4])
        lines.append(f"| {cause} | {count} | {rate:.2f} ({low:.2f} to {high:.2f}) | {taken} |")
    return [*lines, ""]


def _by_style(answers: Answers) -> list[str]:
    rows = answers.rows
    views = {
        "as logged": [row["copy"] == "own" for row in rows],
        "thinned to every tenth point": [row["copy"] == "thin10" for row in rows],
        "averaged over ten": [row["copy"] == "mean10" for row in rows],
        "without learning rate": [not row["has"][0] for row in rows],
        "without gradient norm": [not row["has"][1] for row in rows],
        "without validation loss": [not row["has"][2] for row in rows],
    }
    lines = ["| log | logs | cause accuracy | false alarms |", "|---|---|---|---|"]
    for name, keep in views.items():
        part = answers.of(np.array(keep))
        if len(part.rows):
            right = metrics.share(part.right, part.weights)
            lines.append(f"| {name} | {len(part.rows)} | {right:.3f} | {metrics.false_alarms(part):.3f} |")
    return [*lines, ""]


def _rules(table: Table) -> list[str]:
    """The textbook rules on the same logs: do they fire on sick runs, and on healthy ones; are their spikes bad
    batches."""
    weights = row_weights(table)
    healthy = np.array([row["cause"] == "healthy" for row in table.rows])
    fired = np.array([row["rules"] for row in table.rows], dtype=bool)
    spikes = np.array([row["spikes"] for row in table.rows if row.get("spikes")], dtype=float)
    lines = [
        "| rule | fires on sick runs | fires on healthy runs | spikes: precision | recall |",
        "|---|---|---|---|---|",
    ]
    for place, name in enumerate(ALARMS):
        sick = metrics.share(fired[~healthy, place], weights[~healthy])
        well = metrics.share(fired[healthy, place], weights[healthy])
        pair = " | "
        if name in SPIKES and len(spikes):
            said, right, found, true = spikes[:, list(SPIKES).index(name), :].sum(0)
            pair = f"{right / max(1, said):.2f} | {found / max(1, true):.2f}"
        lines.append(f"| {name} | {sick:.2f} | {well:.2f} | {pair} |")
    return [*lines, ""]


def _places() -> list[str]:
    """Whether faults are found where they strike, through the whole program; needs the lab's curves."""
    if not any(CACHE.glob("*.npz")):
        return ["(places not measured: `python -m tests.lab.trainings` trains the lab first)", ""]
    return places.table(places.measure())


def labelled_report(rows: bool) -> list[str]:
    """The figures of `score.py` on the labelled runs, diagnosed by the whole program."""
    if not (LABELLED / "score.py").exists():
        return [f"(labelled_runs not scored: {LABELLED.parent} is not there)"]
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(LABELLED / "logs.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        command = [sys.executable, "-m", "loglens", "diagnose", f"{folder}/logs", "--format", "json"]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        answer = Path(folder) / "diagnosis.json"
        answer.write_text(said.stdout, encoding="utf-8")
        json.loads(said.stdout)
        score = [sys.executable, str(LABELLED / "score.py"), str(LABELLED / "truth.json"), str(answer)]
        scored = subprocess.run([*score, *(["--rows"] if rows else [])], capture_output=True, text=True, check=True)
    return scored.stdout.splitlines()


def labelled_table(lines: list[str]) -> list[str]:
    wanted = (
        "cause_accuracy", "macro_recall", "false_alarms_on_healthy", "lr_recommended_within_tolerance",
        "lr_left_alone_where_not_the_cause", "direction_opposite", "located", "spike_precision", "spike_recall",
        "calibration_error", "brier",
    )  # fmt: skip
    found = {line.split()[0]: line.split()[1] for line in lines if line.split()[:1] and line.split()[0] in wanted}
    if not found:
        return []
    head = (
        "88 labelled trainings, scored by the script that came with them. No weight was fitted on them, but their "
        "misses were looked at while limits were set, so the lab below is the forecast for other runs:"
    )
    return [
        head,
        "",
        "| figure | |",
        "|---|---|",
        *(f"| {name} | {found[name]} |" for name in wanted if name in found),
        "",
    ]


def write_page(lines: list[str]) -> None:
    path = ROOT / ".github" / "EVALUATION.md"
    text = path.read_text(encoding="utf-8")
    start, stop = (text.find(mark) for mark in MARKS)
    if start < 0 or stop < start:
        raise SystemExit(f"{path.name} has no {MARKS[0]} ... {MARKS[1]} to write between")
    path.write_text(
        text[: start + len(MARKS[0])] + "\n" + "\n".join(lines).strip() + "\n" + text[stop:], encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--folds", type=int, default=FOLDS, help="parts the tasks are dealt into, each left out once")
    parser.add_argument("--rows", action="store_true", help="every labelled run with its answer")
    parser.add_argument("--write", action="store_true", help="put the table into .github/EVALUATION.md")
    options = parser.parse_args()
    table = load_table(options.table)
    if weights().table != fingerprint(options.table):
        print(f"{options.table} is not the table the shipped weights were fitted on")
    judged = table.of(table.judged)
    lab = lab_report(judged, left_out(table, options.folds), folds(judged, options.folds)) + _places()
    labelled = labelled_report(options.rows)
    print("\n".join([*lab, *labelled]))
    if options.write:
        write_page([*labelled_table(labelled), *lab])


if __name__ == "__main__":
    main()
