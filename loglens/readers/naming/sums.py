"""The sum of the parts of a loss, where a log holds the parts and no whole; the logarithm of a perplexity, where it
holds no loss at all.

Rules. (1) Nothing is summed where a split has a loss that is not a part. (2) Parts belong together where their names
are alike but for the words of the part (`train/box_loss`, `train/cls_loss`), and where they are logged at the same
steps. (3) A detector's parts (box, class, objectness, mask, ...) are logged as they are added up, weights included: the
sum is the loss. (4) Of two networks that work against each other the generator's parts are summed, the
discriminator's are left out. (5) Of other parts the weights are not known: where any of them is known by name
the sum stands for the loss, marked as doubtful. (6) Terms of reinforcement learning are never summed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loglens.model.run import Aggregate, FloatArray, Note, Series
from loglens.readers.naming.grammar import ACTOR, KIND, OTHER, PART, NameReading
from loglens.readers.naming.words import words_of

_FEWEST, _MOST = 2, 24
_BITS = frozenset({"bpb", "bpc", "bpd"})
_MAXIMISED = re.compile(
    r"(?<![a-z])(?:log[-_ ]?lik(?:elihood)?|elbo|lower[-_ ]bound|objective|objf|multiclass)(?![a-z])", re.IGNORECASE
)
_RATIO = re.compile(r"(?<![a-z])(?:si[-_ ]?)?(?:snr|sdr)i?(?![a-z])", re.IGNORECASE)
_MINIMISED = re.compile(r"neg|minus|(?<![a-z])-|loss|cost", re.IGNORECASE)
_JOINTS = re.compile(r"[-_/. ]{2,}")


@dataclass(frozen=True, slots=True)
class Sum:
    """`series`: the sum; `parts`: the names that went into it; `split`: train, val or test; `doubt`: why it may not be
    the loss."""

    series: Series
    parts: tuple[str, ...]
    split: str
    doubt: str = ""


def sums_of(series: Sequence[Series], readings: Mapping[str, NameReading]) -> tuple[Sum, ...]:
    """The sums that stand for a loss: one for the training and one for the validation, where either is in parts."""
    losses = [item for item in series if readings[item.tag].quantity == "loss" and not readings[item.tag].trap]
    if any(not readings[loss.tag].bare for loss in losses):
        losses = [loss for loss in losses if not readings[loss.tag].bare]
    if not losses or any(readings[loss.tag].rank == ACTOR for loss in losses):
        return ()
    taken = {item.tag for item in series}
    found: list[Sum] = []
    for splits in (("train", ""), ("val",), ("test",)):
        own = [loss for loss in losses if readings[loss.tag].split in splits]
        total = _sum(own, readings, taken, splits[0])
        if total is None:
            if splits[0] == "train":
                return ()  # parts of a validation alone are data sets, not parts
            continue
        if found and {_part(part, readings) for part in total.parts} != {
            _part(part, readings) for part in found[0].parts
        }:
            continue
        found.append(total)
    return tuple(found)


def _sum(own: Sequence[Series], readings: Mapping[str, NameReading], taken: set[str], split: str) -> Sum | None:
    if any(_is_whole(readings[item.tag]) for item in own):
        return None
    networks = {readings[item.tag].network for item in own}
    adversarial = {"generator", "discriminator"} <= networks
    parts = [item for item in own if readings[item.tag].network != "discriminator" and len(item)]
    if adversarial:
        if any(_whole_generator(readings[part.tag]) for part in parts):
            return None
        parts = [part for part in parts if "discriminator" not in _kinds(part.tag)]
    groups: dict[tuple[str, bytes], list[Series]] = {}
    for part in parts:
        key = "" if readings[part.tag].bare else _frame(part.tag, readings[part.tag])
        groups.setdefault((key, part.steps.tobytes()), []).append(part)
    name, best = max(
        ((key[0], group) for key, group in groups.items()), key=lambda pair: len(pair[1]), default=("", [])
    )
    if not _FEWEST <= len(best) <= _MOST:
        return None
    if all(readings[item.tag].rank == OTHER for item in best):
        return None  # nothing is known of any of them
    known = all(readings[item.tag].rank == PART for item in best)
    tag = _unused(name or "loss", taken)
    total = replace(best[0], tag=tag, values=np.sum([item.values for item in best], axis=0), aggregate=_aggregate(best),
                    low=None, high=None)  # fmt: skip
    doubt = "" if known else "the sum of parts whose weights are not logged"
    if adversarial:
        doubt = "the generator's parts added up: one of two networks that work against each other, it need not fall"
    return Sum(total, tuple(item.tag for item in best), split, doubt)


def _part(tag: str, readings: Mapping[str, NameReading]) -> tuple[str, ...]:
    return readings[tag].parts


def _whole_generator(said: NameReading) -> bool:
    return said.network == "generator" and said.sure and (said.whole or len(said.parts) == 1)


def _is_whole(said: NameReading) -> bool:
    return said.rank <= KIND and said.quantity == "loss"


def _kinds(tag: str) -> set[str]:
    return {word.kind for word in words_of(tag)}


def _aggregate(parts: Sequence[Series]) -> Aggregate:
    kinds = {part.aggregate for part in parts}
    if len(kinds) == 1 and "component" not in kinds:
        return parts[0].aggregate
    return "epoch" if parts[0].axis == "epoch" else "unknown"


def _frame(tag: str, said: NameReading) -> str:
    """The name without the words of its part: `train/box_loss` gives `train/loss`."""
    kept, out = list(tag), []
    # letter by letter: some become two
    lowered = "".join(folded if len(folded := letter.casefold()) == 1 else letter for letter in tag)
    for part in sorted(said.parts, key=len, reverse=True):
        at = lowered.find(part)
        if at >= 0:
            lowered = lowered[:at] + "\0" * len(part) + lowered[at + len(part) :]
    for place, letter in enumerate(lowered):
        if letter != "\0":
            out.append(kept[place])
    return _JOINTS.sub(lambda found: found[0].strip("_-")[:1] or found[0][0], "".join(out)).strip("_-/. ")


def _unused(name: str, taken: set[str]) -> str:
    while name in taken:
        name += " (sum)"
    return name


def of_perplexities(series: Sequence[Series], readings: Mapping[str, NameReading]) -> dict[str, tuple[Series, Note]]:
    """By the tag of each perplexity the loss that stands for it; none where a loss or an agent's return is logged.

    A perplexity is e to the loss a token; bits a byte, a character or a dimension are the loss over ln 2."""
    said = [reading for reading in readings.values() if not reading.trap]
    if any(reading.quantity in ("loss", "return") for reading in said):
        return {}
    taken = {item.tag for item in series}
    found = {}
    for item in series:
        if readings[item.tag].quantity == "perplexity" and not readings[item.tag].trap and len(item):
            bits = not _BITS.isdisjoint(word.text for word in words_of(item.tag))
            tag = f"{item.tag} * ln 2" if bits else f"ln {item.tag}"
            if tag not in taken:
                values = item.values * np.log(2) if bits else _logarithm(item.values)
                loss = replace(item, tag=tag, values=values, low=None, high=None)
                told = f"no loss is logged: {tag!r} stands for it, worked out from {item.tag!r}"
                found[item.tag] = (loss, Note(kind="guess", series=tag, message=told))
    return found


def _logarithm(values: FloatArray) -> FloatArray:
    """NaN where a perplexity is 0 or below, which none is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms: FloatArray = np.where(values > 0, np.log(values), np.nan)
    return logarithms


def of_likelihoods(series: Sequence[Series], readings: Mapping[str, NameReading]) -> dict[str, tuple[Series, Note]]:
    """By the tag of each log-likelihood, or lower bound of one, the loss that it is with its sign turned. Many call
    their loss so and turn no sign: it is one where it is negative and rises."""
    found = {}
    for item in series:
        named = readings[item.tag].quantity == "loss" and not readings[item.tag].trap and _MAXIMISED.search(item.tag)
        if (
            not named
            or _MINIMISED.search(item.tag)
            or not _below_zero(item.values[np.isfinite(item.values)], rises=True)
        ):
            continue
        tag = f"negative {item.tag}"
        loss = replace(item, tag=tag, values=np.negative(item.values), low=None, high=None)
        told = f"{item.tag!r} is negative and rises, as what is maximised does: {tag!r} stands for it, its sign turned"
        found[item.tag] = (loss, Note(kind="guess", series=tag, message=told))
    return found


def of_ratios(series: Sequence[Series], readings: Mapping[str, NameReading]) -> dict[str, tuple[str, Note]]:
    """By its tag each ratio of a signal to its distortion that is the loss, where no other is logged, and the name that
    says so: separators of speech minimise it with its sign turned, so that it falls below zero."""
    if any(reading.quantity == "loss" and not reading.trap for reading in readings.values()):
        return {}
    told = "no loss is logged: it falls below zero, as a ratio of signal to distortion does that is minimised"
    return {
        item.tag: (
            _RATIO.sub("loss", item.tag),
            Note(kind="guess", series=item.tag, message=f"{item.tag!r} is taken for the loss; {told}"),
        )
        for item in series
        if _RATIO.search(item.tag) and _below_zero(item.values[np.isfinite(item.values)], rises=False)
    }


def _below_zero(values: FloatArray, *, rises: bool) -> bool:
    """Whether figures are negative, and rise or fall."""
    quarter = max(1, len(values) // 4)
    if len(values) < 2 or float(np.median(values)) >= 0:
        return False
    first, last = float(np.median(values[:quarter])), float(np.median(values[-quarter:]))
    return last > first if rises else last < first
