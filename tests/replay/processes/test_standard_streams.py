from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import os, sys
from loglens.replay.processes.standard_streams import StandardStreams, flush
before = StandardStreams.now()
out = sys.stdout
print("first")
{}
flush()
before.restore()
print("second")
print("third", file=sys.stderr)
print(sys.stdout is out, sys.stdin.read() == "")
"""


@pytest.mark.parametrize(
    ("misuse", "same"),
    [
        ("sys.stdout = open(os.devnull, 'w')", True),
        ("null = os.open(os.devnull, os.O_WRONLY); sys.stdout.flush(); os.dup2(null, 1); os.dup2(null, 2)", True),
        ("sys.stdin = sys.stderr = None", True),
        ("sys.stdout.close(); sys.stderr.close(); sys.stdin.close()", False),
        ("sys.stdout.detach().flush()", False),
        ("sys.stdout.flush(); os.closerange(0, 3)", True),
    ],
)
def test_the_streams_are_what_they_were(misuse: str, same: bool) -> None:
    command = [sys.executable, "-c", CODE.format(misuse)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.stdout.splitlines() == ["first", "second", f"{same} True"], done.stderr
    assert done.stderr == "third\n"
