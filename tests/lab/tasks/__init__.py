"""The lab's tasks: small networks on data that ships, each with a loss of K lanes at once."""

from __future__ import annotations

from itertools import chain, zip_longest

from tests.lab.tasks.base import Task
from tests.lab.tasks.basic import BASIC
from tests.lab.tasks.benchmarks import BENCHMARKS
from tests.lab.tasks.images import IMAGES
from tests.lab.tasks.numbers import NUMBERS
from tests.lab.tasks.odd import ODD
from tests.lab.tasks.texts import TEXTS

TASKS: tuple[Task, ...] = (
    *BASIC,
    *(one for one in chain.from_iterable(zip_longest(IMAGES, TEXTS, NUMBERS)) if one is not None),
    *ODD,
    *BENCHMARKS,
)
"""In this order tasks are given their optimizers, and trained."""


def task(name: str) -> Task:
    return next(one for one in TASKS if one.name == name)
