"""Logs whose counters and names are words of another language: "Эпоха 3/20, потери: 0.41", "第3轮 训练损失：0.41".

The words that training logs are made of are read as the English ones, in the whole text and before its lines are looked
at, so that no grammar has to know of them. The vocabulary is that of the names of series (`naming/vocabulary.py`).
"""

from __future__ import annotations

import re

from loglens.readers.naming.vocabulary import SIGNS
from loglens.readers.naming.words import RATE, meaning

COUNTERS = frozenset({"epoch", "step", "iteration", "episode"})
TELLING = COUNTERS | {"loss", "accuracy", "acc", "reward"}
"""What a training's log is full of."""
PHRASES = {
    "success rate": "процент успеха|成功率|tasa de éxito|taxa de sucesso|taux de réussite|erfolgsrate",
    "last": "последни[ех]|últim[oa]s|letzten|derni[eè]res|derniers|ultimi",
    "over": "за",
    "avg": "media|média|moyenne",
}
"""What lines say and names do not, as patterns of whole words."""
_PHRASE = re.compile("|".join(rf"(?<![^\W\d_])({words})(?![^\W\d_])" for words in PHRASES.values()), re.IGNORECASE)
_SIGN = re.compile("|".join(map(re.escape, SIGNS)))
_TOKEN = re.compile(r"[^\W\d_]+")
_NTH = re.compile(
    r"第\s?(\d++)(\s?/\s?\d++)?\s?(?:(次迭代|步|次)|(?:个|個)?\s?(?:轮|輪|代|周期|epoch|epoch\b|回合|エポック))",
    re.IGNORECASE,
)
"""Chinese and Japanese count with a word on both sides."""
_NTH_KOREAN = re.compile(r"(?<!\d)(\d++)\s?번째\s?(?:에포크|에폭)")
_NTH_RUSSIAN = re.compile(r"(?<!\d)(\d++)(?:-?[яйе])?\s(?:эпоха|эпохи|эпохе)(?!\s{0,3}[:=№]?\s{0,3}\d)", re.IGNORECASE)
_OF = re.compile(
    r"\b((?:avg|average) )?(loss|acc|accuracy|error) "
    r"(?:de |do |da |di |del |della |dell'|du |d'|en |em |na |no |in |на |в )"
    r"(?:la |el |o |a |l')?(train|val|test)\b"
)
"""Where the set stands behind the figure: "perte de validation"."""
_HINT = re.compile(rb"\b(?:[eE]po(?:cas?|che|chen|k[ai]?)|Durchlauf|Durchgang)\b")
"""Counters of languages that are written in plain letters."""
_NUMERO = re.compile(r"(?<![^\W\d_])[nN][°ºo]\s?(?=\d)")
"""The sign for a number, as French writes it between a counter and its figure: "Époque n° 3"."""
_SET_AFTER = re.compile(r"\((?:(app|appr|entr|entra)|(val|valid))\.?\)", re.IGNORECASE)
"""Where the set stands in brackets behind the figure, cut short: "perte (app.)"."""
_FEWEST = 3


def speaks_another(sample: bytes) -> bool:
    """Whether counters of another language stand in some of a text, several times."""
    if sample.isascii() and not _HINT.search(sample):
        return False
    text = sample.decode("utf-8", errors="replace")
    found = sum(not TELLING.isdisjoint(meaning(token).split()) for token in _TOKEN.findall(text))
    found += sum(SIGNS[sign] in TELLING for sign in _SIGN.findall(text))
    return found + len(_NTH.findall(text)) >= _FEWEST


def in_english(text: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text with English words in the place of others, line by line the same; and those others."""
    read = text.decode("utf-8", errors="surrogateescape")
    seen: dict[str, None] = {}

    def english(match: re.Match[str], word: str) -> str:
        seen[match[0]] = None
        glued = match.end() < len(match.string) and match.string[match.end()].isalnum()
        before = match.start() > 0 and match.string[match.start() - 1].isalnum()
        return f"{' ' if before else ''}{word}{' ' if glued else ''}"

    def token(match: re.Match[str]) -> str:
        word = meaning(match[0])
        return english(match, word) if word else match[0]

    read = _NTH.sub(lambda match: f" {'step' if match[3] else 'epoch'} {match[1]}{match[2] or ''} ", read)
    read = _NTH_KOREAN.sub(r"epoch \1", read)
    read = _NTH_RUSSIAN.sub(r"epoch \1", read)
    read = RATE.sub(lambda match: english(match, "lr"), read)
    read = _PHRASE.sub(lambda match: english(match, list(PHRASES)[(match.lastindex or 1) - 1]), read)
    read = _SIGN.sub(lambda match: english(match, SIGNS[match[0]]), read)
    read = _TOKEN.sub(token, read)
    read = _OF.sub(r"\1\3 \2", read)
    read = _NUMERO.sub("", read)
    read = _SET_AFTER.sub(lambda match: "(train)" if match[1] else "(val)", read)
    return read.encode("utf-8", errors="surrogateescape"), tuple(seen)
