"""Coqui TTS's blocks of figures."""

from __future__ import annotations

from tests.readers.text_lines import read

TEXT = """ > EPOCH: 982/1000
   --> STEP: 24/377 -- GLOBAL_STEP: 370025
     | > loss_disc: 2.55044  (2.58335)
     | > loss_mel: 16.80119  (17.41804)
     | > current_lr_0: 0.00018
   --> STEP: 49/377 -- GLOBAL_STEP: 370050
     | > loss_disc: nan  (nan)
     | > loss_mel: 16.5  (17.4)

   --> TIME: 2022-08-11 14:02:22 -- STEP: 74/377 -- GLOBAL_STEP: 370075
     | > loss_mel: 16.25  (17.3)

  --> EVAL PERFORMANCE
     | > avg_loss_disc: 2.31070 (-0.04)
"""


def test_a_block_is_a_row_and_an_evaluation_has_names_of_its_own() -> None:
    found = read(TEXT, "coqui")
    assert found["loss_mel"] == [(370025, 16.80119), (370050, 16.5), (370075, 16.25)]
    assert [step for step, _ in found["loss_disc"]] == [370025, 370050]
    assert found["eval_loss_disc"] == [(370075, 2.3107)]
    assert found["current_lr_0"] == [(370025, 0.00018)]
