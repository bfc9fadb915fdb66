"""Which series plays which role, why, and which were passed over.

The names come from `metric_names.toml`; where several series could have a role, one is chosen in this order: what the
user says; a validation split before a test split; `*_step` before `*_epoch`; steps before samples as x; then most
finite points. Of several learning rates the largest is judged. A run whose loss has no known name names the candidates.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from loglens.errors import SettingsError
from loglens.model.run import PassedOver, RoleChoice, Series
from loglens.readers.naming.metric_names import AXIS_ROLES, Named, name_role, normalise

ALWAYS = ("train_loss", "val_loss", "learning_rate", "grad_norm")
_WHEN_FOUND = ("epoch", "step", "wall_time", "samples_or_tokens", "train_accuracy", "val_accuracy", "val_error",
               "perplexity", "episode_return", "skipped_or_nan_steps")  # fmt: skip
ROLES = (*ALWAYS, *_WHEN_FOUND)
_RL_COMPANION = re.compile(
    r"(?:rollout|charts|env_runners|losses)/.+|.*(?:ep(?:isode)?_?(?:rew|len|return)|averagereturn).*"
)
_RL_LOSS = re.compile(r"\A(?=.*loss)(?=.*(?:critic|actor|policy|value|entropy)).*")
_LIMIT_RATE = re.compile(
    r"(?:.*[/_.])?(?:max|min|init|initial|target|peak|end|final|eta|warmup|start)_?(?:lr|learning_rate)"
)
_LISTED = 12
_COMPANY: tuple[tuple[re.Pattern[str], str, Named], ...] = (
    (re.compile(r"test"), r"learn", Named("val_loss", split="test")),  # CatBoost's console
    (
        re.compile(r"validation_0([-.])(.+)"),
        r"validation_1\1\2",
        Named("train_loss", split="train"),
    ),  # XGBoost, by custom
    (re.compile(r"cost"), r"l.r.", Named("train_loss")),  # Marian
    (re.compile(r"norm"), r"nnzs", Named(None, "the norm of the weights", denied=True)),  # scikit-learn's SGD
)
"""Names that say something else beside another series: the name, that series, what it then is."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    series: Series
    named: Named

    @property
    def finite(self) -> int:
        return int(np.count_nonzero(self.series.finite))


def check_mapping(mapping: Mapping[str, str], tags: Sequence[str]) -> None:
    """Raises SettingsError where a role does not exist, or where no run has a series of that name."""
    for role, tag in mapping.items():
        if role not in ROLES:
            raise SettingsError(f"there is no role {role!r}; roles are {', '.join(ROLES)}")
        if _find(tag, tags) is None:
            near = difflib.get_close_matches(tag, tags, n=3, cutoff=0.5)
            first = list(dict.fromkeys([*near, *tags]))[:_LISTED]
            more = "" if len(set(tags)) <= len(first) else f" and {len(set(tags)) - len(first)} more"
            raise SettingsError(f"no series is called {tag!r} (--map {role}=...); there are {', '.join(first)}{more}")


def choose_roles(series: Sequence[Series], mapping: Mapping[str, str] | None = None) -> tuple[RoleChoice, ...]:
    """A choice for each of train_loss, val_loss, learning_rate and grad_norm, and for other roles that are there."""
    tags = [one.tag for one in series]
    given = {role: found for role, tag in (mapping or {}).items() if (found := _find(tag, tags)) is not None}
    by_role: dict[str, list[_Candidate]] = {}
    denied: list[PassedOver] = []
    present = {normalise(tag) for tag in tags}
    for one in series:
        named = _in_company(one.tag, present)
        if named.role == "train_loss" and (why := _run_summary(one, series)):
            named = Named(None, why, denied=True)
        if named.role is not None:
            by_role.setdefault(named.role, []).append(_Candidate(one, named))
        elif named.denied and ("loss" in one.tag.casefold() or "lr" in one.tag.casefold()):
            denied.append(PassedOver(series=one.tag, reason=named.reason))
    learning = any(_RL_COMPANION.fullmatch(normalise(tag)) for tag in tags) or "episode_return" in by_role
    choices: list[RoleChoice] = []
    for role in ROLES:
        candidates = by_role.get(role, [])
        if role == "val_loss":
            candidates = _on_the_axis_of(choices[0].series, candidates, series)
        if role in given:
            others = tuple(PassedOver(series=c.series.tag, reason="the mapping names another") for c in candidates
                           if c.series.tag != given[role])  # fmt: skip
            choices.append(RoleChoice(role=role, series=given[role], reason="given by the user", passed_over=others))
        elif candidates or role in ALWAYS:
            choices.append(_choice(role, candidates, by_role, denied, reinforcement=learning))
    return tuple(choices)


def _on_the_axis_of(tag: str | None, candidates: Sequence[_Candidate], series: Sequence[Series]) -> list[_Candidate]:
    """Validation is judged against training: curves over another axis only where there is no other."""
    axis = next((one.axis for one in series if one.tag == tag), None)
    same = [one for one in candidates if one.series.axis == axis]
    return same or list(candidates)


def _find(tag: str, tags: Sequence[str]) -> str | None:
    """The tag itself, else the only one that is the same but for case and blanks."""
    if tag in tags:
        return tag
    alike = {one for one in tags if normalise(one) == normalise(tag)}
    return alike.pop() if len(alike) == 1 else None


def _in_company(tag: str, present: set[str]) -> Named:
    """What a name says, given the names of the other series."""
    name = normalise(tag)
    for pattern, other, meaning in _COMPANY:
        if (found := pattern.fullmatch(name)) and found.expand(other) in present:
            return replace(meaning, entry=name_role(tag).entry) if _measures_loss(tag, meaning) else name_role(tag)
    return name_role(tag)


def _measures_loss(tag: str, meaning: Named) -> bool:
    """A twin of an area under a curve is no loss."""
    return not tag.startswith("validation_") or name_role(tag).role == "val_loss" or meaning.role is None


def _run_summary(one: Series, series: Sequence[Series]) -> str:
    """The Trainer's last row holds the mean loss of the whole run beside `train_runtime`: no point of the curve."""
    runtime = next(
        (other for other in series if normalise(other.tag) in ("train_runtime", "train/train_runtime")), None
    )
    if runtime is None or normalise(one.tag) != "train_loss" or not bool(np.isin(one.steps, runtime.steps).all()):
        return ""
    return "the mean over the whole run, written once at its end"


def _choice(
    role: str, candidates: Sequence[_Candidate], by_role: Mapping[str, Sequence[_Candidate]],
    denied: Sequence[PassedOver], *, reinforcement: bool,
) -> RoleChoice:  # fmt: skip
    order = _rates(candidates) if role == "learning_rate" else sorted(candidates, key=_rank)
    kin = _kin(role, by_role, denied)
    if not order:
        return RoleChoice(role=role, series=None, reason=_missing(role, by_role, kin), passed_over=kin)
    best, *rest = order
    reason = _reason(role, best, rest)
    if role == "train_loss" and reinforcement:
        reason += "; reinforcement learning: this loss need not fall, the return is what counts"
    passed = tuple(PassedOver(series=one.series.tag, reason=_why_not(role, one, best)) for one in rest)
    return RoleChoice(role=role, series=best.series.tag, reason=reason, passed_over=(*passed, *kin))


def _rank(candidate: _Candidate) -> tuple[bool, bool, bool, int, int, bool]:
    entry = candidate.named.entry
    name = normalise(candidate.series.tag)
    return (
        candidate.named.split in ("test", "testing"),
        _is_epoch_twin(name),
        candidate.series.axis in ("samples", "tokens") or name.endswith(" vs samples"),
        -candidate.finite,
        -len(candidate.series),
        entry is None or not entry.exact,
    )


def _is_epoch_twin(name: str) -> bool:
    return name.endswith("_epoch")


def _rates(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The largest first; those that are logged rarely, or name a limit of the schedule, last."""
    fullest = max((len(one.series) for one in candidates), default=0)

    def key(one: _Candidate) -> tuple[bool, bool, bool, float, int]:
        values = one.series.values[one.series.finite]
        limit = one.named.entry is not None and not one.named.entry.exact
        return (
            limit and bool(_LIMIT_RATE.fullmatch(normalise(one.series.tag))),
            one.series.axis in ("samples", "tokens") or normalise(one.series.tag).endswith(" vs samples"),
            2 * len(one.series) < fullest,
            -float(values.max()) if len(values) else 0.0,
            -one.finite,
        )

    return sorted(candidates, key=key)


def _reason(role: str, best: _Candidate, rest: Sequence[_Candidate]) -> str:
    entry = best.named.entry
    known = f"named so by {entry.source}" if entry is not None and entry.exact else "a common name for it"
    if not rest or role in AXIS_ROLES:
        return known
    if role == "learning_rate":
        return f"{known}; the largest of {len(rest) + 1} learning rates"
    return f"{known}; {best.finite} finite points"


def _why_not(role: str, one: _Candidate, best: _Candidate) -> str:
    name = normalise(one.series.tag)
    if role == "learning_rate":
        return "another parameter group or a limit of the schedule; the largest rate is judged"
    if one.named.split in ("test", "testing") and best.named.split not in ("test", "testing"):
        return "a test split; a validation split is there"
    if _is_epoch_twin(name) and not _is_epoch_twin(normalise(best.series.tag)):
        return "the mean over an epoch; the curve by step is there"
    if name.endswith(" vs samples"):
        return "the same curve over samples"
    return f"{one.finite} finite points, {best.series.tag!r} has {best.finite}"


def _kin(
    role: str, by_role: Mapping[str, Sequence[_Candidate]], denied: Sequence[PassedOver]
) -> tuple[PassedOver, ...]:
    """Series that a reader of the log might have expected in this role."""
    if role == "train_loss":
        parts = [PassedOver(series=one.series.tag, reason="a part of the loss, not the whole")
                 for one in by_role.get("train_loss_component", ())]  # fmt: skip
        unknown = [PassedOver(series=one.series.tag, reason="a loss by its name, but of what is not known")
                   for one in by_role.get("candidate_loss", ())]  # fmt: skip
        return (*parts, *unknown, *(one for one in denied if "lr" not in one.series.casefold().split("-")))
    if role == "val_loss":
        return tuple(PassedOver(series=one.series.tag, reason="a part of the validation loss, not the whole")
                     for one in by_role.get("val_loss_component", ()))  # fmt: skip
    if role == "learning_rate":
        return tuple(one for one in denied if normalise(one.series).startswith("lr"))
    return ()


def _missing(role: str, by_role: Mapping[str, Sequence[_Candidate]], kin: Sequence[PassedOver]) -> str:
    title = role.replace("_", " ")
    if role != "train_loss" or not kin:
        return f"no series has a name known for a {title}"
    offered = [one.series.tag for kind in ("candidate_loss", "train_loss_component") for one in by_role.get(kind, ())]
    offered = offered or [one.series for one in kin]
    shown = ", ".join(offered[:_LISTED])
    return f"no series has a name known for a {title}; candidates: {shown} (choose with --map {role}=NAME)"
