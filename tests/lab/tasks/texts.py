"""Tasks on text and other tokens."""

from __future__ import annotations

from tests.lab.tasks.base import DEAD, Task, recurrent_specs, token_specs
from tests.lab.tasks.data import basic, found, made
from tests.lab.tasks.losses import texts as losses
from tests.lab.tasks.losses.basic import language
from tests.lab.trainings.layers import Spec, block_specs, dense

_DILATED = (
    Spec("table", (64, 16), std=0.7), *[spec for n in range(3) for spec in dense(f"c{n}", 32, 16)],
    *dense("head", 16, 64),
)  # fmt: skip
_EXPERTS = (
    Spec("table", (64, 8), std=0.7),
    *dense("gate", 64, 4),
    *dense("l0", 64, 48, gain=1.4),
    *dense("head", 48, 64),
)
_CLICK = (
    Spec("table", (150, 4), std=0.3), Spec("wide", (150, 1), std=0.05), *dense("l0", 20, 16, gain=1.4),
    *dense("l1", 16, 1),
)  # fmt: skip
_ROWS = (*dense("in", 8, 16), Spec("place", (7, 16), std=0.3), *block_specs("b0", 16), *dense("head", 16, 8))

TEXTS: tuple[Task, ...] = (
    Task("char_lstm", recurrent_specs(4, 20), losses.lstm, lambda: basic.text("prose", 10), (), cost=6,
         batches=(8, 16), sortable=False),
    Task("dilated", _DILATED, losses.dilated, lambda: basic.text("code", 12), (), cost=3, batches=(8, 16),
         sortable=False),
    Task("masked_words", (Spec("table", (257, 16), std=0.5), Spec("place", (10, 16), std=0.2), *block_specs("b0", 16),
                          *dense("head", 16, 256)), losses.masked_language, found.masked, (), cost=8, batches=(8, 12),
         sortable=False),
    Task("word_vectors", (Spec("centre", (256, 12), std=0.1), Spec("context", (256, 12), std=0.1)),
         losses.word_vectors, lambda: basic.words(5), (), batches=(32, 64, 128), sortable=False),
    Task("bag_of_words", (Spec("table", (256, 16), std=0.5), *dense("head", 16, 256)), losses.bag_of_words,
         lambda: basic.words(5), (), cost=2, batches=(16, 32, 64), sortable=False),
    Task("co_occurrence", (Spec("words", (256, 8), std=0.1), Spec("others", (256, 8), std=0.1),
                           Spec("bias", (256, 1))), losses.co_occurrence, found.together, (), batches=(16, 32, 64)),
    Task("topic", (Spec("table", (256, 12), std=0.3), *dense("l0", 12, 24, gain=1.4), *dense("head", 24, 5)),
         losses.topic, found.modules, DEAD),
    Task("bigram", (Spec("table", (64, 64), std=0.2),), losses.bigram, found.pairs_of_letters, (),
         batches=(16, 32, 64), sortable=False),
    Task("experts", _EXPERTS, losses.experts, lambda: basic.text("prose", 8), DEAD, cost=2, batches=(16, 32),
         sortable=False),
    Task("brackets", (Spec("table", (7, 8), std=0.7), *dense("in", 8, 40), Spec("hh", (20, 40), std=0.2),
                      *dense("head", 20, 6)), losses.depth, made.brackets, (), cost=4, batches=(16, 32)),
    Task("repeats", token_specs(16, 12, 12, 2, symbols=12), language(2, post_norm=False), made.repeats, (), cost=8,
         batches=(8, 16), sortable=False),
    Task("modular", (Spec("table", (19, 16), std=0.7), *dense("l0", 32, 64, gain=1.4), *dense("head", 64, 19)),
         losses.modular_sum, made.modular, DEAD),
    Task("clicks", _CLICK, losses.click, made.clicks, DEAD, batches=(32, 64, 128)),
    Task("ranking", (Spec("users", (150, 8), std=0.3), Spec("items", (100, 8), std=0.3)), losses.ranking,
         basic.ratings, (), batches=(32, 64, 128)),
    Task("next_rows", _ROWS, losses.next_rows, basic.digit_images, (), cost=5, batches=(8, 16)),
    Task("finetune_gpt", token_specs(16, 12, 64, 1), language(1, post_norm=False), lambda: basic.text("code", 12), (),
         cost=8, batches=(8, 12), sortable=False, before=lambda: basic.text("prose", 12)),
)  # fmt: skip
