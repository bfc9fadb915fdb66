"""Blocks of README.md that are generated: between `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def write_block(name: str, content: str, readme: Path = README) -> None:
    """Replaces what stands between the markers of a block; ends the program with a message where there is none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = readme.read_text(encoding="utf-8") if readme.exists() else ""
    if begin not in text or end not in text:
        sys.exit(f"{readme} has no block to write to: put the lines\n{begin}\n{end}\nwhere the table belongs")
    block = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    readme.write_text(block.sub(lambda _: f"{begin}\n{content}\n{end}", text), encoding="utf-8")
