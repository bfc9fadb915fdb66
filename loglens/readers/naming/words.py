"""The words of a series' name: how a name is cut, and what kind of word each is.

A name is cut at separators, at camel case and between letters and digits. Words that belong together ("learning rate",
"cross entropy", "top 1") become one word, and words that are glued ("trainloss", "gradnorm") come apart. Words of other
languages are read as the English ones, whatever their accents and case: `Época`, `perda_treino`, `验证损失`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from loglens.readers.naming.vocabulary import FOREIGN, KINDS, SIGNS, TOGETHER

_CUT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+(?:\.\d+)?|[/.]|[^\W\d_A-Za-z]+")
_GLUED = (
    "train|training|val|valid|validation|test|eval|dev|loss|losses|acc|accuracy|lr|grad|gradient|norm|total|avg|mean|"
    "epoch|batch|base|cur|current|init|max|min|best|rate|learning|running|average|step|reward|return|"
    "cross|entropy|mse|nll|kl|gen|disc|cls|bbox|box|obj|conf|reg|seg|mask|rec|adv|aux|gan|ce|bce|dice|policy|value|"
    "actor|critic|weight|scale|time|num|decay|global|clip|ctc|lm|mlm|ppl|perplexity|error|rmse|score|map|iou"
)
_UNGLUE = re.compile(rf"({_GLUED})({_GLUED})(?:({_GLUED}))?")
_LETTER_LOSS = re.compile(r"([a-z]{1,4})(loss|losses)|(loss)([a-z]{1,2})")


_SHORT_LOSS = re.compile(r"(^|[/. ])[lL]_(?=[A-Za-z]{2}|[gGdD]_[A-Za-z])(?![rR](?:s|ate|ates)?\b)")
"""BasicSR and its kin write `l_pix` for the loss of pixels."""
_LONGEST = 500
"""Letters of a name that are read, its end; what is longer is no name."""
_SECOND = frozenset(second for _, second in TOGETHER)
_MEANING = {word: english for english, words in FOREIGN.items() for word in words.split()}
RATE = re.compile(
    r"(?:tasa|taxa|taux|tasso)[\W_]{0,3}(?:de|di|d)?[\W_]{0,3}"
    r"(?:aprendizaje|aprendizado|aprendizagem|apprentissage|apprendimento)"
    r"|[oö]grenme[\W_]{0,3}(?:orani|oranı|hizi|hızı)|wsp[oó][lł]czynnik[\W_]{0,3}uczenia|(?:скорость|темп)[\W_]{0,3}обучения",
    re.IGNORECASE,
)
"""The learning rate, where it takes several words."""
_BEFORE = ("trainings", "training", "validierungs", "validerings", "gesamt", "tranings", "test", "val")
"""What German and its neighbours put before a word without a blank."""
_FIRST = {"training": "train", "traning": "train", "validierung": "val", "validering": "val"}
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "æ": "ae", "ß": "ss"})
_TOKEN = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


class Word(NamedTuple):
    """`segment`: the place among the parts that `/` separates."""

    text: str
    kind: str
    segment: int


def words_of(name: str) -> list[Word]:
    """The words of a name, in order."""
    name = name[-_LONGEST:]
    name = in_english(name)
    if "l_" in name or "L_" in name:
        name = _SHORT_LOSS.sub(r"\1loss_", name)
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


@lru_cache(maxsize=65_536)
def in_english(name: str) -> str:
    """The name with the words that are known in English; a name without such words as it is."""
    if name.isascii():
        plain = name
    else:
        plain = unicodedata.normalize("NFKC", name)
        for sign, english in SIGNS.items():
            plain = plain.replace(sign, f" {english} ")
    folded = _folded(plain)
    if RATE.search(folded):
        plain = RATE.sub("lr", folded)
    told = _TOKEN.sub(lambda found: _told(found[0]), plain)
    return name if told == name else " ".join(told.split())


def _told(token: str) -> str:
    """One word, or several that camel case or German glues."""
    return " ".join(meaning(part) or part for part in _CAMEL.split(token))


@lru_cache(maxsize=65_536)
def meaning(word: str) -> str:
    """What a word of another language is in English, two where it is glued of two; '' where it is not known as one."""
    folded = _folded(word)
    if folded in _MEANING:
        return _MEANING[folded]
    for before in _BEFORE:
        if folded.startswith(before) and folded[len(before) :] in _MEANING:
            first = before.removesuffix("s")
            return f"{_FIRST.get(first) or _MEANING.get(first, first)} {_MEANING[folded[len(before) :]]}"
    return ""


def _folded(text: str) -> str:
    """In small letters without accents."""
    lowered = text.casefold().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f"))
