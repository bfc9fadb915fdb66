"""`loglens replay` from the command line, on the shipped failed run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import loglens
from loglens.cli.commands.demo import sample_logs
from loglens.cli.group import cli
from tests.replay.torch.test_patch import fingerprint

pytest.importorskip("torch", reason="replay needs loglens[replay]")

SAMPLE = sample_logs() / "replay"
COMMAND = f"{sys.executable} -B {SAMPLE / 'train.py'} --resume {{checkpoint}} --lr {{lr}} --stop {{stop}} --out {{out}}"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(loglens.__file__).parent.parent))  # the shipped script imports it


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["replay", *map(str, words)], standalone_mode=True)


def test_a_dry_run_prints_plan_and_commands_and_runs_nothing(tmp_path: Path) -> None:
    before = fingerprint(SAMPLE)
    result = invoke(SAMPLE / "log", "--command", COMMAND, "-c", SAMPLE / "checkpoints", "--dry-run")
    assert result.exit_code == 0
    assert "ckpt-00000080.pt (step 80)" in result.output
    assert "--lr 0.3" in result.output and "LR ×0.25" in result.output
    assert fingerprint(SAMPLE) == before
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_dry_run_needs_no_command() -> None:
    result = invoke(SAMPLE / "log", "-c", SAMPLE / "checkpoints", "--dry-run")
    assert result.exit_code == 0 and "arms: control" in result.output


@pytest.mark.parametrize("how", [(), ("--command", COMMAND)])
def test_a_dry_run_of_what_cannot_be_replayed_says_why_and_fails_as_the_replay_would(
    how: tuple[str, ...], tmp_path: Path
) -> None:
    late = f"230={SAMPLE / 'checkpoints' / 'ckpt-00000240.pt'}"
    result = invoke(SAMPLE / "log", *how, "-c", late, "--dry-run")
    assert result.exit_code == 3
    assert "nothing to replay" in result.output and "no checkpoint lies at least" in result.output
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_by_command_to_json(tmp_path: Path) -> None:
    before = fingerprint(SAMPLE)
    result = invoke(
        SAMPLE / "log", "--command", COMMAND, "-c", SAMPLE / "checkpoints", "--yes", "--gpu", "none", "--seeds", "0",
        "--bisections", "0", "--format", "json", "-o", tmp_path / "proven.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    advice = json.loads((tmp_path / "proven.json").read_text())["runs"][0]["recommendation"]
    assert advice["replay"]["outcome"] == "confirmed"
    assert 0 < advice["peak_lr"] < advice["current_peak_lr"]
    assert fingerprint(SAMPLE) == before


def test_without_a_terminal_nothing_runs_unasked() -> None:
    result = invoke(SAMPLE / "log", "--command", COMMAND, "-c", SAMPLE / "checkpoints")
    assert result.exit_code == 3 and "--yes" in result.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--command", "train {nope} {out}"], 2, "{nope}"),
        (["--command", "train {lr}"], 2, "{out}"),
        (["--command", "train {out}"], 2, "no {lr} or {factor}"),
        (["--command", "train {lr} {out}", "--target", "x.py:f"], 2, "not both"),
        (["--command", "train {lr} {out}", "--factors", "a,b"], 2, "--factors"),
        (["--command", "train {lr} {out}", "--factors", "2"], 2, "between 0 and 1"),
        (["--lr-by", "command", "--command", "train {checkpoint} {out}"], 2, "needs {lr}"),
        (["--yes"], 2, "--command TEMPLATE"),
        (["--command", "train {lr} {out}", "-c", "nowhere/*.pt"], 3, "no checkpoint matches"),
        (["--command", "train {lr} {out} {checkpoint}", "--yes", "--out", str(SAMPLE / "log" / "x")], 3,
         "outside the run"),
        (["--command", "no-such-trainer {lr} {out}", "--yes", "-c", str(SAMPLE / "checkpoints"), "--gpu", "none"], 3,
         "no-such-trainer"),
        (["--target", "nowhere.py:target"], 2, "there is no file nowhere.py"),
        (["--target", "train.py"], 2, "give FILE.py:function"),
        (["--run", "other", "--command", "train {lr} {out}"], 2, "--run other"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_exit_code(words: list[str], code: int, said: str) -> None:
    given = words if "-c" in words else [*words, "-c", str(SAMPLE / "checkpoints")]
    result = invoke(SAMPLE / "log", *given)
    assert result.exit_code == code, result.output
    assert said in result.output


def test_help_names_every_token() -> None:
    from loglens.replay.drivers.template import TOKENS

    text = CliRunner().invoke(cli, ["replay", "--help"]).output
    assert all(f"{{{name}}}" in text for name in TOKENS)
