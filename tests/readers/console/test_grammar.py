from __future__ import annotations

import pytest

from loglens.readers.console.grammar import GRAMMARS, MEASURED, Grammar, Names, evidence, grammar_of, grammars

IDS = [one.name for one in grammars()]


def test_every_grammar_is_listed_once_with_a_name_of_its_own() -> None:
    assert len(set(GRAMMARS)) == len(GRAMMARS) == len(set(IDS))
    # whatever else knows a line knows more about it
    assert [one.where.partition(":")[2] for one in GRAMMARS[-4:]] == ["GENERIC", "HISTORIES", "COUNTED", "BARE"]


@pytest.mark.parametrize("grammar", grammars(), ids=IDS)
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b""],
        [b"\xff\xfe{'loss': }", b"iteration 1/", b"s:", b"step:/", b"Epoch: [0][", b"json_stats: {", b"| epoch 1"],
        [b"{'loss': 1, 'epoch': 99999999999999999999}", b"s:99999999999999999999999 trl:1e999 lr:-0"],
        [b"[" * 500, b"|" * 500, b"-" * 500, b"1" * 500],
        [b"iteration 1/ 2 | lm loss: . | : | |", b"Epoch 1/2", b"2/2 - - loss: nan", b"[batch=1/2]:", b"\t x: nan"],
    ],
)
def test_no_grammar_trips_over_odd_lines(grammar: Grammar, lines: list[bytes]) -> None:
    rows = list(grammar.read(lines))
    assert all(1 <= row.line <= len(lines) for row in rows)


def test_too_little_is_no_log() -> None:
    assert grammar_of([]) is None
    assert grammar_of([b"s:1 trl:2.0"]) is None
    assert grammar_of([b"step 1 loss 2.0", b"step 2 loss 1.0"]) is None  # a sentence may look like this
    assert grammar_of([b"step 1 took 2.0", b"step 2 took 1.0", b"step 3 took 1.0"]) is None  # nothing is measured


def test_a_few_lines_are_a_log_where_nothing_else_is_said() -> None:
    lines = [b"grad_norm: %d.5  loss: %d.25  loss_cls: 1.5" % (k, k) for k in range(3)]
    found = grammar_of([*lines, b""])
    assert found is not None and found.name == "text-counted"
    assert grammar_of([*lines, b"as the table shows"]) is None
    assert grammar_of(lines[:2]) is None
    assert grammar_of([b"lr %g loss 0.5" % (0.1 / 10**k) for k in range(3)]) is None, "trials"


def test_two_lines_are_a_log_where_the_program_says_that_it_stopped_at_nan() -> None:
    lines = [b" Epoch[ 1 of 1]-Minibatch[%4d-%4d]: TrainLossPerSample =  %s" % (at, at + 499, loss)
             for at, loss in ((1, b"5.87155566"), (501, b"1.#QNAN000"))]  # fmt: skip
    talk = [b"Created model with 31 nodes on GPU 0.", b"Starting minibatch loop."]
    assert grammar_of([*talk, *lines]) is None
    said = b"EXCEPTION occurred: The training criterion is not a number (NAN). Stop"
    assert grammar_of([*talk, *lines, said]) is not None


def test_the_particular_goes_before_the_general() -> None:
    lines = [b"step:%d/9 train_loss:1.0 train_time:3ms" % at for at in range(5)]
    found = grammar_of(lines)
    assert found is not None and found.name == "modded-nanogpt"
    assert evidence(found.read(lines)) == 5
    few = [*(b"step %d | loss 1.0" % at for at in range(9)), b"s:1 trl:1.0", b"s:2 trl:1.0"]
    found = grammar_of(few)
    assert found is not None and found.name == "text"


def test_measured_names() -> None:
    assert all(MEASURED.search(name) for name in ("lm loss", "trl", "test_Acc@1", "train-rmse", "ppl", "DEV_SCORE"))
    assert not any(MEASURED.search(name) for name in ("lr", "time", "grad_norm", "step_avg", "tps"))


def test_names_are_trimmed() -> None:
    names = Names()
    assert names[b" lm \t loss "] == "lm loss"
    assert names == {b" lm \t loss ": "lm loss"}
