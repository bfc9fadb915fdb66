# ruff: noqa: E501 - lines as the programs print them
"""A text read on is read as a whole one, for every program, however its lines end and wherever it was cut."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.readers.console import grown_text
from loglens.readers.console.grammar import Grammar, Lines, Printed, PrintedRow, grammars
from loglens.readers.console.grown_text import gathered
from loglens.readers.console.lines import TextLines
from loglens.readers.console.reader import text_logs
from loglens.readers.console.shapes import ShapeReader
from loglens.readers.contract import grown
from tests.readers.contract.test_grown import assert_alike

PRINTED: dict[str, tuple[str, ...]] = {
    "llm.c": ("s:{at} trl:5.{at} lr:0.0003", "s:{at} tel:5.{at}"),
    "modded-nanogpt": ("step:{at}/99 val_loss:4.{at} train_time:28ms", "step:{at}/99 train_time:29ms step_avg:nanms"),
    "build-nanogpt": ("{at} train 6.{at}", "{at} val 6.5"),
    "megatron": (
        " iteration {at}/ 500 | lm loss: 7.{at}E+00 | learning rate: 1.8E-05 |",
        " validation loss at iteration {at} | lm loss value: 6.{at}E+00 |",
        " validation results at the end | lm loss value: 6.{at}E+00 |",
    ),
    "fairseq": (
        '2024-01-01 | INFO | train_inner | {{"loss": "5.{at}", "num_updates": "{at}"}}',
        '2024-01-01 | INFO | valid | {{"valid_loss": "5.{at}"}}',
        "| epoch 001:  {at} / 500 loss=12.{at}, num_updates={at}, lr=0.1",
    ),
    "composer": ("[batch={at}/99]:", "\t Train loss/train/total: 2.{at}", "\t Eval metrics/acc: 0.{at}", "  other"),
    "olmo": ("2024 [step={at}/99]", "    train/CrossEntropyLoss=2.{at}", "    optim/learning_rate_group0=0.0004"),
    "baselines": ("----------------", "| train/ | |", "|    loss | 0.{at} |", "| time/total_timesteps | {at} |", "| ep_len | 9 |"),
    "darknet": (" {at}: 2.{at}, 3.4 avg loss, 0.001 rate, 5.1 seconds, 6400 images",),
    "mmengine-text": (
        "2024 - mmengine - INFO - Epoch(train)  [{at}][ 50/100]  lr: 1e-2  loss: 2.{at}",
        "2024 - mmengine - INFO - Epoch(train)  [{at}]  loss: 2.{at}",
        "2024 - mmengine - INFO - Epoch(val) [{at}][100/100]  coco/bbox_mAP: 0.{at}",
        "2024 - mmengine - INFO - Iter(train) [ {at}/100]  lr: 1e-2  loss: 2.{at}",
    ),
    "keras-console": (
        "Epoch {at}/99",
        " 5/10 [====>...] - ETA: 1s - loss: 0.9",
        "10/10 [==========] - 1s 9ms/step - loss: 0.{at}",
        "10/10 [==========] - 1s 9ms/step - loss: 0.{at} - val_loss: 0.{at}",
    ),
    "flair": ("EPOCH {at} done: loss 0.5{at} - lr 0.1000", "DEV : loss 0.9{at} - score 0.7"),
    "boosting": ("[{at}]\ttrain-rmse:0.5{at}\teval-rmse:0.61", "Best iteration is:", "[4]\ttrain-rmse:0.5\teval-rmse:0.6"),
    "marian": (
        "Ep. 1 : Up. {at} : Sen. 64,000 : Cost 3.{at} * 1,234 @ 56 after 7,890 : Time 12.3s : L.r. 3.0000e-04",
        "[valid] Ep. 1 : Up. {at} : ce-mean-words : 2.{at} : new best",
    ),
    "tacotron": ("Train loss {at} 0.5{at} Grad Norm 1.2 2.3s/it", "Validation loss {at}: 0.6{at}"),
    "waveglow": ("{at}: -4.{at}",),
    "fasttext": ("Progress:  {at}.0% words/sec/thread:  100 lr:  0.09 avg.loss:  2.{at} ETA: 1",),
    "tf-estimator": (
        "INFO:tensorflow:loss = 2.{at}, step = {at} (0.5 sec)",
        "INFO:tensorflow:Saving dict for global step {at}: accuracy = 0.9, global_step = {at}",
    ),
    "mllog": (
        ':::MLLOG {{"event_type": "POINT_IN_TIME", "key": "eval_accuracy", "value": 0.{at}, "metadata": {{"epoch_num": {at}}}}}',
        ':::MLLOG {{"key": "train_loss", "value": 0.{at}, "metadata": {{"step_num": {at}}}}}',
    ),
    "text": (
        "Epoch [{at}/5], Step [{at}/600], Loss: 2.{at}",
        "step {at}: loss 7.{at}, lr 0.1",
        "epoch {at} | train loss 0.{at} | val loss 0.63",
        "Epoch 3:  45%|####      | {at}/120 [00:04<00:05, 11.90it/s, v_num=0, train_loss=0.{at}, val_loss=0.3]",
        "Validating: 100%|####| {at}/20 [00:04<00:00, 5.0it/s, val_loss=0.{at}]",
        "step {at}: loss nan",
    ),
    "text-counted": ("train loss: 0.{at}, lr: 0.1", "val loss: 0.{at}"),
    "hf-console": ("{{'loss': 2.{at}, 'learning_rate': 1e-05, 'epoch': 0.{at}}}", "  1%|  | {at}/99 [00:01<00:09]"),
    "torchvision": ("Epoch: [{at}]  [ 10/660]  lr: 0.1  loss: 2.{at} (2.4)", "Test:  [ 10/99]  loss: 2.{at} (2.3)"),
    "bar-table": ("| step | train loss |", "|---|---|", "| {at} | 2.{at} |"),
    "console-table": ("  epoch    train_loss    valid_loss", "-------  ------------  ------------", "      {at}        0.7{at}        0.6"),
    "json-stats": ('json_stats: {{"epoch":{at},"loss":1.{at},"lr":0.1}}', 'json_stats: {{"loss":1.{at}}}'),
}  # fmt: skip
BETWEEN = ("Resuming training from checkpoint-{at}", "", "  warning: something", "\x1b[32mgreen\x1b[0m", "loss nan, stopping",
           "reducing learning rate of group 0 to 1e-{at}", "a line of 400 digits: " + 401 * "7")  # fmt: skip
ENDS = ("\n", "\n", "\n", "\r", "\r\n")


def named(name: str) -> Grammar:
    return next(grammar for grammar in grammars() if grammar.name == name)


@st.composite
def texts(draw: st.DrawFn, name: str) -> bytes:
    kinds = PRINTED[name]
    said = draw(st.lists(st.sampled_from((*kinds, *kinds, *BETWEEN)), min_size=1, max_size=30))
    written = "".join(line.format(at=draw(st.integers(0, 9)) + at) + draw(st.sampled_from(ENDS))
                      for at, line in enumerate(said, start=1))  # fmt: skip
    return written.encode()


def assert_same(one: Printed, other: Printed) -> None:
    for field in fields(Printed):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name == "columns":
            assert [column.tag for column in mine] == [column.tag for column in theirs]
            for left, right in zip(mine, theirs, strict=True):
                assert np.array_equal(left.steps, right.steps)
                assert np.array_equal(left.values, right.values, equal_nan=True)
                assert (left.axis, left.stepless) == (right.axis, right.stepless)
        elif isinstance(mine, np.ndarray):
            assert np.array_equal(mine, theirs), field.name
        else:
            assert mine == theirs, field.name


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grown_text, "LARGE", 1)


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("name", PRINTED)
def test_lines_that_were_read_before_are_read_on_as_a_whole(name: str, stored: bool) -> None:
    grammar = named(name)

    @given(texts(name), st.data())
    @settings(max_examples=6 if stored else 25, deadline=None)
    def holds(text: bytes, data: st.DataObject) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "train.log"
            with grown.remembering(grown.Stored(Path(folder) / "kept") if stored else grown.Held()):
                for cut in (*cuts, len(text)):
                    path.write_bytes(text[:cut])
                    lines = TextLines(text[:cut])
                    found = gathered(path, cut, text[:cut], lines, grammar)
                    assert_same(found, grammar.gather(lines))

    holds()


@pytest.mark.parametrize("name", PRINTED)
def test_a_log_is_read_on_as_a_whole(name: str) -> None:
    @given(texts(name), st.data())
    @settings(max_examples=10, deadline=None)
    def holds(text: bytes, data: st.DataObject) -> None:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3)))
        with TemporaryDirectory() as folder:
            path, memory = Path(folder) / "train.log", grown.Held()
            for cut in (*cuts, len(text)):
                path.write_bytes(text[:cut])
                with grown.remembering(memory):
                    found = list(text_logs(path))
                assert_alike(found, list(text_logs(path)))

    holds()


class Read:
    """How many lines were taken apart."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines = 0
        real = ShapeReader.read

        def read(reader: ShapeReader, line: bytes) -> Any:
            self.lines += 1
            return real(reader, line)

        monkeypatch.setattr(ShapeReader, "read", read)

    def by(self, grammar: Grammar) -> Grammar:
        def read(lines: Lines) -> Any:
            def counting(row: PrintedRow) -> PrintedRow:
                self.lines += 1
                return row

            return map(counting, grammar.read(lines))

        return Grammar(name=grammar.name, title="", read=read, placed=grammar.placed, settles=grammar.settles)


WHOLE = {"hf-console", "torchvision", "bar-table", "console-table", "json-stats"}
"""Programs whose lines are placed by all that stood before them."""


@pytest.mark.parametrize("name", [name for name in PRINTED if name not in WHOLE])
def test_what_is_known_is_not_taken_apart_again(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "".join(f"{line}\n" for line in PRINTED[name])
    text = "".join(one.format(at=at) for at in range(1, 200)).encode()
    before, path = text[: text.rfind(b"\n", 0, 9 * len(text) // 10) + 1], tmp_path / "train.log"
    counted = Read(monkeypatch)
    grammar = counted.by(named(name))
    with grown.remembering(grown.Held()):
        path.write_bytes(before)
        gathered(path, len(before), before, TextLines(before), grammar)
        whole, counted.lines = counted.lines, 0
        path.write_bytes(text)
        gathered(path, len(text), text, TextLines(text), grammar)
    assert 0 < counted.lines < 0.2 * whole


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_program_placed_by_all_before_is_kept_in_no_memory(name: str, tmp_path: Path) -> None:
    text, memory = "".join(line.format(at=4) + "\n" for line in PRINTED[name]).encode(), grown.Held()
    path = tmp_path / "train.log"
    path.write_bytes(text)
    with grown.remembering(memory):
        gathered(path, len(text), text, TextLines(text), named(name))
    assert memory._kept == {}


def test_a_text_that_was_changed_anywhere_is_read_whole(tmp_path: Path) -> None:
    grammar, path = named("text"), tmp_path / "train.log"
    text = "".join(f"step {at}: loss {9 / (at + 1):.6f}, lr 0.1\n" for at in range(9000)).encode()
    middle = len(text) // 2
    other = text[:middle] + text[middle:].replace(b"loss 0.001", b"loss 0.007", 1) + b"step 9000: loss 0.5, lr 0.1\n"
    with grown.remembering(grown.Held()):
        for now in (text, other):
            path.write_bytes(now)
            found = gathered(path, len(now), now, TextLines(now), grammar)
    assert_same(found, grammar.gather(TextLines(other)))
