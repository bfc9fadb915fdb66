"""ParlAI's reports of three lines."""

from __future__ import annotations

from tests.readers.text_lines import read


def report(step: int, loss: float) -> str:
    return (
        f"10:02:51 | time:31s total_exs:{64 * step} total_steps:{step} epochs:0.05\n"
        f"    clip  gnorm  gpu_mem  loss    lr\n   0.710  1.980    .4122 {loss:.3f} 1e-05\n\n"
    )


def test_a_report_is_a_row() -> None:
    text = "10:02:20 | training...\n" + report(100, 3.4) + report(200, 3.2) + report(300, 3.1)
    text += "10:04:55 | valid:\n    loss   ppl\n   3.300  27.1\n"
    found = read(text, "parlai")
    assert found["loss"] == [(100, 3.4), (200, 3.2), (300, 3.1)]
    assert found["gpu_mem"][0] == (100, 0.4122)
    assert found["valid_loss"] == [(300, 3.3)]
