"""The role that a name suggests by itself, before the other series of the run are looked at."""

from __future__ import annotations

from typing import NamedTuple

from loglens.readers.naming.grammar import ACTOR, KIND, MEASURE, OTHER, WHOLE, NameReading

_TRAINED = frozenset({"acc", "accs", "accuracy", "accuracies", "top1", "top5", "acc1", "acc5", "correct"})


class Plain(NamedTuple):
    """A role, or None with the reason; `denied`: the name speaks of the quantity and is not it."""

    role: str | None
    reason: str = ""
    denied: bool = False


def plain_role(said: NameReading) -> Plain:
    """The role of a reading."""
    if said.trap:
        return Plain(None, said.trap, denied=True)
    if said.quantity == "loss":
        return _loss(said)
    if said.quantity == "rate":
        return Plain("learning_rate")
    if said.quantity == "gradient":
        return _gradient(said)
    held_out = said.split in ("val", "test")
    if said.quantity == "accuracy":
        own = said.split == "train" or (not said.split and said.metric in _TRAINED)
        return Plain("train_accuracy" if own else "val_accuracy")
    if said.quantity == "error":
        return Plain("val_error") if held_out else Plain(None, "an error measure")
    if said.quantity == "perplexity":
        return Plain("perplexity")
    if said.quantity == "return" and said.sure and not said.parts:
        return Plain("episode_return")
    return Plain(None, "no known name")


def _loss(said: NameReading) -> Plain:
    if said.rank == ACTOR:
        return Plain(None, "a term of reinforcement learning: its sign and trend have no meaning for a loss", True)
    held_out = said.split in ("val", "test")
    if said.bare:
        return Plain(None, "no known name")
    alone = said.rank == MEASURE and not said.named
    if said.rank <= KIND or (alone and said.split):
        if not said.sure and not said.split:
            return Plain("candidate_loss")
        return Plain("val_loss" if held_out else "train_loss")
    if held_out:
        return Plain("val_loss" if said.rank == OTHER and said.framed else "val_loss_component")
    loose = said.rank in (OTHER, MEASURE) and not said.split and said.framed
    return Plain("candidate_loss" if loose else "train_loss_component")


def _gradient(said: NameReading) -> Plain:
    if per_parameter(said):
        return Plain("grad_norm_per_parameter")
    if said.limit:
        return Plain(None, "a limit or a setting of the clipping by its name", True)
    return Plain("grad_norm") if said.sure else Plain(None, "a norm, but of what is not known")


def per_parameter(said: NameReading) -> bool:
    """One of the hundreds of norms that some frameworks log, one a parameter."""
    return said.quantity == "gradient" and (
        len(said.parts) > 2
        or any(part[0].isdigit() for part in said.parts)
        or bool({"weight", "bias", "kernel", "layer", "layers"} & set(said.parts))
    )


def reading_of(role: str, said: NameReading) -> NameReading:
    """The reading of a name whose role is known from elsewhere; what the words say of it is kept where they agree."""
    if plain_role(said).role == role:
        return said
    split = {"train_loss": "train", "val_loss": "val"}.get(role, said.split)
    quantity = {"train_loss": "loss", "val_loss": "loss", "learning_rate": "rate", "grad_norm": "gradient",
                "episode_return": "return", "train_accuracy": "accuracy", "val_accuracy": "accuracy",
                "val_error": "error", "perplexity": "perplexity"}.get(role, "")  # fmt: skip
    return NameReading(quantity, split, WHOLE, aggregate=said.aggregate)
