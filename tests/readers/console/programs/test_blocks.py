from __future__ import annotations

from tests.readers.text_lines import read


def test_composer() -> None:
    text = """[batch=1/4800]:
\t Train time/epoch: 0
\t Train loss/train/total: 12.0243
\t Train lr-DecoupledAdamW/group0: 0.0000
[epoch=1][batch=2/4800]:
\t Train loss/train/total: 11.9
\t Eval metrics/eval/LanguageCrossEntropy: 10.5
some other line
\t Train loss/train/total: 99
"""
    points = read(text, "composer")
    assert points["loss/train/total"] == [(1, 12.0243), (2, 11.9)]
    assert points["metrics/eval/LanguageCrossEntropy"] == [(2, 10.5)]
    assert points["lr-DecoupledAdamW/group0"] == [(1, 0.0)]


def test_olmo() -> None:
    text = """2024-01-01 10:00:00.000	host:0	olmo.train:967	INFO	[step=1/739328,epoch=0]
    optim/total_grad_norm=8.5
    train/CrossEntropyLoss=11.4
    System/Peak GPU Memory (MB)=30,000
2024-01-01 10:00:01.000	host:0	olmo.train:967	INFO	[step=2/739328,epoch=0]
    train/CrossEntropyLoss=nan
"""
    points = read(text, "olmo")
    assert [step for step, _ in points["train/CrossEntropyLoss"]] == [1, 2]
    assert points["optim/total_grad_norm"] == [(1, 8.5)]


def test_stable_baselines_tables() -> None:
    table = """Using cpu device
---------------------------------
| rollout/           |          |
|    ep_rew_mean     | {reward} |
| time/              |          |
|    total_timesteps | {step}   |
| train/             |          |
|    loss            | {loss}   |
|    explained_varia... | 0.5   |
| eprewmean | 7 |
---------------------------------
"""
    text = table.format(reward=20, step=2048, loss=1.5) + table.format(reward=30, step=4096, loss="nan")
    points = read(text, "baselines")
    assert points["rollout/ep_rew_mean"] == [(2048, 20), (4096, 30)]
    assert [step for step, _ in points["train/loss"]] == [2048, 4096]
    assert points["eprewmean"] == [(2048, 7), (4096, 7)]
    assert len(points) == 3
