"""No network unless asked, and a wheel that anybody can build again to the byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.test_wheel import build
from tests.tools.sbom import bill

ROOT = Path(__file__).parents[2]
SILENT = """
import sys
def forbid(event, args):
    if event.startswith("socket.") or event in ("urllib.Request", "http.client.connect"):
        raise SystemExit(f"asked the network: {event} {args!r:.100}")
sys.addaudithook(forbid)
sys.argv = ["loglens", *sys.argv[1:]]
from loglens.cli import main
main()
"""


@pytest.mark.parametrize(
    "args",
    [
        ["diagnose", "sample_logs/runs", "--exit-zero", "--jobs", "1"],
        ["diagnose", "sample_logs/runs/healthy", "-f", "json"],
        ["inspect", "sample_logs/runs"],
        ["export", "sample_logs/runs/lr-jump"],
        ["explain", "lr_too_high"],
    ],
    ids=lambda args: args[0] + args[-1],
)
def test_no_command_opens_a_socket(args: list[str], tmp_path: Path) -> None:
    args = [str(ROOT / one) if one.startswith("sample_logs") else one for one in args]
    args += ["-o", str(tmp_path / "points.csv")] if args[0] == "export" else []
    done = subprocess.run(
        [sys.executable, "-c", SILENT, *args], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "asked the network" not in done.stderr
    assert done.returncode in (0, 1), done.stderr


def test_the_guard_of_sockets_works(tmp_path: Path) -> None:
    code = SILENT.replace("from loglens.cli import main\nmain()", "import socket; socket.socket()")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "asked the network: socket." in done.stderr


def test_the_wheel_is_the_same_whenever_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = build("wheel", tmp_path / "a")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    assert build("wheel", tmp_path / "b").read_bytes() == first.read_bytes()
    with zipfile.ZipFile(first) as wheel:
        assert len({one.date_time for one in wheel.infolist()}) == 1


def test_the_bill_of_materials_names_every_dependency_with_a_licence() -> None:
    text = json.dumps(bill())
    parts = {one["name"].lower(): one for one in json.loads(text)["components"]}
    assert {"click", "jinja2", "numpy", "pandas", "polars", "scipy", "tensorboard"} <= parts.keys()
    unknown = [name for name, one in parts.items() if not one["licenses"]]
    assert len(unknown) <= 2, unknown
    strong = [name for name, one in parts.items() for said in one["licenses"] if "AGPL" in str(said)]
    assert strong == []
