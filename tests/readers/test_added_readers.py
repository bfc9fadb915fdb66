"""A reader of another package: installed for real, found by its entry point, costing nothing but itself."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

READER = """
import numpy as np

from loglens.readers.contract.base import Column, Log, ReaderMeta


class Pulses:
    meta = ReaderMeta(id="pulses", title="Pulses", priority={priority})

    def recognises(self, probe):
        return probe.head.startswith(b"PULSES")

    def read(self, paths):
        for path in paths:
            values = [float(word) for word in path.read_text().split()[1:]]
            column = Column(tag="train/loss", steps=np.arange(len(values)), values=np.array(values))
            yield Log(format=self.meta.id, file=path, folder=path.parent, columns=(column,), own_file=True)
"""
CODE = """
import sys
from loglens.readers import read
from loglens.readers.registry import readers
result = read(sys.argv[1])
print([(run.format, run.role("train_loss").values.tolist()) for run in result.runs])
print([reader.meta.id for reader in readers()].index("pulses") if result.problems == () else result.problems[0].message)
"""


def installed(tmp_path: Path, source: str) -> Path:
    """A wheel of a package with a reader, installed by pip into a folder of its own."""
    wheel = tmp_path / "pulses-1.0-py3-none-any.whl"
    info = "pulses-1.0.dist-info"
    files = {
        "pulses.py": source,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: pulses\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[loglens.readers]\npulses = pulses:Pulses\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return site


def told(site: Path, log: Path) -> list[str]:
    code = f"import sys; sys.path.insert(0, {str(site)!r})\n{CODE}"
    done = subprocess.run([sys.executable, "-c", code, str(log)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "a.pulses"
    path.parent.mkdir()
    path.write_text("PULSES 3.5 2.5 1.5\n")
    return path


def test_a_reader_of_another_package_is_asked_by_its_priority(tmp_path: Path, log: Path) -> None:
    runs, place = told(installed(tmp_path, READER.format(priority=5)), log)
    assert runs == "[('pulses', [3.5, 2.5, 1.5])]"
    assert place == "0"


def test_a_reader_that_cannot_be_imported_costs_nothing_but_itself(tmp_path: Path, log: Path) -> None:
    (log.parent / "b.csv").write_text("step,loss\n0,3.5\n1,2.5\n")
    runs, problem = told(installed(tmp_path, "import no_such_package\n"), log.parent)
    assert runs == "[('csv', [3.5, 2.5])]"
    assert "its reader 'pulses' (pulses:Pulses) cannot be used (ModuleNotFoundError" in problem
