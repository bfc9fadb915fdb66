from __future__ import annotations

from pathlib import Path

from loglens.readers import read as read_log
from tests.readers.text_lines import read

HEAD = "12:00:0{at}.100 [main] INFO org.deeplearning4j.optimize.listeners.ScoreIterationListener - "
TEXT = (
    "".join(HEAD.format(at=at) + f"Score at iteration {100 * at} is {1.5 - at / 10}\n" for at in range(8))
    + """12:01:00.000 [main] INFO o.d.o.l.EvaluativeListener - Evaluation:
 # of classes:    5
 Accuracy:        0.6318
 F1 Score:        0.6334
"""
)


def test_the_score_is_the_loss(tmp_path: Path) -> None:
    points = read(TEXT, "dl4j")
    assert points["score at iteration"][:2] == [(0, 1.5), (100, 1.4)]
    assert points["eval accuracy"] == [(700, 0.6318)]
    path = tmp_path / "train.log"
    path.write_text(TEXT, encoding="utf-8")
    (run,) = read_log(path).runs
    loss = run.role("train_loss")
    assert loss is not None and loss.tag == "score at iteration"
