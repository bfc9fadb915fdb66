"""Which series plays which role, why, what else could have, and what is doubtful about the choice.

A name is read by its words (`grammar`); what the series does confirms or refuses it (`behaviour`); the other series of
the run decide what is a part and what the whole (`losses`, `rates`). What the user says goes before everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from loglens.errors import SettingsError
from loglens.model.run import Note, PassedOver, RoleChoice, Series
from loglens.readers.naming.board import Board
from loglens.readers.naming.candidates import Candidate, ranked
from loglens.readers.naming.grammar import NOTHING, NameReading
from loglens.readers.naming.losses import REFUSED
from loglens.readers.naming.metric_names import AXIS_ROLES, name_role, normalise
from loglens.readers.naming.sums import Sum, of_likelihoods, of_perplexities, of_ratios, sums_of

ALWAYS = ("train_loss", "val_loss", "learning_rate", "grad_norm")
_WHEN_FOUND = ("epoch", "step", "wall_time", "samples_or_tokens", "train_accuracy", "val_accuracy", "val_error",
               "perplexity", "episode_return", "skipped_or_nan_steps")  # fmt: skip
ROLES = (*ALWAYS, *_WHEN_FOUND)
_QUANTITIES = {"train_loss": "loss", "val_loss": "loss", "learning_rate": "rate", "grad_norm": "gradient"}
_LISTED = 12
_ONE_SIDED = frozenset({"precision", "prec", "recall", "sensitivity", "specificity"})
_MINIMISED = ("loss", "error")
_COMPANY: tuple[tuple[re.Pattern[str], str, NameReading], ...] = (
    (re.compile(r"test"), r"learn", NameReading("loss", "test")),  # CatBoost's console
    (re.compile(r"validation_0([-.])(.+)"), r"validation_1\1\2", NameReading("loss", "train")),  # XGBoost, by custom
    (re.compile(r"norm"), r"nnzs", NOTHING._replace(quantity="gradient", trap="the norm of the weights")),
)
"""Names that say something else beside another series: the name, that series, what it then is."""


class Cast(NamedTuple):
    """`series`: the series and the sums of their parts; `choices`: one for each of `ALWAYS` and for other roles that
    are there; `notes`: what was added up and what is doubtful."""

    series: tuple[Series, ...]
    choices: tuple[RoleChoice, ...]
    notes: tuple[Note, ...]


def check_mapping(mapping: Mapping[str, str], tags: Sequence[str]) -> None:
    """Raises SettingsError where a role does not exist, or where no run has a series of that name."""
    for role, tag in mapping.items():
        if role not in ROLES:
            raise SettingsError(f"there is no role {role!r}; roles are {', '.join(ROLES)}")
        if _find(tag, tags) is None:
            import difflib  # only for a slip: it takes longer to import than roles to find

            near = difflib.get_close_matches(tag, tags, n=3, cutoff=0.5)
            first = list(dict.fromkeys([*near, *tags]))[:_LISTED]
            more = "" if len(set(tags)) <= len(first) else f" and {len(set(tags)) - len(first)} more"
            raise SettingsError(f"no series is called {tag!r} (--map {role}=...); there are {', '.join(first)}{more}")


def choose_roles(series: Sequence[Series], mapping: Mapping[str, str] | None = None) -> tuple[RoleChoice, ...]:
    """A choice for each of train_loss, val_loss, learning_rate and grad_norm, and for other roles that are there."""
    return cast_roles(series, mapping).choices


def cast_roles(series: Sequence[Series], mapping: Mapping[str, str] | None = None) -> Cast:
    """The roles of a run's series; where a loss is logged in parts alone, their sum is added to the series, and where
    only a perplexity tells of it, its logarithm."""
    present = {normalise(item.tag) for item in series}
    readings = {item.tag: _read(item, present, series) for item in series}
    turned = of_likelihoods(series, readings)
    for tag, (loss, _) in turned.items():
        readings[loss.tag] = readings[tag]
        readings[tag] = readings[tag]._replace(trap="it is maximised")
    series = (*series, *(loss for loss, _ in turned.values()))
    sums = sums_of(series, readings)
    for item in sums:
        readings[item.series.tag] = NameReading("loss", item.split, named=True)
    series = (*series, *(item.series for item in sums))
    worked_out = of_perplexities(series, readings)
    for tag, (loss, _) in worked_out.items():
        readings[loss.tag] = NameReading("loss", readings[tag].split, named=True)
    series = (*series, *(loss for loss, _ in worked_out.values()))
    ratios = of_ratios(series, readings)
    for tag, (said, _) in ratios.items():
        readings[tag] = name_role(said).reading
    board = Board(series, readings)
    logarithms = {loss.tag: f"the loss by {tag!r}" for tag, (loss, _) in worked_out.items()}
    for candidate in (*board.train, *board.val):
        _mark(candidate, sums)
        candidate.why = logarithms.get(candidate.tag, candidate.why)
    given = {role: found for role, tag in (mapping or {}).items()
             if (found := _find(tag, [item.tag for item in series])) is not None}  # fmt: skip
    choices = (*(_of_four(role, board, given) for role in ALWAYS), *_others(series, given))
    return Cast(
        tuple(series),
        choices,
        (
            *_sum_notes(sums),
            *(note for _, note in (*turned.values(), *worked_out.values())),
            *(note for _, note in ratios.values()),
            *_doubts(choices),
        ),
    )


def _find(tag: str, tags: Sequence[str]) -> str | None:
    """The tag itself, else the only one that is the same but for case and blanks."""
    if tag in tags:
        return tag
    alike = {item for item in tags if normalise(item) == normalise(tag)}
    return alike.pop() if len(alike) == 1 else None


def _read(curve: Series, present: set[str], series: Sequence[Series]) -> NameReading:
    """What a name says, given the names of the other series."""
    name = normalise(curve.tag)
    said = name_role(curve.tag).reading
    for pattern, other, meaning in _COMPANY:
        found = pattern.fullmatch(name)
        if found and found.expand(other) in present and (meaning.split != "train" or said.quantity in _MINIMISED):
            return meaning._replace(rank=said.rank if said.quantity else meaning.rank)
    if name == "train_loss" and (why := _run_summary(curve, series)):
        return said._replace(trap=why)
    return said


def _run_summary(curve: Series, series: Sequence[Series]) -> str:
    """The Trainer's last row holds the mean loss of the whole run beside `train_runtime`: no point of the curve."""
    runtime = next(
        (other for other in series if normalise(other.tag) in ("train_runtime", "train/train_runtime")), None
    )
    if runtime is None or not bool(np.isin(curve.steps, runtime.steps).all()):
        return ""
    return "the mean over the whole run, written once at its end"


def _mark(candidate: Candidate, sums: Sequence[Sum]) -> None:
    for item in sums:
        if item.series.tag == candidate.tag:
            candidate.why = f"the sum of {', '.join(item.parts)}"
            candidate.doubt = item.doubt


def _of_four(role: str, board: Board, given: Mapping[str, str]) -> RoleChoice:
    order = {"train_loss": board.train, "val_loss": board.val, "learning_rate": board.rates,
             "grad_norm": board.norms}[role]  # fmt: skip
    if role == "val_loss":
        order = _on_the_axis_of(board.train, order)
    kin = _kin(role, board)
    if role in given:
        others = [PassedOver(series=item.tag, reason="the mapping names another") for item in order
                  if item.tag != given[role]]  # fmt: skip
        return RoleChoice(role=role, series=given[role], reason="given by the user", passed_over=tuple(others))
    if not order or order[0].tier >= REFUSED:
        over = (*(PassedOver(series=item.tag, reason=_alone(item)) for item in order), *kin)
        return RoleChoice(role=role, series=None, reason=_missing(role, order, over), passed_over=over)
    best, *rest = order
    reason = _reason(best, rest)
    if role == "train_loss" and board.reinforcement:
        reason += "; reinforcement learning: this loss need not fall, the return is what counts"
    passed = tuple(PassedOver(series=item.tag, reason=_why_not(item, best)) for item in rest)
    return RoleChoice(role=role, series=best.tag, reason=reason, passed_over=(*passed, *kin), doubt=best.doubt)


def _on_the_axis_of(train: Sequence[Candidate], order: Sequence[Candidate]) -> list[Candidate]:
    """Validation is judged against training: curves over another axis only where there is no other."""
    if not train or train[0].tier >= REFUSED:
        return list(order)
    axis = train[0].series.axis
    near = [item for item in order if item.series.axis == axis and item.tier < REFUSED]
    return [*near, *(item for item in order if item not in near)]


def _reason(best: Candidate, rest: Sequence[Candidate]) -> str:
    entry = name_role(best.tag).entry
    why = best.why or (f"named so by {entry.source}" if entry is not None else "by the words of its name")
    rivals = [item for item in rest if item.tier < REFUSED]
    if not rivals or best.why.endswith("learning rates"):
        return why
    return f"{why}; {best.behaviour.finite} finite points"


def _why_not(candidate: Candidate, best: Candidate) -> str:
    """Why a candidate was not taken: what it is, else how it compares with the best."""
    if candidate.over_samples and not best.over_samples:
        return "the same curve over samples"
    if candidate.reading.split == "test" and best.reading.split != "test":
        return "a test split; a validation split is there"
    if candidate.tier > best.tier and candidate.why:
        return candidate.why
    if candidate.reading.aggregate == "epoch" and best.reading.aggregate != "epoch":
        return "the mean over an epoch; the curve by step is there"
    if best.reading.quantity == "rate":
        return "another parameter group; the largest rate is judged"
    return f"{candidate.behaviour.finite} finite points, {best.tag!r} has {best.behaviour.finite}"


def _alone(candidate: Candidate) -> str:
    return candidate.why or "a loss by its name, but of what is not known"


def _kin(role: str, board: Board) -> tuple[PassedOver, ...]:
    """Series that a reader of the log might have expected in this role."""
    split = {"train_loss": ("train", ""), "val_loss": ("val", "test")}.get(role)
    return tuple(
        PassedOver(series=item.tag, reason=item.reading.trap or "a term of reinforcement learning, such as a critic's")
        for item in board.refused
        if item.reading.quantity == _QUANTITIES[role] and (split is None or item.reading.split in split)
    )


def _missing(role: str, order: Sequence[Candidate], over: Sequence[PassedOver]) -> str:
    title = role.replace("_", " ")
    offered = [item.tag for item in order] or [item.series for item in over]
    if role != "train_loss" or not offered:
        return f"no series has a name known for a {title}"
    shown = ", ".join(offered[:_LISTED])
    return f"no series has a name known for a {title}; candidates: {shown} (choose with --map {role}=NAME)"


def _others(series: Sequence[Series], given: Mapping[str, str]) -> list[RoleChoice]:
    by_role: dict[str, list[Candidate]] = {}
    for place, curve in enumerate(series):
        named = name_role(curve.tag)
        if named.role in _WHEN_FOUND:
            candidate = Candidate(curve, named.reading, place, tier=_plainness(named.reading))
            by_role.setdefault(named.role, []).append(candidate)
    choices = []
    for role in _WHEN_FOUND:
        order = ranked(by_role.get(role, []))
        tag = given.get(role) or (order[0].tag if order else None)
        if tag is None:
            continue
        rest = [item for item in order if item.tag != tag]
        over = tuple(PassedOver(series=item.tag, reason=f"{len(item.series)} points") for item in rest)
        reason = "given by the user" if role in given else _reason(order[0], [] if role in AXIS_ROLES else rest)
        choices.append(RoleChoice(role=role, series=tag, reason=reason, passed_over=over))
    return choices


def _plainness(said: NameReading) -> float:
    """A validation before a test, accuracy as a whole before one side of it, everything before one class."""
    return (1.0 if said.split == "test" else 0.0) + 0.5 * (said.metric in _ONE_SIDED) + 0.25 * bool(said.parts)


def _sum_notes(sums: Sequence[Sum]) -> list[Note]:
    return [
        Note(
            kind="info",
            series=item.series.tag,
            message=f"{item.series.tag!r} is the sum of its parts, no total is logged: {', '.join(item.parts)}",
        )
        for item in sums
    ]


def _doubts(choices: Sequence[RoleChoice]) -> list[Note]:
    return [
        Note(
            kind="guess",
            series=choice.series,
            message=f"{choice.series!r} was taken for the "
            f"{choice.role.replace('_', ' ')}, which is doubtful: {choice.doubt}; "
            f"--map {choice.role}=NAME names another",
        )
        for choice in choices
        if choice.doubt and choice.series is not None
    ]
