"""The wheel holds what a user needs, and works from elsewhere; so do the sdist and the bare checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
USE = """
import sys, pathlib, loglens, loglens.cli.commands.demo as demo
home = pathlib.Path(loglens.__file__).parent
assert str(home).startswith(sys.argv[1]), home
diagnosis = loglens.diagnose(demo.sample_logs() / "runs" / "lr-too-high")
page = loglens.render(diagnosis, "html")
assert page.lower().startswith("<!doctype html>"), page[:80]
print(diagnosis.runs[0].cause.cause)
"""


def build(kind: str, out: Path, source: Path = ROOT) -> Path:
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", out, source],
        check=True,
        capture_output=True,
        text=True,
    )
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def run_elsewhere(code_folder: Path, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", USE, str(code_folder)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(code_folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_works_from_elsewhere(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "cwd").mkdir()
    assert run_elsewhere(unpacked(wheel, tmp_path / "site"), tmp_path / "cwd") == "lr_too_high"


def test_a_wheel_made_from_the_sdist_is_the_same(wheel: Path, tmp_path: Path) -> None:
    sdist = build("sdist", tmp_path / "sdist")
    subprocess.run(["tar", "-xzf", sdist, "-C", tmp_path], check=True)
    source = next(path for path in tmp_path.iterdir() if path.name.startswith("loglens-"))
    again = build("wheel", tmp_path / "again", source)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        contents = {info.filename: info.CRC for info in one.infolist() if ".dist-info/RECORD" not in info.filename}
        assert contents == {i.filename: i.CRC for i in other.infolist() if ".dist-info/RECORD" not in i.filename}


def test_the_checkout_works_without_being_installed(tmp_path: Path) -> None:
    assert run_elsewhere(ROOT, tmp_path) == "lr_too_high"


def test_the_wheel_holds_package_templates_and_samples_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for needed in ("loglens/py.typed", "loglens/sample_logs/README.md", "loglens/readers/naming/metric_names.toml"):
        assert needed in names
    assert any(name.startswith("loglens/templates/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"loglens"}
