"""RWKV-LM's columns without names."""

from __future__ import annotations

import math

from tests.readers.text_lines import read


def test_rwkv() -> None:
    text = (
        "NEW RUN 2023-05-01-08-11-30\n{'lr_init': 0.0004, 'epoch_count': 200}\n"
        "0 3.318150 27.6092 0.00040000 2023-05-01 08:52:51.070489 0\n"
        "1 nan nan 0.00039269 2023-05-01 09:13:33.223435 1\n"
        "2 3.07 21.68 2023-05-01 09:34:11.850703 2\n"
    )
    found = read(text, "rwkv")
    assert found["loss"][0] == (0, 3.31815) and math.isnan(found["loss"][1][1]) and len(found["loss"]) == 2
    assert found["lr"] == [(0, 0.0004), (1, 0.00039269)]
    assert found["ppl"][0] == (0, 27.6092)
