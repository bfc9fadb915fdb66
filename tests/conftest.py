"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# the tests share the cores already, two at a time: threads that wait for one another take many times as long
os.environ.setdefault("OMP_NUM_THREADS", "1")
# hundreds of tests start LogLens as a process: each would compile all its modules anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# a busy machine is no failure: nothing is judged by the clock
settings.register_profile("loglens", deadline=None)
settings.load_profile("loglens")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-goldens", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture(scope="session")
def rewrite_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--rewrite-goldens"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Logs that may not be part of the project: beside the checkout, where they are to be had."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: these checks need logs that are not part of the project")
    return folder
