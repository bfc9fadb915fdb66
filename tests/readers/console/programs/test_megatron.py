# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

import math

import numpy as np

from loglens.readers.console.programs.megatron import held_out_name, missing_losses
from loglens.readers.contract.base import Column
from tests.readers.text_lines import read


def test_megatron_today_with_a_rank_and_a_time() -> None:
    text = """[default7]: [2026-01-08 10:01:01] iteration       10/     500 | consumed samples:         2560 | elapsed time per iteration (ms): 512.3 | learning rate: 1.875000E-05 | lm loss: 7.433431E+00 | loss scale: 1.0 | grad norm: 1.100 | number of skipped iterations:   0 | number of nan iterations:   0 |
[default7]: [2026-01-08 10:02:01] iteration       20/     500 | consumed samples:         5120 | elapsed time per iteration (ms): 512.3 | learning rate: 3.750000E-05 | loss scale: 1.0 | grad norm: nan | number of skipped iterations:   1 | number of nan iterations:   1 |
 validation loss at iteration 20 | lm loss value: 6.5E+00 | lm loss PPL: 6.65E+02 |
"""
    points = read(text, "megatron")
    assert points["lm loss"] == [(10, 7.433431)]
    assert points["number of skipped iterations"] == [(10, 0), (20, 1)]
    assert math.isnan(points["grad norm"][1][1])
    assert points["lm loss validation"] == [(20, 6.5)]
    assert points["lm loss validation ppl"] == [(20, 665.0)]


def test_megatron_of_2019_without_colons() -> None:
    line = " iteration {:8d}/ 1000000 | elapsed time per iteration (ms): 300.0 | learning rate 1.000E-04 | lm loss 8.9{}E+00 | loss scale 32768.0 |\n"
    points = read("".join(line.format(at * 100, at) for at in range(1, 4)), "megatron")
    assert points["lm loss"] == [(100, 8.91), (200, 8.92), (300, 8.93)]
    assert points["learning rate"][0] == (100, 1e-4)
    assert points["loss scale"][0] == (100, 32768)


def test_gpt_neox_prints_its_throughput_first() -> None:
    line = "  samples/sec: 20.1 | iteration      {:d}/  320000 | elapsed time per iteration (ms): 1234.5 | learning rate: 1.0E-05 | approx flops per GPU: 50.9TFLOPS | lm_loss: 9.{}E+00 | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
    points = read(line.format(100, 1) + line.format(200, 0), "megatron")
    assert points["lm_loss"] == [(100, 9.1), (200, 9.0)]
    assert points["samples/sec"] == [(100, 20.1), (200, 20.1)]
    assert points["approx flops per GPU"] == [(100, 50.9), (200, 50.9)]


def test_held_out_names() -> None:
    assert held_out_name("lm loss value", "test") == "lm loss test"
    assert held_out_name("lm_loss_ppl value", "validation") == "lm_loss validation ppl"


def test_iterations_without_a_loss_are_told() -> None:
    printed = Column(tag="learning rate", steps=np.arange(4), values=np.ones(4))
    loss = Column(tag="lm loss", steps=np.array([0, 1, 3]), values=np.ones(3))
    scale = Column(tag="loss scale", steps=np.array([0]), values=np.ones(1))
    (note,) = missing_losses((printed, loss, scale)).notes
    assert (note.series, note.count) == ("lm loss", 1)
    assert "the first is 2" in note.message
    assert not missing_losses((printed, Column(tag="lm loss", steps=np.arange(4), values=np.ones(4)))).notes
