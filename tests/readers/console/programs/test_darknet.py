from __future__ import annotations

from tests.readers.text_lines import read


def test_darknet() -> None:
    text = """Loaded: 0.000030 seconds
 1: 500.123456, 510.000000 avg loss, 0.001000 rate, 5.123456 seconds, 64 images, 10.0 hours left
 2: -nan, -nan avg loss, 0.001000 rate, 5.1 seconds, 128 images
"""
    points = read(text, "darknet")
    assert points["loss"][0] == (1, 500.123456) and len(points["loss"]) == 2
    assert points["learning_rate"] == [(1, 0.001), (2, 0.001)]
