"""Logs whose counters and names are words of another language: "Эпоха 3/20, потери: 0.41", "第3轮 训练损失：0.41".

The words that training logs are made of are read as the English ones, in the whole text and before its lines are looked
at, so that no grammar has to know of them.
"""

from __future__ import annotations

import re
from functools import cache

WORDS: dict[str, str] = {
    "epoch": "эпоха эпохи эпоху эпох епоха época épocas epoca epocas époque époques epoche epochen"
    " epoka epoki epok dönem エポック 에포크 에폭 轮次 轮数 輪次 回合",
    "step": "шаг итерация итерации крок paso pasos passo passos étape étapes schritt iteración"
    " iteracion iteração iteracao itération iterazione iteracja krok adım ステップ イテレーション 스텝 迭代次数"
    " 迭代 步数",
    "loss": "потери потеря потерь втрати втрата pérdida pérdidas perdida perda perte pertes perdita"
    " verlust strata kayıp 损失函数值 损失函数 损失值 损失 損失 손실",
    "error": "ошибка ошибки fehler błąd 误差 誤差 오차",
    "acc": "точность точності точність accuratezza acurácia acuracia exactitud exactitude precisión"
    " précision genauigkeit dokładność doğruluk 准确率 準確率 准确度 正确率 正解率 精度 정확도",
    "lr": "tasa_de_aprendizaje taxa_de_aprendizado taxa_de_aprendizagem taux_d'apprentissage"
    " tasso_di_apprendimento lernrate скорость_обучения темп_обучения öğrenme_oranı 学习率 學習率"
    " 学習率 학습률",
    "train": "обучение обучении обучения обучающая тренировка тренировке тренировочная тренировочные"
    " навчання entrenamiento treino treinamento entraînement entrainement apprentissage"
    " addestramento allenamento uczenie treningowa eğitim 训练集 训练 訓練 学習 훈련 학습",
    "val": "валидация валидации валидационная валидационные проверка проверке validación validacion"
    " validação validacao validazione validierung walidacja walidacyjna doğrulama 验证集 验证 驗證 検証"
    " 검증",
    "test": "тест тесте тестовая тестовые prueba teste 测试集 测试 測試 テスト 테스트",
    "episode": "эпизод эпизода эпизоде эпизодов episodio épisode エピソード 에피소드",
    "reward": "награда награды вознаграждение recompensa récompense belohnung ricompensa 奖励 報酬 보상",
    "success rate": "процент_успеха 成功率 tasa_de_éxito taxa_de_sucesso taux_de_réussite erfolgsrate",
    "last": "последние последних últimos últimas letzten dernières derniers ultimi",
    "over": "за",
    "train loss": "trainingsverlust",
    "val loss": "validierungsverlust",
    "train acc": "trainingsgenauigkeit",
    "val acc": "validierungsgenauigkeit",
    "avg": "средняя среднее средний средние media média moyenne promedio 平均 평균",
}
"""What the words of a log are in other languages, `_` for a blank."""
COUNTERS = ("epoch", "step", "episode")
_LETTER = r"[^\W\d_]"
_NTH = re.compile(
    r"第\s?(\d+)(\s?/\s?\d+)?\s?(?:(次迭代|步|次)|(?:个|個)?\s?(?:轮|輪|代|周期|epoch|epoch\b|回合|エポック))",
    re.IGNORECASE,
)
"""Chinese and Japanese count with a word on both sides."""
_NTH_KOREAN = re.compile(r"(\d+)\s?번째\s?(?:에포크|에폭)")
_NTH_RUSSIAN = re.compile(r"(\d+)(?:-?[яйе])?\s(?:эпоха|эпохи|эпохе)(?!\s*[:=№]?\s*\d)", re.IGNORECASE)
_OF = re.compile(
    r"\b(avg )?(loss|acc|error) (?:de |do |da |di |del |della |dell'|du |d'|en |em |na |no |in |на |в )"
    r"(?:la |el |o |a |l')?(train|val|test)\b"
)
"""Where the set stands behind the figure: "perte de validation"."""
_HINT = re.compile(rb"\b[eE]po(?:cas?|che|chen|k[ai]?)\b")
"""Counters of languages that are written in plain letters."""
_FEWEST = 3


@cache
def _words() -> tuple[re.Pattern[str], dict[str, str]]:
    """The pattern of all words, the longest first, and what each is."""
    meaning = {word.replace("_", " "): english for english, words in WORDS.items() for word in words.split()}
    ordered = sorted(meaning, key=len, reverse=True)
    alone = [re.escape(word) for word in ordered if _is_alphabet(word)]
    inside = [re.escape(word) for word in ordered if not _is_alphabet(word)]
    pattern = rf"(?<!{_LETTER})(?:{'|'.join(alone)})(?!{_LETTER})|{'|'.join(inside)}"
    return re.compile(pattern, re.IGNORECASE), meaning


def _is_alphabet(word: str) -> bool:
    """Whether its script parts words by blanks; Chinese, Japanese and Korean do not, or glue endings to them."""
    return ord(max(word)) < 0x2E80


def speaks_another(sample: bytes) -> bool:
    """Whether counters of another language stand in some of a text, several times."""
    if sample.isascii() and not _HINT.search(sample):
        return False
    text = sample.decode("utf-8", errors="replace")
    pattern, meaning = _words()
    found = sum(meaning[match[0].lower()] in COUNTERS or meaning[match[0].lower()] in ("loss", "acc", "reward")
                for match in pattern.finditer(text))  # fmt: skip
    return found + len(_NTH.findall(text)) >= _FEWEST


def in_english(text: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text with English words in the place of others, line by line the same; and those others."""
    pattern, meaning = _words()
    read = text.decode("utf-8", errors="surrogateescape")
    seen: dict[str, None] = {}

    def english(match: re.Match[str]) -> str:
        seen[match[0]] = None
        word = meaning[match[0].lower()]
        glued = match.end() < len(read) and read[match.end()].isalnum()
        before = match.start() > 0 and read[match.start() - 1].isalnum()
        return f"{' ' if before else ''}{word}{' ' if glued else ''}"

    read = _NTH.sub(lambda match: f" {'step' if match[3] else 'epoch'} {match[1]}{match[2] or ''} ", read)
    read = _NTH_KOREAN.sub(r"epoch \1", read)
    read = _NTH_RUSSIAN.sub(r"epoch \1", read)
    read = pattern.sub(english, read)
    read = _OF.sub(r"\1\3 \2", read)
    return read.encode("utf-8", errors="surrogateescape"), tuple(seen)
