"""How well the roles of series are found by their names: `python -m tests.readers.naming.score [--without-file] [-v]`.

Every table in `tables/` holds sets: the names of one log, and which of them plays each of the four roles (any of a
list; "+" a sum of parts made by the reader, "-" none at all); `also_` names could play it where the first were missing.
Two figures. Sets: all names of a log together, where a role that nothing should have counts as much as one that
something should have. Names: each by itself. Every series is a noisy falling curve, so that names
alone decide, unless the set says what a series does (`does_once`, `does_constant`, `does_clock`, ...).
`--without-file` forgets what `metric_names.toml` knows of frameworks; `-v` lists what is not right.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np

from loglens.model.run import FloatArray, RoleChoice, Series
from loglens.readers.naming import metric_names
from loglens.readers.naming.roles import ALWAYS, cast_roles

TABLES = Path(__file__).parent / "tables"
POINTS = 60


def _curve(seed: int) -> FloatArray:
    fall = 2 * 0.96 ** np.arange(POINTS) + 0.1 * np.random.default_rng(seed).random(POINTS)
    return np.asarray(fall, dtype=np.float64)


def _floats(values: object) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


_DOES: dict[str, FloatArray] = {
    "once": _floats([1e-3]),
    "few": _floats([0.71]),
    "constant": _floats([1e-3] * POINTS),
    "one": _floats([1.0] * POINTS),
    "clock": _floats(np.arange(POINTS) * 3.5 + 2),
    "negative": _curve(0) - 1.5,
    "cosine": _floats(1e-3 * (0.55 + 0.45 * np.cos(np.linspace(0, np.pi, POINTS)))),
    "biased": _floats([*np.linspace(0.1, 0.01, 6), *[0.01] * (POINTS - 6)]),
    "warmed": _floats([*np.linspace(0.0, 0.01, 6), *[0.01] * (POINTS - 6)]),
}


@dataclass
class Score:
    """`right` of `asked`; `wrong`: wrong without a word of doubt; `said`: a line for each that is not right."""

    asked: int = 0
    right: int = 0
    wrong: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right / max(self.asked, 1)

    def __add__(self, other: Score) -> Score:
        return Score(self.asked + other.asked, self.right + other.right, self.wrong + other.wrong,
                     [*self.said, *other.said])  # fmt: skip


def sets_of(table: Path) -> list[dict[str, list[str]]]:
    """The sets of a table."""
    return list(tomllib.loads(table.read_text(encoding="utf-8"))["set"])


def series_of(names: dict[str, list[str]]) -> list[Series]:
    """One series for each name of a set."""
    made = []
    for seed, name in enumerate(names["names"]):
        does = next((key[5:] for key, listed in names.items() if key.startswith("does_") and name in listed), "")
        values = _DOES[does] if does else _curve(seed)
        made.append(Series(tag=name, steps=np.arange(len(values)), values=values))
    return made


def score_set(names: dict[str, list[str]]) -> Score:
    """The four roles of one set."""
    cast = cast_roles(series_of(names))
    sums = {one.tag for one in cast.series} - set(names["names"])
    score = Score()
    for choice in cast.choices:
        if choice.role in ALWAYS:
            score += _judged(choice, names.get(choice.role, ["-"]), sums, str(names["source"]))
    return score


def _judged(choice: RoleChoice, wanted: list[str], sums: set[str], source: str) -> Score:
    got = "-" if choice.series is None else "+" if choice.series in sums else choice.series
    if got in wanted:
        return Score(asked=1, right=1)
    kind = "missed" if choice.series is None else "wrong but doubtful" if choice.doubt else "WRONG"
    return Score(1, 0, int(kind == "WRONG"), [f"{kind}: {source}: {choice.role} is {choice.series}, not {wanted}"])


def score_names(names: dict[str, list[str]]) -> Score:
    """Each name of one set by itself. Where it plays a role (or could): the role it is given as the only series of a
    log. Where it plays none: that it is not taken for one of the four."""
    score = Score()
    behaving = {name for key, listed in names.items() if key.startswith("does_") for name in listed}
    for name, series in zip(names["names"], series_of(names), strict=True):
        if name in behaving:
            continue  # its values decide, not its name
        wanted = {role for role in ALWAYS for listed in (names.get(role, []), names.get(f"also_{role}", []))
                  if name in listed}  # fmt: skip
        filled = [one for one in cast_roles([series]).choices if one.role in ALWAYS and one.series is not None]
        plain = metric_names.name_role(name).role
        got = {one.role for one in filled} if wanted else {plain} & set(ALWAYS)
        right = got == wanted
        doubtful = not got or all(one.doubt for one in filled)
        kind = "right" if right else "doubtful" if doubtful else "WRONG"
        told = (
            [] if right else [f"{kind}: {names['source']}: {name!r} is {sorted(map(str, got))}, not {sorted(wanted)}"]
        )
        score += Score(1, int(right), int(kind == "WRONG"), told)
    return score


@contextmanager
def without_file() -> Iterator[None]:
    """Nothing is known of frameworks: words alone."""
    metric_names.name_role.cache_clear()
    with mock.patch.object(metric_names, "known_name", lambda _: None):
        yield
    metric_names.name_role.cache_clear()


def report(tables: list[Path], *, verbose: bool) -> None:
    """The figures of each table."""
    for table in tables:
        sets = sets_of(table)
        by_set = sum((score_set(one) for one in sets), Score())
        by_name = sum((score_names(one) for one in sets), Score())
        print(f"{table.stem}: {len(sets)} sets, {by_set.asked} roles: {by_set.share:.3f} right, {by_set.wrong} wrong "
              f"without doubt; {by_name.asked} names: {by_name.share:.3f} right, {by_name.wrong} wrong")  # fmt: skip
        if verbose:
            print("\n".join(f"  {line}" for line in (*by_set.said, *by_name.said)))


def main(args: list[str]) -> None:
    """The command."""
    verbose = "-v" in args
    tables = [Path(one) for one in args if not one.startswith("-")] or sorted(TABLES.glob("*.toml"))
    if "--without-file" in args:
        with without_file():
            report(tables, verbose=verbose)
    else:
        report(tables, verbose=verbose)


if __name__ == "__main__":
    main(sys.argv[1:])
