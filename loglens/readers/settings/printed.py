"""Settings that a training printed before its figures: arguments, a dictionary, a table, an optimizer's own lines.

    Namespace(batch_size=64, lr=0.001, optimizer='adam')
    python train.py --lr 0.1 --momentum 0.9
    - learning_rate: 2e-05
    Adam (
    Parameter Group 0
        lr: 0.001

Only what advice can use is taken, and only where it is said in one way: a rate that is printed with two values, a
default and what came in its place, is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

from loglens.model.run import Setting
from loglens.readers.contract.limits import opened

MOST_LINES, LONGEST, MOST_BYTES = 5_000, 40_000, 1 << 18
"""Lines before the first figures that are looked at, the bytes of one and of all of them."""
_HEAD = 1 << 14
LARGEST = 1e15
_VALUE = rb"(?P<value>[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?+)(?![\w.^%/]|\s{0,2}[*x^]\s{0,2}\d)"
_BETWEEN = rb"['\"]?(?:\s{0,40}+(?::=|[:=|]|\xe2\x94\x82|\.{3,200}+|->)\s{0,40}+|\s{1,40}+)['\"(<]?"
NUMBERS = re.compile(
    rb"(?<![A-Za-z0-9_])(?<![A-Za-z0-9_]-)(?P<name>"
    rb"(?:(?:base|init|initial|peak|max|maximum|start|starting)[_ -]?)?(?:lr|learn(?:ing)?[_ -]?rate|lrate)|lr0|"
    rb"momentum|weight[_ -]?decay|(?:num|n)[_ -]?(?:classes|labels)|vocab[_ -]?size|"
    rb"(?:(?:train|total|global|per_device_train|mini)[_ -]?)?batch[_ -]?size|"
    rb"(?:num[_ -]?|lr[_ -]?)?warm[_ -]?up[_ -]?(?:steps|iters|ratio|epochs)|gradient[_ -]accumulation[_ -]steps|"
    rb"max[_ -]?grad[_ -]?norm|gradient[_ -]?clip[_ -]?val|grad[_ -]?clip|clip[_ -]?grad|lora[_ -](?:r|rank|alpha)"
    rb")" + _BETWEEN + _VALUE,
    re.IGNORECASE,
)
_OPTIMIZERS = (
    rb"(?:adamw?(?:8bit|_torch(?:_fused)?|_hf|_bnb_8bit|_8bit)?|nadam|radam|adamax|amsgrad|fusedadam|rmsprop|adafactor|"
    rb"lamb|lion|sgdm?|momentum|nesterov|adagrad|adadelta|l-?bfgs|muon|gradientdescent)"
)
OPTIMIZER = re.compile(
    rb"(?<![A-Za-z])(?:optimi[sz]er|optim|opt|solver)(?:[_ ](?:name|type))?" + _BETWEEN
    + rb"(?:(?:class|tf|torch|keras|optimizers?|optimizernames|optim|train|optax)[ .'\"]{1,3}){0,5}(?:adamw?\.)?"
    rb"['\"]?(?P<named>" + _OPTIMIZERS + rb")(?:_?optimizer)?(?![A-Za-z])"
    rb"|(?<![A-Za-z])(?P<made>" + _OPTIMIZERS + rb") ?\((?:\s{0,40}$|lr|learning|params|parameter|\n)"
    rb"|(?<![A-Za-z])(?P<spoken>" + _OPTIMIZERS + rb") optimi[sz]er(?![A-Za-z])",
    re.IGNORECASE,
)  # fmt: skip
WORD_BEFORE = re.compile(rb"([A-Za-z]{1,20}) {1,3}\Z")
OF_THE_WHOLE = frozenset(
    b"the a an with using uses use at and or set current training train trained model optimizer global our constant "
    b"fixed default sgd adam adamw".split()
)
"""Words that may stand before the name of a setting; others say that it is another one: "min lr", "suggested lr",
"generator learning rate"."""
BEFORE = 24
FIRST = {"maximum": "max", "start": "initial", "starting": "initial"}


def settings_said(lines: Iterable[bytes]) -> dict[str, Setting]:
    """The settings in the lines before the first figures, by their usual names."""
    said: dict[str, set[Setting]] = {}
    left = MOST_BYTES
    for number, line in enumerate(lines):
        left -= len(line)
        if number >= MOST_LINES or left < 0:
            break
        for name, value in _in_line(line[:LONGEST]):
            said.setdefault(name, set()).add(value)
    return {name: values.pop() for name, values in said.items() if len(values) == 1}


def settings_in_comments(path: Path) -> dict[str, Setting]:
    """The settings in the comments at the beginning of a table's file; none where it cannot be read."""
    try:
        with opened(path) as file:
            head = file.read(_HEAD)
    except OSError:
        return {}
    return settings_said(takewhile(lambda line: line.startswith(b"#"), head.splitlines())) if head[:1] == b"#" else {}


def _in_line(line: bytes) -> Iterator[tuple[str, Setting]]:
    for found in NUMBERS.finditer(line):
        before = WORD_BEFORE.search(line[max(0, found.start() - BEFORE) : found.start()])
        value = _number(found["value"].decode())
        if value is not None and (before is None or before[1].lower() in OF_THE_WHOLE):
            yield _usual(found["name"].decode()), value
    for found in OPTIMIZER.finditer(line):
        word = found["named"] or found["made"] or found["spoken"]
        yield "optimizer", word.decode().lower()


def _usual(name: str) -> str:
    """A setting's name as configurations write it: "Initial Learning Rate" is initial_lr, "learningRate"
    learning_rate."""
    name = re.sub(r"[ -]", "_", name.lower())
    name = re.sub(r"learn(?:ing)?_?rate", "learning_rate", name)
    first, _, rest = name.partition("_")
    if rest in ("lr", "learning_rate"):
        return f"{FIRST.get(first, first)}_lr"
    return name


def _number(text: str) -> int | float | None:
    """None where it is larger than any setting."""
    value = float(text)
    if abs(value) > LARGEST:
        return None
    return int(value) if text.isdigit() else value
