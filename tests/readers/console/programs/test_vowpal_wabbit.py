"""Vowpal Wabbit's lines at every doubling."""

from __future__ import annotations

from tests.readers.text_lines import read

HEADING = (
    "average  since         example        example  current  current  current\n"
    "loss     last          counter         weight    label  predict features\n"
)
ROWS = (
    "0.693147 0.693147            1            1.0  -1.0000   0.0000       38\n"
    "0.513320 0.333493            2            2.0  -1.0000  -0.9268       38\n"
    "0.418169 0.323018            4            4.0  -1.0000  -0.9394       28\n"
)


def test_the_losses_of_each_doubling() -> None:
    assert read(HEADING + ROWS + "finished run\n", "vowpal-wabbit") == {
        "loss": [(1, 0.693147), (2, 0.51332), (4, 0.418169)],
        "loss_since": [(1, 0.693147), (2, 0.333493), (4, 0.323018)],
    }


def test_those_of_held_out_examples_have_names_of_their_own() -> None:
    held_out = "0.476334 0.480218 h    4194304      4194304.0   1.0000  -0.3240       34\n"
    found = read(HEADING + ROWS + held_out, "vowpal-wabbit")
    assert found["val_loss"] == [(4194304, 0.476334)]
