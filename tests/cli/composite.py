"""A composite action run outside of GitHub: its steps in order, with inputs, environment files and outputs resolved."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
BASH = shutil.which("bash")


@dataclass(slots=True)
class Ran:
    """`outputs` of the action; `steps`: outputs of each step by its id; `log`: what all of them printed."""

    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""


def run_action(action: Path, inputs: dict[str, str], folder: Path, *, path: str, **github: str) -> Ran:
    """Run the action in `folder`. `path`: the PATH it starts with; `github`: what `${{ github.* }}` stands for.

    AssertionError where a step fails or an expression stands for nothing known; `uses:` steps are not supported.
    """
    document = yaml.safe_load(action.read_text(encoding="utf-8"))
    given = {name: inputs.get(name, _default(one)) for name, one in document["inputs"].items()}
    assert set(inputs) <= set(given), "an input the action does not have"
    assert all(name in inputs for name, one in document["inputs"].items() if one.get("required"))
    ran = Ran()
    temp = folder / "runner-temp"
    temp.mkdir(exist_ok=True)
    known = {f"inputs.{name}": value for name, value in given.items()}
    known |= {f"github.{name}": value for name, value in github.items()}
    for number, step in enumerate(document["runs"]["steps"]):
        assert step["shell"] == "bash"
        files = {name: temp / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        for one in files.values():
            one.touch()
        done = subprocess.run(
            [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder, capture_output=True, text=True, check=False, timeout=180,
            env={
                **os.environ, "PATH": path, "RUNNER_TEMP": str(temp),
                **{name: str(one) for name, one in files.items()},
                **{name: _resolved(value, known) for name, value in step.get("env", {}).items()},
            },
        )  # fmt: skip
        ran.log += done.stdout + done.stderr
        assert done.returncode == 0, f"step {step.get('name')}: {done.stderr}"
        path = os.pathsep.join([*reversed(files["GITHUB_PATH"].read_text(encoding="utf-8").split()), path])
        said = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines())
        if "id" in step:
            ran.steps[step["id"]] = said
            known |= {f"steps.{step['id']}.outputs.{name}": value for name, value in said.items()}
    outputs: dict[str, Any] = document.get("outputs", {})
    ran.outputs = {name: _resolved(one["value"], known) for name, one in outputs.items()}
    return ran


def _default(one: dict[str, Any]) -> str:
    return str(one.get("default", ""))


def _resolved(text: str, known: dict[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        assert found[1] in known, f"{found[0]} stands for nothing known"
        # a default may hold an expression itself, as ${{ github.token }}
        return _resolved(known[found[1]], known)

    return EXPRESSION.sub(value, text)
