"""What a name says by its words alone: which quantity, whose, how much of the whole, and what disqualifies it.

The grammar knows no framework. A name is read into a `NameReading`; which of several series then plays a role is
decided with the other series and their behaviour at hand (`roles`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from loglens.readers.naming.words import Word, words_of

WHOLE, KIND, MEASURE, OTHER, NETWORK, PART, AUXILIARY, ACTOR = range(8)
"""How much of a loss it is: the whole, its main term by name, a measure that may be it, something not known by name,
one network's, a known part, a term beside the main one, a term of reinforcement learning."""

_RANK = {
    "kind": KIND, "measure": KIND, "kind2": MEASURE, "distance": MEASURE, "part": PART, "aux": AUXILIARY,
    "actor": ACTOR, "net": NETWORK, "generator": NETWORK, "discriminator": NETWORK, "metric": PART, "return": PART,
    "rate": PART, "error": OTHER, "perplexity": OTHER, "weights": OTHER, "bias": PART, "group": OTHER, "layer": OTHER,
    "preference": OTHER, "base": OTHER, "grad": AUXILIARY, "norm": OTHER, "before": OTHER, "after": OTHER,
    "clip": OTHER, "": OTHER,
}  # fmt: skip
_TRAPS = {
    "extreme": "an extreme of it, not the thing", "spread": "its scatter, not the thing",
    "factor": "a factor, not the thing", "time": "a time", "count": "a count", "change": "a difference of it",
    "setting": "a setting", "system": "a figure of the machine", "limit": "a limit or a setting",
}  # fmt: skip
_TAKING_TIME = frozenset({"batch", "data", "reader", "io", "forward", "backward", "comm", "compute", "iter"})
_SPLITS = ("train", "val", "test")
_AGGREGATES = ("now", "batch", "mean", "smooth", "cumulative", "epoch")
_SAYS_NOTHING = frozenset({"filler", "episode", "optimizer", "effective", "samples", "skipped", *_SPLITS, *_AGGREGATES,
                           "whole", "loss"})  # fmt: skip
_LOSS_LIKE_METRICS = frozenset({"dice", "ssim", "jaccard", "iou"})


class NameReading(NamedTuple):
    """What a name says.

    `quantity`: loss, rate, gradient, accuracy, error, perplexity, return, '' for anything else. `split`: train, val,
    test or ''. `rank`: how much of the loss it is. `whole`: it says so itself ("total"). `parts`: the words that make
    it a part, a group, a data set. `aggregate`: now, mean, smooth, epoch, cumulative or ''. `trap`: why it is not the
    quantity although it is named after it. `clip`: before or after, of a gradient's norm. `sure`: the words leave no
    doubt about the quantity. `context`: words of the folders around it. `network`: generator, discriminator or another.
    `limit`: named as a limit or a setting. `metric`: which accuracy, which error. `named`: it has the word loss in it.
    `framed`: the word stands last ("my_loss"), the split first ("eval_wikitext_loss"). `bare`: a term of a game of two
    networks that is not called a loss ("G_GAN", "cycle_A").
    """

    quantity: str
    split: str = ""
    rank: int = WHOLE
    whole: bool = False
    parts: tuple[str, ...] = ()
    aggregate: str = ""
    trap: str = ""
    clip: str = ""
    sure: bool = True
    context: tuple[str, ...] = ()
    network: str = ""
    limit: bool = False
    metric: str = ""
    named: bool = False
    framed: bool = False
    bare: bool = False


_OF_THE_WHOLE_GRADIENT = frozenset({"grad", "norm", "filler", "now", "whole", "mean", "batch", "epoch", "optimizer",
                                    "number", "loss", "episode", "smooth", "effective", "samples", "group", "before",
                                    "after", "clip", "extreme", "limit", *_SPLITS})  # fmt: skip
_OF_ANY_RATE = frozenset({"rate", "filler", "train", "now", "effective", "whole", "episode", "samples", "batch",
                          "epoch", "mean"})  # fmt: skip
_OF_NETWORKS = frozenset({"generator", "discriminator", "actor", "setting", "factor", "bias"})
_FOLDERS = frozenset({"weights", "layer", "group", "base", "before", "after", "clip", "return", "rate", "bias", ""})
"""Words that say nothing of a loss where they are a folder above it."""
_TOTALS = frozenset({"total", "tot", "sum", "all", "overall", "combined"})
_ONLY_TOTAL = frozenset({"whole", "filler", *_SPLITS, *_AGGREGATES})
_PLAYERS = frozenset({"generator", "discriminator"})
_OF_A_GAME = {"g": "generator", "d": "discriminator", "gen": "generator", "dis": "discriminator",
              "disc": "discriminator"}  # fmt: skip
"""What the "error" of two networks at play is of: "errG", "Err_D"."""
_OF_ANY_ERROR = frozenset({"error", "filler", "whole", *_SPLITS, *_AGGREGATES})
_NUMBERED = frozenset({"idx", "index", "dataloader", "rank", "fold", "stage"})
_QUANTITIES = frozenset({"metric", "perplexity", "return", "measure", "distance", "error"})
NOTHING = NameReading("")


@lru_cache(maxsize=65_536)
def read_name(name: str) -> NameReading:
    """The reading of a name."""
    words = words_of(name)
    kinds = {word.kind for word in words}
    if "setting" in kinds and len(words) > 1 and words[0].kind == "setting" and words[-1].segment:
        return NameReading("", trap="a setting")
    if "rate" in kinds and _is_rate(words):
        return _rate(words)
    if "norm" in kinds or "grad" in kinds:
        found = _gradient(words, kinds)
        if found is not None:
            return found
    if "loss" in kinds:
        return _with_loss(words)
    if kinds.isdisjoint(_QUANTITIES) or words[0].kind in _PLAYERS:
        return _total(words, kinds) or _players_term(words)
    return _measured(words, kinds)


def _split(words: list[Word]) -> str:
    """The last word that names a split says whose it is: `train/val_loss` is the validation's."""
    for word in reversed(words):
        if word.kind in _SPLITS:
            return word.kind
    return ""


def _aggregate(words: list[Word]) -> str:
    kinds = {word.kind for word in words}
    for kind in ("cumulative", "smooth", "epoch", "mean", "batch", "now"):
        if kind in kinds:
            return "now" if kind == "batch" else kind
    return ""


def _with_loss(words: list[Word]) -> NameReading:
    """A name with the word loss in it, or cost, or objective."""
    last = words[-1].segment
    head = max(place for place, word in enumerate(words) if word.kind == "loss")
    tail = [word for word in words if word.segment == last]
    if words[head].segment < last:
        inner = _measured(tail, {word.kind for word in tail})
        if inner.quantity in ("accuracy", "error", "perplexity", "return") and inner.sure:
            return inner._replace(split=inner.split or _split(words))
    elif words[-1].kind == "perplexity":
        return NameReading("perplexity", split=_split(words))
    trap = _loss_trap(words, head)
    rank, network, whole = WHOLE, "", False
    parts: list[str] = []
    context: list[str] = []
    for place, word in enumerate(words):
        whole = whole or word.kind == "whole"
        bearing = _bearing(words, place, head)
        if bearing == "context":
            context.append(word.text)
        elif bearing == "part":
            parts.append(word.text)
            rank = max(rank, MEASURE if word.text in _LOSS_LIKE_METRICS else _RANK.get(word.kind, OTHER))
        elif bearing == "number":
            parts.append(word.text)
            rank = max(rank, OTHER)
        if bearing == "part" and word.kind in ("generator", "discriminator"):
            network = word.kind
        elif word.kind == "net":
            network = network or word.text
    return NameReading("loss", _split(words), rank, whole, tuple(parts), _aggregate(words), trap, network=network,
                   context=tuple(context), sure=words[head].text in ("loss", "losses"), named=True,
                   framed=words[-1].kind == "loss" and words[0].segment == words[-1].segment)  # fmt: skip


def _bearing(words: list[Word], place: int, head: int) -> str:
    """What a word of a loss's name does: `part` or `number` of the loss, `context` around it, or nothing."""
    word = words[place]
    if word.text == "metric" and place == head + 1 and word.segment == words[head].segment:
        return "part"  # "loss_metric": of metric learning
    if word.kind in _SAYS_NOTHING:
        return ""
    if word.text == "value" and place == head + 1 and word.segment == words[head].segment:
        return ""  # "loss value"
    if word.text == "main" and word.segment < words[head].segment:
        return ""  # Chainer's name for the model that is trained: "main/loss" is the whole
    if word.kind == "number":
        return "context" if place and words[place - 1].text in _NUMBERED else "number"
    if word.kind in _FOLDERS and word.segment < words[head].segment:
        return "context"
    if word.kind in ("generator", "discriminator") and _is_numbered(words, place):
        return "number"  # "g0", "d1" number something
    return "part"


def _is_numbered(words: list[Word], place: int) -> bool:
    after = words[place + 1] if place + 1 < len(words) else None
    return len(words[place].text) == 1 and after is not None and after.kind == "number" and (
        after.segment == words[place].segment)  # fmt: skip


def _loss_trap(words: list[Word], head: int) -> str:
    if words[head].text in ("cost", "costs") and any(word.text in _TAKING_TIME for word in words):
        return _TRAPS["time"]  # of a batch, of the reader
    for place, word in enumerate(words):
        kind = word.kind
        if kind not in _TRAPS:
            continue
        if kind in ("factor", "spread", "change") and place < head:
            continue  # "scale loss", "std loss", "diff loss" are terms of a loss
        if kind == "limit" and word.text in ("target", "end", "start", "warmup", "begin"):
            continue
        if kind == "setting" and place < head and word.text in ("type", "mode", "name", "func"):
            continue
        return _TRAPS[kind]
    return ""


def _is_rate(words: list[Word]) -> bool:
    """A loss or a metric beside it is the head, unless it is only the folder: `Loss/learning_rate`."""
    last = words[-1].segment
    said = {word.kind for word in words if word.segment == last or "rate" not in {word.kind for word in words
            if word.segment == last}}  # fmt: skip
    return not {"loss", "metric", "error"} & said


def _rate(words: list[Word]) -> NameReading:
    """A learning rate."""
    parts, trap, limit, network = [], "", False, ""
    head = min(word.segment for word in words if word.kind == "rate")
    for word in words:
        kind = word.kind
        if word.segment < head and kind not in _OF_NETWORKS:
            continue
        if kind in ("factor", "change", "time", "count", "setting", "spread", "system"):
            trap = trap or ("a factor of the schedule, not the rate" if kind == "factor" else _TRAPS[kind])
        elif kind in ("limit", "extreme"):
            limit = True
        elif word.text == "momentum" and not any(word.kind == "optimizer" for word in words):
            parts.append(word.text)  # `lr-Momentum`: the optimizer is called so; `lr-SGD-momentum` is its momentum
        elif word.text in ("momentum", "weightdecay", "betas"):
            trap = trap or "not the rate of this group"
        elif kind in ("generator", "discriminator"):
            network = kind
            parts.append(word.text)
        elif word.text == "dlr" or kind not in _OF_ANY_RATE:
            parts.append(word.text)
    split = _split(words)
    if split in ("val", "test"):
        trap = trap or "of an evaluation"
    return NameReading("rate", split, OTHER if parts else WHOLE, False, tuple(parts), _aggregate(words), trap,
                   network=network, limit=limit, sure=words_sure(words))  # fmt: skip


def words_sure(words: list[Word]) -> bool:
    return not any(word.text == "stepsize" for word in words)


def _gradient(words: list[Word], kinds: set[str]) -> NameReading | None:
    """The norm of the gradient; None where the words speak of another norm, or of another thing altogether."""
    texts = {word.text for word in words}
    grad = "grad" in kinds or "gnorm" in texts
    norm = "norm" in kinds or "l2" in texts or "gradnorm" in texts
    if not grad and ({"layernorm", "weightnorm"} & texts or kinds & {"weights", "layer", "metric", "aux"}):
        return NameReading("", trap="another norm")
    places = [place for place, word in enumerate(words) if word.kind in ("grad", "norm")]
    losses = [place for place, word in enumerate(words) if word.kind == "loss"]
    if losses and not (grad and "norm" in kinds and max(places) > max(losses)):
        return None
    alone = all(word.kind in ("norm", "filler", "whole", "train", "now", "mean", "grad", "before", "after", "batch",
                              "epoch", "number", "clip") or word.text in ("clip", "l2") for word in words)  # fmt: skip
    if not (grad and norm) and not alone:
        return (
            NameReading("", trap="another norm") if not grad else NameReading("", trap="not the norm of the gradient")
        )
    head = min(word.segment for word in words if word.kind in ("grad", "norm"))
    own = [word for word in words if word.segment >= head or word.kind in _OF_NETWORKS]
    trap = next((why for word in own if (why := _gradient_trap(word))), "")
    if "val" in kinds or "test" in kinds:
        trap = trap or "of an evaluation: no gradient is taken there"
    clip = next((word.kind for word in own if word.kind in ("before", "after")), "")
    setting = any(word.kind in ("extreme", "limit", "clip") or word.text == "clip" for word in own)
    network = next((word.kind for word in own if word.kind in ("generator", "discriminator")), "")
    parts = [word.text for word in own if _is_part_of_the_weights(word)]
    numbers = [word.text for word in words if word.kind == "number" and word.text not in ("1", "2", "1.0", "2.0")]
    if {"grad", "layer"} <= kinds or (numbers and parts):
        parts.extend(numbers)
    if clip and setting:
        setting = False
    whole = "whole" in kinds
    split = _split(words)
    return NameReading("gradient", split, OTHER if parts else WHOLE, whole, tuple(parts), _aggregate(words), trap,
                   clip=clip, sure=grad and norm, network=network, limit=setting)  # fmt: skip


def _total(words: list[Word], kinds: set[str]) -> NameReading | None:
    """ "train_total", "val_sum": the whole of what is minimised, in logs whose columns leave the word loss out."""
    split = _split(words)
    if not split or not any(word.text in _TOTALS for word in words) or kinds - _ONLY_TOTAL:
        return None
    return NameReading("loss", split, whole=True, aggregate=_aggregate(words), sure=False)


def _players_term(words: list[Word]) -> NameReading:
    """ "G_GAN", "D_real", "cycle_A": terms of a game of two networks, by custom without the word loss."""
    first = words[0] if words else None
    if first is None or len(words) > 3 or not (first.kind in _PLAYERS or first.text in ("cycle", "idt", "cyc")):
        return NOTHING
    if any(not _fits_a_term(word) for word in words):
        return NOTHING
    network = first.kind if first.kind in _PLAYERS else "generator"
    parts = tuple(word.text for word in words)
    return NameReading("loss", rank=NETWORK, parts=parts, network=network, sure=False, bare=True)


def _fits_a_term(word: Word) -> bool:
    return word.kind in ("generator", "discriminator", "aux", "distance", "measure", "number", "net") or word.text in (
        "a", "b")  # fmt: skip


def _gradient_trap(word: Word) -> str:
    if word.text in ("weightnorm", "weightdecay") or word.kind == "weights":
        return "another norm"
    if word.kind in ("spread", "change", "time", "count", "setting", "skipped"):
        return _TRAPS.get(word.kind, "not the norm")
    return _TRAPS["factor"] if word.kind == "factor" and word.text not in ("weight", "weights") else ""


def _is_part_of_the_weights(word: Word) -> bool:
    return word.kind not in _OF_THE_WHOLE_GRADIENT and word.text not in ("l2", "l1", "model", "clip")


def _measured(words: list[Word], kinds: set[str]) -> NameReading:
    """A measure without the word loss: accuracy, perplexity, a return, or a loss by its own name (NLL, MSE)."""
    split = _split(words)
    trap = next((_TRAPS[word.kind] for word in words
                 if word.kind in ("spread", "time", "count", "change", "setting", "system")), "")  # fmt: skip
    extreme = "extreme" in kinds
    if "metric" in kinds:
        return NameReading("accuracy", split, trap=trap or ("the best so far" if extreme else ""),
                       parts=tuple(word.text for word in words if not word.kind), aggregate=_aggregate(words),
                       metric=next(word.text for word in words if word.kind == "metric"))  # fmt: skip
    if "perplexity" in kinds:
        return NameReading("perplexity", split, trap=trap or ("the best so far" if extreme else ""))
    if "return" in kinds:
        odd = [word.text for word in words
               if word.kind in ("preference", "factor", "metric", "") and word.text != "mean"]  # fmt: skip
        trap = trap or ("an extreme, not the mean" if extreme else "")
        return NameReading("return", split, trap=trap, parts=tuple(odd), aggregate=_aggregate(words),
                       sure=any(word.kind == "episode" or word.text.startswith(("rew", "ret", "averageret", "episodic"))
                                for word in words))  # fmt: skip
    if kinds & {"measure", "distance"}:
        head = next(word for word in words if word.kind in ("measure", "distance"))
        parts = [word.text for word in words if not word.kind or word.kind in ("part", "aux", "net", "actor", "metric",
                 "generator", "discriminator", "layer", "weights")]  # fmt: skip
        if kinds & {"factor"}:
            trap = trap or _TRAPS["factor"]
        trap = trap or ("the best so far" if extreme else "")
        alone = all(word.kind in ("measure", "distance", "whole", "mean", "now", "number") for word in words
                    if word.segment == words[-1].segment)  # fmt: skip
        quantity = "loss" if head.kind == "measure" or (alone and len(words) > 1) else "error"
        rank = KIND if head.kind == "measure" else MEASURE
        if any(word.kind == "aux" for word in words):
            rank = AUXILIARY
        elif any(word.kind == "actor" for word in words):
            rank = ACTOR
        elif parts:
            rank = OTHER
        return NameReading(quantity, split, rank, "whole" in kinds, tuple(parts), _aggregate(words), trap,
                       sure=head.kind == "measure")  # fmt: skip
    if "error" in kinds:
        if len(words) == 2 and (player := next((word.text for word in words if word.text in _OF_A_GAME), None)):
            return NameReading("loss", split, NETWORK, parts=(player,), network=_OF_A_GAME[player], sure=False)
        return NameReading("error", split, trap=trap or ("the best so far" if extreme else ""), sure=False,
                       parts=tuple(word.text for word in words if word.kind not in _OF_ANY_ERROR),
                       metric=next(word.text for word in words if word.kind == "error"))  # fmt: skip
    return NOTHING
