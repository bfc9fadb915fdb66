"""Count contradictions: `python -m tests.contradictions [LOGS ...] [--generated N]`, exit 1 where there is one.

Without LOGS: the sample logs, and beside the project the public cases, real logs, labelled runs and sweeps. A folder of
archives is unpacked into a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from loglens.model.diagnosis import RunDiagnosis
from tests.contradictions.check import RULES, contradictions, of_generated, of_logs

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
SHOWN = 3


def places(given: list[Path], into: Path) -> dict[str, list[Path]]:
    """Name -> paths to diagnose, each a log or a folder of runs."""
    if given:
        return {path.name: [path] for path in given}
    found = {
        "sample_logs": sorted((ROOT / "sample_logs").iterdir()),
        "public_cases": sorted((SHARED / "public_cases" / "cases").glob("*/*")) if SHARED.exists() else [],
        "real_logs": sorted(one for one in (SHARED / "real_logs").iterdir() if one.is_dir()) if SHARED.exists() else [],
    }
    for name in ("labelled_runs", "lr_sweeps"):
        archive = SHARED / name / "logs.tar.xz"
        if archive.exists():
            with tarfile.open(archive) as packed:
                packed.extractall(into / name, filter="data")
            found[name] = sorted((into / name / "logs").iterdir())
    return found


def counted(name: str, runs: Iterable[tuple[str, RunDiagnosis]]) -> int:
    """Contradictions among the runs, printed by rule with the first few."""
    rules: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    judged = 0
    for which, run in runs:
        judged += 1
        for rule, said in contradictions(run):
            rules[rule] += 1
            examples.setdefault(rule, []).append(f"{which}: {said}")
    print(f"{name}: {sum(rules.values())} contradictions in {judged} diagnoses", flush=True)
    for rule, count in rules.most_common():
        print(f"  {count} {rule}")
        print("".join(f"      {one[:200]}\n" for one in examples[rule][:SHOWN]), end="")
    return sum(rules.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path, nargs="*")
    parser.add_argument("--generated", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    total = 0
    with tempfile.TemporaryDirectory() as into:
        for name, paths in places(options.logs, Path(into)).items():
            total += counted(name, of_logs(paths))
    if options.generated and not options.logs:
        total += counted("generated", of_generated(options.generated, seed=options.seed))
    print(f"{total} contradictions by {len(RULES)} rules")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
