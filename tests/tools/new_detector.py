"""A new detector's skeleton: `python tests/tools/new_detector.py NAME [--root DIR]`.

Writes the detector, its test, its line in the registry and its words among the kinds; what is left to do is printed.
NAME is the fault in snake case (`loss_plateau`), never its cure.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

DETECTOR = '''"""{title}: one sentence that says what is seen.

What it is. The fault as a person would draw it.

Why it matters. What it costs a training.

How it decides. The formula, in the names of the fields: a point counts from `limit` times the scatter on.

Stays silent when. The near misses.

What to try. The first thing a person should do.

References. Where the formula comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import clip01
from loglens.model.finding import DetectorMeta, Evidence, Finding
from loglens.model.run import StepSpan
from loglens.signals.core import Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class {name_class}:
    """`limit`: the rise over the median level, in noise, from which a point counts."""

    limit: float = 50.0

    meta: ClassVar[DetectorMeta] = DetectorMeta(id="{name}", kinds=("{name}",), title="{title}")

    def detect(self, signals: Signals) -> Iterator[Finding]:
        loss = signals.loss
        centre = float(np.median(loss.values))
        spread = float(np.median(np.abs(loss.values - centre))) or 1.0
        rise = (loss.values - centre) / spread
        worst = int(np.argmax(rise))
        if rise[worst] <= self.limit:
            return
        step = int(loss.steps[worst])
        yield Finding(
            kind="{name}",
            severity="info",
            score=clip01(float(rise[worst]) / (10 * self.limit)),
            confidence=0.5,
            steps=StepSpan(start=step, end=step),
            series=loss.tag,
            summary=f"The loss stands {{rise[worst]:.0f}} times its usual scatter above its median at step {{step}}.",
            evidence=(Evidence(name="rise", value=float(rise[worst]), unit="sigma", note="over the median"),),
        )
'''
TEST = '''"""{title}: fires on the fault, stays quiet on what only looks like it, and bears odd logs."""

from __future__ import annotations

import numpy as np

from loglens.detectors.{name} import {name_class}
from loglens.signals.core import Signals
from tests.factories import make_run


def findings(values: np.ndarray) -> list[str]:
    return [finding.kind for finding in {name_class}().detect(Signals(make_run({{"loss": values}})))]


# fires


def test_fires_on_the_planted_fault() -> None:
    values = 1.0 + 0.01 * np.random.default_rng(0).standard_normal(200)
    values[120] = 30.0
    assert findings(values) == ["{name}"]


# stays quiet


def test_stays_quiet_on_noise() -> None:
    assert findings(1.0 + 0.01 * np.random.default_rng(1).standard_normal(200)) == []


# edges


def test_a_constant_loss_is_no_fault() -> None:
    assert findings(np.ones(50)) == []
'''
KIND = """    "{name}": KindInfo(
        title="{title}",
        said="the loss shows a {words}",
        doubt="An observation that would speak against it.",
        owners=frozenset({{"lr_too_high"}}),
    ),
"""
IMPORTS = r"(?:^from loglens\.detectors\.(?!base)\w+ import \w+\n)+"
LINES = r"(?:^    \w+\(\),\n)+"
LEFT = """wrote {detector} and {test}
to do: the words in loglens/model/kinds.py, the name in loglens/model/diagnosis.schema.json, the detector itself (what
it finds in the goldens is a false alarm or news), a sample of a real run with the fault, and
`python -m tests.lab.table`, `python -m tests.lab.fit` for its weight"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(argv)
    name: str = options.name
    if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", name):
        print(f"{name!r} is no name of a fault in snake case", file=sys.stderr)
        return 2
    detector = options.root / "loglens" / "detectors" / f"{name}.py"
    test = options.root / "tests" / "detectors" / f"test_{name}.py"
    if detector.exists():
        print(f"there is a detector {name} already: {detector}", file=sys.stderr)
        return 2
    words = name.replace("_", " ")
    fields = {
        "name": name,
        "words": words,
        "title": words.capitalize(),
        "name_class": "".join(part.capitalize() for part in name.split("_")),
    }
    detector.write_text(DETECTOR.format(**fields), encoding="utf-8")
    test.write_text(TEST.format(**fields), encoding="utf-8")
    _register(options.root / "loglens" / "detectors" / "__init__.py", name, fields["name_class"])
    _name(options.root / "loglens" / "model" / "kinds.py", name, KIND.format(**fields))
    print(LEFT.format(detector=detector.relative_to(options.root), test=test.relative_to(options.root)))
    return 0


def _register(path: Path, name: str, name_class: str) -> None:
    """The import and the line of the registry, both in alphabetical order."""
    text = path.read_text(encoding="utf-8")
    for pattern, added in (
        (
            r"(?:^from loglens\.detectors\.(?!base)\w+ import \w+\n)+",
            f"from loglens.detectors.{name} import {name_class}\n",
        ),
        (LINES, f"    {name_class}(),\n"),
    ):
        block = re.search(pattern, text, re.MULTILINE)
        if block is None:
            raise SystemExit(f"{path} is not laid out as a registry of detectors")
        lines = sorted([*block[0].splitlines(keepends=True), added])
        text = text[: block.start()] + "".join(lines) + text[block.end() :]
    path.write_text(text, encoding="utf-8")


def _name(path: Path, name: str, info: str) -> None:
    """The name in the type and the words in the table."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("\n]  # fmt: skip", f' "{name}",\n]  # fmt: skip', 1)
    text = text.replace("\n}\nKINDS: ", f"\n{info}}}\nKINDS: ", 1)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
