"""The composite actions and example workflows: their scripts are run as they stand, against commands that exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from loglens.cli.group import COMMANDS, cli
from loglens.render.machine.json_report import JsonReport
from tests.cli.composite import run_action
from tests.fleet.comparisons import diagnosis, finding, run

GITHUB = Path(__file__).parents[2] / ".github"
FILES = sorted([*GITHUB.glob("actions/**/*.yml"), *GITHUB.glob("examples/*.yml")])
CALL = re.compile(r"loglens\"? (\w+)((?:[^\n]*\\\n)*[^\n]*)")
BASH = shutil.which("bash")


def scripts(path: Path) -> dict[str, str]:
    """The `run: |` scripts of a workflow by the name of their step."""
    found = {}
    for step in re.split(r"\n(?= *- (?:name|uses|run):)", path.read_text(encoding="utf-8")):
        name = re.search(r"name: (.*)", step)
        block = re.search(r"\n( +)run: \|\n((?:\1 .*\n?|\n)+)", step + "\n")
        if name and block:
            found[name[1]] = textwrap.dedent(block[2])
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.parent.name + "/" + path.name for path in FILES])
def test_every_command_and_flag_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name, rest in CALL.findall(text):
        if name not in COMMANDS:
            continue
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        known = {flag for one in command.params for flag in one.opts}
        used = set(re.findall(r"(?<!\S)(--[a-z-]+)", rest.partition("||")[0]))
        assert used <= known, f"{path.name}: loglens {name} has no {used - known}"


@pytest.mark.parametrize("path", FILES, ids=[path.parent.name + "/" + path.name for path in FILES])
def test_no_expression_is_pasted_into_a_script(path: Path) -> None:
    """What a pull request can name (branches, files) reaches a script as a variable only."""
    for name, script in scripts(path).items():
        assert "${{" not in script, name


def started(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a workflow in `folder`, with `loglens` and `gh` on its PATH as small scripts."""
    (folder / "bin").mkdir(exist_ok=True)
    shim = folder / "bin" / "loglens"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m loglens "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    environment = {
        **os.environ,
        "PYTHONPATH": str(GITHUB.parent),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        **variables,
    }
    assert BASH is not None
    return subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def tools(folder: Path) -> str:
    """A PATH on which `python3 -m venv` makes an environment that holds this LogLens, without the network."""
    shims = folder / "shims"
    shims.mkdir()
    for name, does in {
        "pip": f'echo "$@" > "{folder}/pip-args"',
        "loglens": f'exec "{sys.executable}" -m loglens "$@"',
        "python3": f'mkdir -p "$3/bin" && cp "{shims}/pip" "{shims}/loglens" "$3/bin/"',
    }.items():
        (shims / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (shims / name).chmod(0o755)
    return f"{shims}{os.pathsep}/usr/bin{os.pathsep}/bin"


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="the action runs in bash on Linux")
@pytest.mark.parametrize(("level", "code"), [(1.0, "0"), (2.0, "1")])
def test_the_whole_action_runs_outside_of_github(
    tmp_path: Path, level: float, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step, from the installation to the outputs, with the defaults of its inputs: a validation loss that rose
    fails."""
    monkeypatch.setenv("PYTHONPATH", str(GITHUB.parent))
    for name, at in (("base", 1.0), ("head", level)):
        write_log(tmp_path / f"{name}.csv", level=at, val=True)
    ran = run_action(
        GITHUB / "actions/loglens/action.yml", {"logs": "head.csv", "base": "base.csv"}, tmp_path, path=tools(tmp_path)
    )
    assert ran.outputs == {"out": "loglens-out", "exit-code": code}, ran.log
    assert (tmp_path / "pip-args").read_text().split() == ["install", "--quiet", "loglens"]
    comment = (tmp_path / "loglens-out" / "comment.md").read_text(encoding="utf-8")
    assert ("❌" in comment.splitlines()[2]) == (code == "1")
    written = {one.name for one in (tmp_path / "loglens-out").iterdir()}
    assert written == {"diagnosis.json", "report.html", "junit.xml", "comment.md"}
    assert "Wrote loglens-out/junit.xml: JUnit XML" in ran.log


def test_the_pre_commit_hook_runs_on_the_logs_it_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    (hook,) = yaml.safe_load((GITHUB.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["language"] == "python"
    samples = GITHUB.parent / "sample_logs" / "runs"
    names = [one.relative_to(GITHUB.parent).as_posix() for one in samples.rglob("*") if one.is_file()]
    asked = [one for one in names if re.search(hook["files"], one)]
    assert len(asked) >= 6
    program, *args = shlex.split(hook["entry"])
    assert program == "loglens"
    monkeypatch.chdir(GITHUB.parent)
    assert CliRunner().invoke(cli, [*args, *asked]).exit_code == 1
    healthy = [one for one in asked if "healthy" in one]
    assert CliRunner().invoke(cli, [*args, *healthy]).exit_code == 0


def write_log(path: Path, *, level: float, val: bool = False) -> None:
    loss = run("x", level=level, noise=0.05).curves[0]
    rows = [f"{step},{value}" for step, value in zip(loss.steps, loss.values, strict=True)]
    if val:
        rows = [f"{row},{level + 0.1 if place % 50 == 49 else ''}" for place, row in enumerate(rows)]
    head = "step,loss,val_loss" if val else "step,loss"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="the action runs in bash on Linux")
@pytest.mark.parametrize(
    ("base", "conditions", "code"),
    [("", "", "0"), ("base.json", "new-critical", "0"), ("base.json", "new-critical regression", "1")],
)
def test_the_action_writes_everything_and_hands_the_code_on(
    tmp_path: Path, base: str, conditions: str, code: str
) -> None:
    write_log(tmp_path / "log $(touch evil).csv", level=2.0)
    (tmp_path / "base.json").write_text(JsonReport().render(diagnosis(run("x", noise=0.05))), encoding="utf-8")
    done = started(
        scripts(GITHUB / "actions/loglens/action.yml")["Diagnose"], tmp_path,
        LOGS="log $(touch evil).csv", BASE=base, BASELINE="", FAIL_ON="critical", COMPARE_FAIL_ON=conditions, OUT="out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"code={code}\n" in (tmp_path / "output").read_text(encoding="utf-8")
    written = {one.name for one in (tmp_path / "out").iterdir()}
    assert written == {"diagnosis.json", "report.html", "junit.xml", "comment.md"}
    key = "compare" if base else "diagnosis"
    assert (tmp_path / "out/comment.md").read_text(encoding="utf-8").startswith(f"<!-- loglens:{key} -->")
    assert f"<!-- loglens:{key} -->" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert not (tmp_path / "evil").exists()


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="the action runs in bash on Linux")
def test_the_action_says_when_nothing_could_be_judged(tmp_path: Path) -> None:
    done = started(
        scripts(GITHUB / "actions/loglens/action.yml")["Diagnose"], tmp_path,
        LOGS="missing", BASE="", BASELINE="", FAIL_ON="critical", COMPARE_FAIL_ON="", OUT="out",
    )  # fmt: skip
    assert done.returncode == 0
    assert "code=2\n" in (tmp_path / "output").read_text(encoding="utf-8")


GH = """#!/bin/sh
printf '%s\\n' "$*" >> calls
case "$*" in *--paginate*) cat found ;; esac
"""


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="the action runs in bash on Linux")
@pytest.mark.parametrize(("found", "method"), [("", "--method POST"), ("77\n78\n", "--method PATCH")])
def test_the_comment_is_posted_once_and_then_updated(tmp_path: Path, found: str, method: str) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH, encoding="utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    (tmp_path / "found").write_text(found, encoding="utf-8")
    (tmp_path / "comment.md").write_text("<!-- loglens:diagnosis -->\n\nbody\n", encoding="utf-8")
    script = scripts(GITHUB / "actions/loglens-comment/action.yml")["Comment"]
    done = started(script, tmp_path, FILE="comment.md", PULL_REQUEST="5", GITHUB_REPOSITORY="o/r")
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    assert method in calls[-1]
    assert ("comments/77" in calls[-1]) == bool(found)
    assert calls[-1].endswith("--field body=@comment.md --silent")


@pytest.mark.skipif(BASH is None or os.name == "nt", reason="the action runs in bash on Linux")
def test_a_file_that_is_no_comment_of_ours_is_not_posted(tmp_path: Path) -> None:
    (tmp_path / "comment.md").write_text("@everyone\n", encoding="utf-8")
    script = scripts(GITHUB / "actions/loglens-comment/action.yml")["Comment"]
    assert started(script, tmp_path, FILE="comment.md", PULL_REQUEST="5", GITHUB_REPOSITORY="o/r").returncode == 2


def test_the_finding_of_a_stranger_is_drawn_from_json(tmp_path: Path) -> None:
    """What the second step for forks rests on: a made-up document cannot smuggle Markdown through `render`."""
    evil = diagnosis(run("a", finding()))
    document = json.loads(JsonReport().render(evil))
    document["runs"][0]["verdict"] = "@everyone"
    path = tmp_path / "diagnosis.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "loglens", "render", str(path), "--format", "markdown"],
        capture_output=True, text=True, check=False, timeout=60, cwd=GITHUB.parent,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert "verdict is '@everyone', not one of healthy, warning, critical" in done.stderr
