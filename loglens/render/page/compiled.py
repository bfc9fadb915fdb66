"""Templates compiled once and kept where Python keeps its own compiled modules, beside this one.

To compile them takes as long as to judge a run. What is kept is as safe as Python's own cache, which lies in the same
folder, and is left alone where that is: with `PYTHONDONTWRITEBYTECODE`, or in a folder that cannot be written.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from loglens.whole_file import whole_file


class Compiled(BytecodeCache):
    """Jinja's own check of what is kept holds: its version, Python's, and the template's text."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), _place(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        path = _place(bucket)
        with suppress(OSError):  # it is compiled again next time
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as made, made.open("wb") as file:
                bucket.write_bytecode(file)


def _place(bucket: Bucket) -> Path:
    return Path(cache_from_source(__file__)).with_name(f"template-{bucket.key}.pyc")
