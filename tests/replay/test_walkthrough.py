"""The page that walks from a failed run to a confirmed rate, run as it stands where the packages are installed."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / ".github" / "REPLAY.md"
ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, list[tuple[str, str]]]:
    """Blocks (language, text) by the heading they stand under."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: BLOCK.findall(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize(("title", "package"), [("Hugging Face Trainer", "transformers"), ("Lightning", "lightning")])
def test_the_walk_ends_with_a_confirmed_rate(title: str, package: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "OMP_NUM_THREADS": "1"}
    said = ""
    for language, text in sections()[title]:
        if language == "python":
            name = text.splitlines()[0].removeprefix("# ")
            (tmp_path / name).write_text(text, encoding="utf-8")
            continue
        for line in text.strip().splitlines():
            words = shlex.split(line.replace("'python ", f"'{sys.executable} "))
            program = {"python": [sys.executable], "loglens": [sys.executable, "-m", "loglens"]}[words[0]]
            done = subprocess.run(
                [*program, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
                timeout=280,
            )  # fmt: skip
            assert done.returncode in (0, 1), done.stderr
            said = done.stdout + done.stderr
    assert "Replay: confirmed" in said
    assert "Left: about" in said
    arms = [json.loads(one.read_text()) for one in tmp_path.glob("loglens-replay/*/**/arm.json")]
    assert all(one.get("end") != "failed" for one in arms)


def test_the_page_shows_only_flags_that_exist() -> None:
    from loglens.cli.commands.replay import command

    known = {flag for one in command.params for flag in one.opts}
    for text in re.findall(r"^loglens replay (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        before = text.partition("--command")[0]
        assert set(re.findall(r"(?<!\S)(--[a-z-]+)", before)) <= known
