from __future__ import annotations

import math

from tests.readers.text_lines import read


def test_a_sum_its_parts_and_the_ranking_now_and_then() -> None:
    rows = ["n_users=29858, n_items=40981", "using xavier initialization"]
    rows += [f"Epoch {at} [49.2s]: train==[{0.6 - at / 10}=0.5 + 0.1]" for at in range(2)]
    ranked = "recall=[0.125, 0.3], precision=[0.25, 0.1], hit=[0.5, 0.6], ndcg=[0.0625, 0.2]"
    rows += [f"Epoch 2 [48.8s + 31.2s]: train==[nan=nan + nan + nan], {ranked}"]
    points = read("\n".join(rows) + "\n", "ngcf")
    assert points["loss"][:2] == [(0, 0.6), (1, 0.5)]
    assert math.isnan(points["loss"][2][1])
    assert points["mf_loss"][0] == (0, 0.5)
    assert points["test_recall"] == [(2, 0.125)]
    assert points["test_ndcg"] == [(2, 0.0625)]
