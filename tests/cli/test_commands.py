"""The commands as a user types them, on the sample logs and on bad input."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from loglens.cli.group import cli
from loglens.model.causes import CauseName
from loglens.model.kinds import FindingKind

SAMPLES = Path(__file__).parent.parent.parent / "sample_logs" / "runs"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own: `diagnose` writes its page there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loglens(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def test_diagnose_prints_a_summary_and_writes_the_page(elsewhere: Path) -> None:
    result = loglens("diagnose", SAMPLES / "lr-far-too-high")
    assert result.exit_code == 1, result.output
    assert "Learning rate too high" in result.output
    assert "loglens-report.html" in result.output
    page = (elsewhere / "loglens-report.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")


def test_the_summary_is_not_lost_where_the_page_cannot_be_written(elsewhere: Path) -> None:
    (elsewhere / "file").write_text("x")
    for arguments in (["diagnose", SAMPLES / "healthy"], ["demo"]):
        result = loglens(*arguments, "-o", "file/page.html")
        assert result.exit_code == 2 or "cannot write" in str(result.exception)
        assert "Nothing to change" in result.stdout
        assert "Report:" not in result.stdout


def test_a_healthy_run_passes_and_a_sick_one_does_not() -> None:
    assert loglens("diagnose", SAMPLES / "healthy").exit_code == 0
    assert loglens("diagnose", SAMPLES / "bad-batches", "--fail-on", "warning").exit_code == 1
    assert loglens("diagnose", SAMPLES / "bad-batches", "--fail-on", "warning", "--exit-zero").exit_code == 0
    assert loglens("diagnose", SAMPLES / "lr-far-too-high", "--fail-on", "never").exit_code == 0


@pytest.mark.parametrize("format_", ["json", "markdown", "junit", "sarif", "text"])
def test_other_formats_go_to_stdout_or_to_a_file(format_: str, elsewhere: Path) -> None:
    printed = loglens("diagnose", SAMPLES / "healthy", "--format", format_)
    assert printed.exit_code == 0
    assert loglens("diagnose", SAMPLES / "healthy", "--format", format_, "-o", "out").exit_code == 0
    assert (elsewhere / "out").read_text(encoding="utf-8").rstrip("\n") == printed.stdout.rstrip("\n")
    assert not (elsewhere / "loglens-report.html").exists()


def test_a_mapping_names_the_loss() -> None:
    Path("odd.csv").write_text("step,zeta,loss\n" + "\n".join(f"{n},{100 - n},{n}" for n in range(40)))
    result = loglens("diagnose", "odd.csv", "--map", "train_loss=zeta", "-f", "json")
    assert json.loads(result.stdout)["runs"][0]["roles"]["train_loss"] == "zeta"
    wrong = loglens("diagnose", "odd.csv", "--map", "train_loss=eta")
    assert wrong.exit_code == 2
    assert "zeta" in wrong.output
    assert loglens("diagnose", "odd.csv", "--map", "train_loss").exit_code == 2


def test_settings_are_read_and_flags_win(elsewhere: Path) -> None:
    (elsewhere / "loglens.toml").write_text('fail_on = "warning"\n')
    assert loglens("diagnose", SAMPLES / "bad-batches").exit_code == 1
    assert loglens("diagnose", SAMPLES / "bad-batches", "--fail-on", "critical").exit_code == 0
    (elsewhere / "loglens.toml").write_text("nonsense = 1\n")
    assert loglens("diagnose", SAMPLES / "bad-batches").exit_code == 2


BAD = {
    "empty.csv": (b"", "empty"),
    "poem.txt": (b"shall I compare thee\nto a summer's day\n", "no training log was recognised"),
    "model.csv": (bytes(range(256)) * 20, "binary"),
    "speed.csv": (b"step,speed\n1,2\n2,3.5\n3,3\n", "--map train_loss=speed"),
    "nan.csv": (b"step,loss\n1,nan\n", "no finite point"),
    "one.csv": (b"step,loss\n1,0.5\n", "a single finite point"),
}


@pytest.mark.parametrize("name", [*BAD, "missing", "folder", "locked.csv"])
@pytest.mark.parametrize("command", ["diagnose", "inspect"])
def test_bad_input_is_one_sentence_with_the_next_step(name: str, command: str) -> None:
    says = {"missing": "there is no such file or folder", "folder": "the folder is empty"}.get(name, "")
    if name in BAD:
        content, says = BAD[name]
        Path(name).write_bytes(content)
    elif name == "folder":
        Path(name).mkdir()
    elif name == "locked.csv":
        if os.name == "nt" or os.geteuid() == 0:
            pytest.skip("whoever runs this test may read any file")
        Path(name).write_bytes(b"step,loss\n1,2\n2,3\n")
        Path(name).chmod(0)
        says = "ermission"
    result = loglens(command, name)
    if command == "inspect" and name in ("speed.csv", "nan.csv", "one.csv"):
        assert result.exit_code == 0  # it can be read, it just cannot be judged
        return
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output
    assert len([line for line in result.output.splitlines() if line.startswith("Error")]) == 1


def test_a_log_of_returns_is_judged_as_what_it_is() -> None:
    Path("reward.csv").write_text("step,reward\n" + "\n".join(f"{n},{n - 20 + n % 3}" for n in range(40)))
    run = json.loads(loglens("diagnose", "reward.csv", "-f", "json", "--exit-zero").stdout)["runs"][0]
    assert run["causes"][0]["cause"] == "unknown"
    assert run["recommendation"]["lr_factor"] is None
    shown = loglens("inspect", "reward.csv").output
    assert "episode_return" in shown and "'reward'" in shown


def test_inspect_marks_a_doubtful_choice_and_shows_the_next_best() -> None:
    rows = "\n".join(f"{n},{3 / (n + 1)},{2 / (n + 1) + n % 2}" for n in range(40))
    Path("gan.csv").write_text("step,loss_G,loss_D\n" + rows)
    shown = loglens("inspect", "gan.csv").output
    assert "doubtful: one of two networks" in shown
    assert "next best 'loss_D'" in shown


def test_what_cannot_be_read_does_not_cost_the_rest(elsewhere: Path) -> None:
    for name, (content, _) in BAD.items():
        (elsewhere / name).write_bytes(content)
    good = "step,loss\n" + "\n".join(f"{n},{2 * math.exp(-n / 20) + 0.1}" for n in range(100))
    (elsewhere / "good.csv").write_text(good)
    result = loglens("diagnose", ".", "-f", "json")
    document = json.loads(result.stdout)
    assert [run["run"] for run in document["runs"]] == ["good.csv"]
    assert {"empty.csv", "model.csv", "speed.csv", "nan.csv", "one.csv"} <= {p["path"] for p in document["problems"]}


def test_inspect_shows_roles_repairs_and_what_was_passed_over() -> None:
    Path("log.csv").write_text(
        "step,loss,val_loss,value_loss\n0,3,3,1\n1,2,2,1\nstep,loss,val_loss,value_loss\n2,1,1,1\n"
    )
    result = loglens("inspect", "log.csv")
    assert result.exit_code == 0
    for words in ("train_loss", "'loss'", "value_loss", "header"):
        assert words in result.output


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_export_writes_every_point(suffix: str) -> None:
    Path("log.csv").write_text("step,loss,lr\n0,3,0.1\n1,nan,0.1\n2,inf,\n")
    assert loglens("export", "log.csv", "-o", f"out.{suffix}").exit_code == 0
    match suffix:
        case "parquet":
            table = pl.read_parquet("out.parquet")
        case "csv":
            table = pl.read_csv("out.csv")
        case _:
            table = pl.read_ndjson("out.jsonl")
    assert table.columns == ["run", "tag", "step", "wall_time", "value"]
    assert table.height == 5
    loss = table.filter(pl.col("tag") == "loss")["value"].cast(pl.Float64).to_list()
    assert loss[0] == 3
    assert math.isnan(loss[1])
    assert math.isinf(loss[2])


def test_export_counts_what_a_resume_overwrote() -> None:
    left_out = loglens("export", SAMPLES / "resume-lost-optimizer", "-o", "out.csv")
    assert "points overwritten by a resume left out" in left_out.output
    kept = loglens("export", SAMPLES / "resume-lost-optimizer", "-o", "kept.csv", "--keep-rewritten")
    assert kept.exit_code == 0
    assert pl.read_csv("kept.csv").height > pl.read_csv("out.csv").height


def test_export_wants_a_suffix_it_knows() -> None:
    result = loglens("export", SAMPLES / "healthy", "-o", "out.xlsx")
    assert result.exit_code == 2
    assert ".parquet" in result.output


@pytest.mark.parametrize("name", [*FindingKind.__args__, *CauseName.__args__])  # type: ignore[attr-defined]
def test_every_finding_and_every_cause_is_explained(name: str) -> None:
    result = loglens("explain", name.replace("_", "-"))
    assert result.exit_code == 0
    assert len(result.output) > 200
    assert name in loglens("explain").output


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    result = loglens("explain", "los_spike")
    assert result.exit_code == 2
    assert "did you mean loss_spike" in result.output


def test_the_demo_diagnoses_what_ships(elsewhere: Path) -> None:
    result = loglens("demo")
    assert result.exit_code == 0
    assert "12 runs" in result.output
    assert (elsewhere / "loglens-report.html").stat().st_size > 100_000
