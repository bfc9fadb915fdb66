"""What of the environment an arm sees, and what of it never reaches a report."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

ALWAYS = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "SYSTEMROOT",
          "VIRTUAL_ENV", "CONDA_PREFIX", "CUDA_HOME", "CUDA_VISIBLE_DEVICES")  # fmt: skip
"""Without these hardly any program starts; none of them is a secret."""
SECRET = re.compile(r"key|token|secret|passw|passphrase|credential|auth|private|cookie|session|dsn", re.IGNORECASE)
SHORTEST = 6
"""A shorter value is a flag and no secret, and would be found in any text."""
HIDDEN = "***"


def environment(allowed: Sequence[str] | None, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of an arm: all of ours, or `ALWAYS` and the `allowed` names; `more` is put in as it is."""
    ours = dict(os.environ)
    if allowed is not None:
        ours = {name: value for name, value in ours.items() if name in allowed or name in ALWAYS}
    return {**ours, **more}


def without_secrets(text: str) -> str:
    """The text with the value of every variable whose name speaks of a secret blacked out."""
    values = {value for name, value in os.environ.items() if SECRET.search(name) and len(value) >= SHORTEST}
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text
