"""The words of other languages that logs are written in, and the English ones that the names of series are read by.

A word counts as a whole, whatever its accents and case: `Época`, `perda_treino`, `Trainingsverlust`, `验证损失`. Words
that are English as well ("media", "tap", "pas", "sure") are left as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORDS = {
    "epoch": "epoca epocas epoche epochen epoque epoques epok epoker epoka epoki epocha epochy эпоха эпохи эпох епоха",
    "step": "paso pasos passo passos passi schritt schritte etape etapes stap stappen steg krok kroki adim langkah шаг"
            " шаги шага крок",
    "iteration": "iteracion iteraciones iteracao iteracoes iterazione iterazioni iteratie iteracja iterasi yineleme"
                 " итерация итерации ітерація",
    "episode": "episodio episodios episodi эпизод эпизоды bolum",
    "batch": "lote lotes батч",
    "loss": "perdida perdidas perda perdas perte pertes perdita perdite verlust verluste verlies forlust ztrata ztraty"
            " strata straty kayip kaybi pierdere pierderi veszteseg лосс потери потеря втрати",
    "error": "erro erros errore errori erreur erreurs fehler fout blad bledy chyba hata hatasi galat"
             " ошибка ошибки помилка",
    "accuracy": "acuracia acuracias exactitud exactitude accuratezza acuratete genauigkeit nauwkeurigheid noggrannhet"
                " presnost dokladnosc dogruluk dogrulugu akurasi pontossag точность точність",
    "train": "entrenamiento entreno treino treinamento entrainement apprentissage addestramento traning trening"
             " traening trenovani uczenie antrenare egitim pelatihan обучение обучения тренировка трейн навчання",
    "val": "validacion validacao validierung validazione validatie validering validace validare walidacja walidacyjna"
           " dogrulama validasi валидация валидации проверка валідація",
    "test": "prueba pruebas teste testes тест тесты",
    "reward": "recompensa recompensas recompense recompenses belohnung ricompensa nagroda odmena odul награда",
    "time": "tiempo tempo temps zeit dauer tijd tid czas cas zaman waktu время час",
    "total": "gesamt итого",
    "average": "promedio moyenne durchschnitt ortalama среднее средняя",
    "lr": "lernrate leersnelheid inlarningshastighet",
}  # fmt: skip
"""Words without accents, by the English word for each."""
_MEANING = {word: english for english, words in _WORDS.items() for word in words.split()}
_RATE = re.compile(
    r"(?:tasa|taxa|taux|tasso)[\W_]*(?:de|di|d)?[\W_]*"
    r"(?:aprendizaje|aprendizado|aprendizagem|apprentissage|apprendimento)"
    r"|ogrenme[\W_]*(?:orani|hizi)|wspolczynnik[\W_]*uczenia|(?:скорость|темп)[\W_]*обучения"
)
"""The learning rate, where it takes several words."""
_SIGNS = {
    "学习率": "lr", "學習率": "lr", "学習率": "lr", "학습률": "lr", "학습율": "lr",
    "准确率": "acc", "準確率": "acc", "正确率": "acc", "正解率": "acc", "精确率": "acc", "精度": "acc", "정확도": "acc",
    "损失": "loss", "損失": "loss", "손실": "loss", "误差": "error", "誤差": "error", "오차": "error",
    "验证": "val", "驗證": "val", "検証": "val", "검증": "val", "测试": "test", "測試": "test", "テスト": "test",
    "테스트": "test", "训练": "train", "訓練": "train", "学習": "train", "훈련": "train", "학습": "train",
    "梯度": "grad", "范数": "norm", "奖励": "reward", "獎勵": "reward", "報酬": "reward", "보상": "reward",
    "轮次": "epoch", "轮数": "epoch", "轮": "epoch", "輪次": "epoch", "エポック": "epoch", "에포크": "epoch",
    "에폭": "epoch", "步数": "step", "步": "step", "ステップ": "step", "스텝": "step", "迭代次数": "iteration",
    "迭代": "iteration", "반복": "iteration", "回合": "episode", "エピソード": "episode", "에피소드": "episode",
    "时间": "time", "時間": "time", "시간": "time", "总": "total", "總": "total", "平均": "avg", "평균": "avg",
}  # fmt: skip
"""Words of languages that are written without blanks, the longer ones of a kind first."""
_BEFORE = ("trainings", "training", "validierungs", "validerings", "gesamt", "tranings", "test", "val")
"""What German and its neighbours put before a word without a blank."""
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "æ": "ae", "ß": "ss"})
_TOKEN = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


@lru_cache(maxsize=65_536)
def in_english(name: str) -> str:
    """The name with the words that are known in English; a name without such words as it is."""
    if name.isascii():
        plain = name
    else:
        plain = unicodedata.normalize("NFKC", name)
        for sign, english in _SIGNS.items():
            plain = plain.replace(sign, f" {english} ")
    folded = _folded(plain)
    if _RATE.search(folded):
        plain = _RATE.sub("lr", folded)
    told = _TOKEN.sub(lambda found: _told(found[0]), plain)
    return name if told == name else " ".join(told.split())


def _told(token: str) -> str:
    """One word, or several that camel case or German glues."""
    return " ".join(_meaning(part) for part in _CAMEL.split(token))


def _meaning(word: str) -> str:
    folded = _folded(word)
    if folded in _MEANING:
        return _MEANING[folded]
    for before in _BEFORE:
        if folded.startswith(before) and folded[len(before) :] in _MEANING:
            first = before.removesuffix("s")
            return f"{_MEANING.get(first, first)} {_MEANING[folded[len(before) :]]}"
    return word


def _folded(text: str) -> str:
    """In small letters without accents."""
    lowered = text.casefold().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f"))
