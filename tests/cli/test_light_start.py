"""A small log is judged without the libraries and the readers that it does not need: most of such a run is imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.many_runs import write

ROOT = Path(__file__).parent.parent.parent
NOT_NEEDED = {
    "polars", "pandas", "scipy", "sqlite3", "joblib", "fsspec", "tensorboard", "google_crc32c", "asyncio",
    "loglens.fleet", "loglens.replay", "loglens.readers.console.grammar", "loglens.readers.tensorboard.events",
    "loglens.readers.trackers.mlflow_db",
}  # fmt: skip
CODE = """
import sys
from loglens.cli.group import cli
try:
    cli(["diagnose", sys.argv[1], "-o", sys.argv[2]])
except SystemExit:
    pass
print("\\n".join(sys.modules), file=sys.stderr)
"""


def test_a_small_csv_brings_in_only_what_it_needs(tmp_path: Path) -> None:
    write(tmp_path, 3, 1000)
    (log,) = tmp_path.rglob("metrics.csv")
    page = tmp_path / "page.html"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(log), str(page)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert page.is_file()
    loaded = set(done.stderr.split())
    assert "loglens.advice.judge" in loaded
    assert loaded & NOT_NEEDED == set()
