"""`loglens.toml` and `[tool.loglens]`: found upwards, checked key by key."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.cli.settings import load
from loglens.errors import SettingsError


def test_nothing_said_means_no_settings(tmp_path: Path) -> None:
    assert load(tmp_path) == {}


def test_the_nearest_file_upwards_is_read(tmp_path: Path) -> None:
    (tmp_path / "loglens.toml").write_text('fail_on = "warning"\n[map]\ntrain_loss = "x"\n')
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert load(tmp_path / "deep" / "er") == {"fail_on": "warning", "map": {"train_loss": "x"}}


def test_loglens_toml_wins_over_pyproject(tmp_path: Path) -> None:
    (tmp_path / "loglens.toml").write_text("jobs = 1\n")
    (tmp_path / "pyproject.toml").write_text("[tool.loglens]\njobs = 2\n")
    assert load(tmp_path) == {"jobs": 1}


def test_pyproject_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.loglens]\ndisable = ["logging"]\n')
    assert load(tmp_path) == {"disable": ["logging"]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fail_onn = 'x'\n", "unknown key 'fail_onn'"),
        ("fail_on = 3\n", "fail_on has the wrong type"),
        ("fail_on = 'bad'\n", "choose info, warning, critical or never"),
        ("detectors = {loss_spike = {z_limit = 'high'}}\n", "detectors.loss_spike must be a table of numbers"),
        ("jobs = true\n", "jobs has the wrong type"),
        ("= broken\n", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "loglens.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"loglens\.toml") as raised:
        load(tmp_path)
    assert says in str(raised.value)
