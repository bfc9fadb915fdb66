"""The words of a series' name: how a name is cut, and what kind of word each is.

A name is cut at separators, at camel case and between letters and digits. Words that belong together ("learning rate",
"cross entropy", "top 1") become one word, and words that are glued ("trainloss", "gradnorm") come apart.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from loglens.readers.naming.languages import in_english
from loglens.readers.naming.vocabulary import KINDS, TOGETHER

_CUT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+(?:\.\d+)?|[/.]|[^\W\d_A-Za-z]+")
_GLUED = (
    "train|training|val|valid|validation|test|eval|dev|loss|losses|acc|accuracy|lr|grad|gradient|norm|total|avg|mean|"
    "epoch|batch|base|cur|current|init|max|min|best|rate|learning|running|average|step|reward|return|"
    "cross|entropy|mse|nll|kl|gen|disc|cls|bbox|box|obj|conf|reg|seg|mask|rec|adv|aux|gan|ce|bce|dice|policy|value|"
    "actor|critic|weight|scale|time|num|decay|global|clip|ctc|lm|mlm|ppl|perplexity|error|rmse|score|map|iou"
)
_UNGLUE = re.compile(rf"({_GLUED})({_GLUED})(?:({_GLUED}))?")
_LETTER_LOSS = re.compile(r"([a-z]{1,4})(loss|losses)|(loss)([a-z]{1,2})")


_LONGEST = 500
"""Letters of a name that are read, its end; what is longer is no name."""
_SECOND = frozenset(second for _, second in TOGETHER)


class Word(NamedTuple):
    """`segment`: the place among the parts that `/` separates."""

    text: str
    kind: str
    segment: int


def words_of(name: str) -> list[Word]:
    """The words of a name, in order."""
    name = name[-_LONGEST:]
    name = in_english(name)
    if "'s " in name:
        name = name.replace("'s ", " ")
    if "*" in name:
        name = name.replace("d*lr", "dlr")  # the rate that D-adapting optimizers work out
    words: list[Word] = []
    segment = 0
    for raw in _CUT.findall(name):
        if raw in "/.":
            segment += 1
            continue
        for text, kind in pieces(raw):
            if text in _SECOND:
                while words and (pair := TOGETHER.get((words[-1][0], text))) is not None:
                    words.pop()
                    text, kind = pair, KINDS.get(pair, "")
            words.append(Word(text, kind, segment))
    return words


@lru_cache(maxsize=16_384)
def pieces(raw: str) -> tuple[tuple[str, str], ...]:
    """The words of what stands between two cuts, each with its kind."""
    text = raw.lower()
    texts = unglued(text) if text not in KINDS and len(text) > 3 else (text,)
    return tuple((text, KINDS.get(text, "number" if text[0].isdigit() else "")) for text in texts)


def unglued(text: str) -> tuple[str, ...]:
    """The words that are written as one, or the text itself."""
    if found := _UNGLUE.fullmatch(text):
        return tuple(part for part in found.groups() if part)
    if (found := _LETTER_LOSS.fullmatch(text)) and text != "lossy":
        return tuple(part for part in found.groups() if part)
    if text.endswith("lr") and text[:-2] in ("base", "init", "initial", "current", "cur", "max", "min", "final"):
        return (text[:-2], "lr")
    return (text,)
