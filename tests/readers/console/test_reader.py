from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglens.readers.console.reader import TextLog
from loglens.readers.contract.base import HEAD_BYTES, Column, Log, Probe
from tests.growth import LIMIT, growth
from tests.readers.shared_samples import shared

READER = TextLog()
NANO = "".join(f"step:{at}/100 train_loss:{5 - at / 50:.4f} train_time:{at}ms\n" for at in range(1, 101))


def write(folder: Path, text: str | bytes, name: str = "train.log") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def recognised(path: Path) -> bool:
    return READER.recognises(Probe(path=path, size=path.stat().st_size))


def only(path: Path) -> Log:
    (log,) = READER.read([path])
    return log


def column(log: Log, tag: str) -> Column:
    return next(one for one in log.columns if one.tag == tag)


def test_a_log_names_itself_and_its_grammar(tmp_path: Path) -> None:
    path = write(tmp_path, NANO)
    assert recognised(path)
    log = only(path)
    assert (log.own_file, log.folder, len(column(log, "train_loss").steps)) == (True, tmp_path, 100)
    assert any("modded-nanogpt" in note.message for note in log.notes)
    assert not log.problems


def test_lines_behind_a_long_source(tmp_path: Path) -> None:
    source = "def train(step):  # step 3: loss of the model\n    return step\n" * (3 * HEAD_BYTES // 60)
    path = write(tmp_path, source + NANO)
    assert recognised(path)
    assert len(column(only(path), "train_loss").steps) == 100


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "numpy==2.0\ntorch>=2.2\n"),
        ("notes.txt", "We trained 3 models. The loss fell.\nIn epoch 5 it was good.\n"),
        ("nvidia.log", "GPU 0: 34C, 50W / 300W\nGPU 1: 35C, 51W / 300W\n" * 20),
        ("source.txt", 'print(f"step {step}: loss {loss}")\nfor step in range(10):\n    loss = 0.5\n' * 20),
        ("NEWS.txt", " * Fixed 3 bugs of step 2\n * Uses libfoo 1.2\n\n * Acc@home 4 is out\n" * 9),
        ("prose.txt", "Loss: 0.5 was good.\nThen epoch 3 diverged with loss: 9.\nThe accuracy: 0.9 stayed.\n" * 9),
        ("ninja.log", "".join(f"[{at}/345] Building: warning: 3 errors: {at}\n" for at in range(345))),
        ("bar.log", "\r".join(f" {at}%|#  | {at}/100 [00:01<00:05, 9.1MB/s, file=x]" for at in range(100))),
        ("empty.log", ""),
        ("metrics.json", NANO),
        ("README.md", "The loss: 0.5 at step 3.\nAfter epoch 4 the loss: 0.2 and acc: 0.9.\nStep 9, reward: 4\n" * 3),
        ("zeros.log", "\0" * 100),
        ("pip.log", "Collecting step 1\nDownloading torch-2.2-cp311.whl (755.5 MB)\n" * 10),
    ],
)
def test_what_is_no_log_is_not_claimed(tmp_path: Path, name: str, text: str) -> None:
    assert not recognised(write(tmp_path, text, name))


@pytest.mark.parametrize(
    "name",
    [
        "log",
        "slurm-12.out",
        "job.o12345",
        "run.log.1",
        "训练日志.txt",
        "console.LOG",
        "train.INFO",
        "x.log.INFO.20240101-120000.812",
        "run.out.bak",
        "notes.md",
        "data.bin",
    ],
)
def test_names_of_logs(tmp_path: Path, name: str) -> None:
    assert recognised(write(tmp_path, NANO, name))


def test_colours_carriage_returns_utf16_and_gzip(tmp_path: Path) -> None:
    coloured = "".join(f"\x1b[31mstep: \x1b[0m {at}  \x1b[32mloss: {at / 7:8.4f}\x1b[39m\r\n" for at in range(1, 21))
    expected = [round(at / 7, 4) for at in range(1, 21)]
    for name, data in (
        ("a.log", coloured.encode()),
        ("b.log", coloured.replace("\r\n", "\r").encode()),
        ("c.log", coloured.encode("utf-16")),
        ("d.log", b"\xef\xbb\xbf" + coloured.encode()),
        ("e.log.gz", gzip.compress(coloured.encode())),
    ):
        path = write(tmp_path, data, name)
        assert recognised(path), name
        assert column(only(path), "loss").values.tolist() == expected, name


@pytest.mark.parametrize(
    ("cut", "lost"),
    [
        (b"step 21 | loss 4.1234 | lr 0.001\n", False),
        (b"step 21 | loss 4.1234 | lr 0.001", False),  # whole, only the line end is missing
        (b"step 21 | loss 4.12", True),
        (b"step 2", True),
        (b"Done.", False),
        (b"step 21 | loss 4.1234 | lr 0.0", True),
    ],
)
def test_a_last_line_that_is_not_whole(tmp_path: Path, cut: bytes, lost: bool) -> None:
    rows = b"".join(b"step %d | loss 4.%04d | lr 0.001\n" % (at, at) for at in range(1, 21))
    log = only(write(tmp_path, rows + cut))
    assert bool(log.problems) == lost
    if lost:
        assert log.problems[0].offset == 21
        assert 4.12 not in column(log, "loss").values
        assert 0.0 not in column(log, "lr").values


def test_zeros_in_the_middle(tmp_path: Path) -> None:
    data = NANO.encode()
    path = write(tmp_path, data[:2000] + b"\0" * 300 + data[2300:])
    log = only(path)
    assert log.problems[0].offset == 2000
    assert 85 < len(column(log, "train_loss").steps) < 100


def test_a_file_without_progress_is_a_problem(tmp_path: Path) -> None:
    log = only(write(tmp_path, "nothing here\n"))
    assert "no line of progress" in log.problems[0].message


def test_sacreds_copy_of_the_console(tmp_path: Path) -> None:
    sacred = write(tmp_path / "1", NANO, "cout.txt")
    write(tmp_path / "1", "{}", "metrics.json")
    assert recognised(sacred)  # Sacred holds no metric: the console is all there is
    write(tmp_path / "1", '{"loss": {"steps": [1], "values": [1]}}', "metrics.json")
    assert not recognised(sacred)


PRINTED = (
    NANO,
    "{'loss': 2.0, 'epoch': 1.0}\n" * 9,
    "Epoch: [0]  [ 1/9]  loss: 1 (1)\n" * 9,
    "iteration 1/ 9 | lm loss: 2 |\n" * 9,
    "Epoch 1/2\n2/2 - 2s - loss: 1.5\n" * 9,
    "step 1 | loss: 1.5\n" * 9,
)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_never_raises(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(PRINTED)).encode())
    for _ in range(data.draw(st.integers(1, 20))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = write(tmp_path, bytes(raw[: data.draw(st.integers(1, len(raw)))]), "fuzz.log")
    recognised(path)
    log = only(path)
    assert log.columns or log.problems


@pytest.mark.parametrize(
    "line",
    [
        "s:{0} trl:5.1234 lr:0.000300 norm:1.2000\n",
        "step {0} | loss: 5.12 | lr 0.0003 | norm: 1.2 | dt: 100.1ms\n",
        " iteration {0}/ 500000 | consumed samples: {0} | learning rate: 1.8E-05 | lm loss: 7.4E+00 |\n",
    ],
)
def test_reading_grows_with_the_lines(tmp_path: Path, line: str) -> None:
    def reading(lines: int) -> Callable[[], object]:
        path = write(tmp_path, "".join(line.format(at) for at in range(lines)), f"{lines}.log")
        assert len(only(path).columns[0].steps) == lines
        return lambda: only(path)

    assert growth(reading, 5_000) <= LIMIT


@pytest.mark.parametrize(
    ("folder", "tag", "points"),
    [
        ("nano_llmc_2024-10", "trl", 19560),
        ("nano_muon_2024-10", "train_loss", 6200),
        ("nano_yarn_2025-09", "val_loss", 15),
        ("nano_scaleup1b_a", "train_loss", 20344),
        ("wrn_cifar10", "loss", 200),
        ("u2net_zh", "loss", 5040),
    ],
)
def test_shared_logs(folder: str, tag: str, points: int) -> None:
    (path,) = (one for one in shared("real_logs", folder).iterdir() if one.is_file())
    assert recognised(path)
    log = only(path)
    assert len(column(log, tag).steps) == points
    assert not log.problems


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Step | Training Loss | Validation Loss | Wer\n-- | -- | -- | --", "{step} | {loss} | 3.25 | 1.0"),
        ("Step | Training Loss\n---|---", "{step} | {loss}"),
        ("Epoch | Training Loss | Valid Loss\n:-:|:-:|-:", "{step} | {loss} | 0.5"),
        ("| Step | Training Loss |\n|------|---------------|", "| {step} | {loss} |"),
        (
            "Training Loss | Epoch | Step | Validation Loss\n:---: | :---: | :---: | :---:",
            "{loss} | 0.5 | {step} | 2.5",
        ),
        ("**Step** | **Training Loss**\n--- | ---", "{step} | `{loss}`"),
        ("Step|Training Loss|Accuracy\n-|-|-", "{step}|{loss}|91.5%"),
        ("Iteration | Training Loss | Time\n---|---|---", "{step} | {loss} | 0:01:02"),
        ("Step | Training Loss | Note\n--- | --- | ---", "{step} | {loss} | "),
        ("  Step | Training Loss\n  --- | ---", "  {step} | {loss}"),
    ],
)
@pytest.mark.parametrize("name", ["table.md", "table.txt"])
def test_a_table_of_markdown_among_text_is_a_log(tmp_path: Path, name: str, heading: str, row: str) -> None:
    rows = "\n".join(row.format(step=400 * at, loss=f"{5 / at:.4f}") for at in range(1, 8))
    path = write(tmp_path, f"# Results\n\nIt stays where it was:\n\n{heading}\n{rows}\n\nWhat is wrong?\n", name)
    assert recognised(path)
    found = column(only(path), "Training Loss")
    assert found.steps.tolist() == [400 * at for at in range(1, 8)]
    assert found.values.tolist() == [round(5 / at, 4) for at in range(1, 8)]


@pytest.mark.parametrize(
    "rows",
    [
        "".join(f"Net{at} | {epochs} | 3{at}.4\n" for at, epochs in enumerate((12, 12, 24, 36, 12, 24, 12))),
        "Net1 | 10 | 30.5\nNet2 | 20 | 31.5\nNet3 | 30 | 31.9\n",
    ],
)
def test_a_list_of_models_in_a_readme_is_no_log(tmp_path: Path, rows: str) -> None:
    assert not recognised(write(tmp_path, f"Model | Epochs | mAP\n--- | --- | ---\n{rows}", "README.md"))


@pytest.mark.parametrize(
    ("row", "stop"),
    [
        (
            "eta: 1:00:00  iter: 19  total_loss: 3.9  lr: 0.0004",
            "FloatingPointError: Loss became infinite or NaN at iteration=27!",
        ),
        ("iter: 19  loss: 2.5", "Loss is NaN at iteration 27, stopping training"),
        ("step 19 | loss 2.5", "RuntimeError: Loss became NaN at step 27"),
        ("step: 19, loss: 2.5", "NaN loss detected at step=27, aborting"),
        ("iteration 19: loss = 2.5", "Encountered non-finite loss at iteration: 27 (inf), exiting"),
        ("global_step 19 loss 2.5", "ValueError: loss is inf at global step 27"),
        ("step 19 loss 2.5 acc 0.1", "Training stopped: nan in step 27"),
        ("[step 19] train loss: 2.5", "step 27: loss is nan, stop"),
        ("iter 19: train_loss 2.5, val_loss 2.6", "iter 27: found NaN in the loss, abort"),
        ("Step: 19 loss=2.5 lr=0.01", "FloatingPointError: infinite loss at iter=27"),
    ],
)
def test_one_line_of_figures_and_a_stop_at_nan_are_a_log(tmp_path: Path, row: str, stop: str) -> None:
    path = write(tmp_path, f"Starting training from iteration 0\n{row}\nException during training:\n{stop}\n")
    assert recognised(path)
    (event,) = [event for event in only(path).events if event.kind == "nan_stop"]
    assert (event.step, event.line) == (27, 4)


def test_one_line_of_figures_alone_is_no_log(tmp_path: Path) -> None:
    assert not recognised(write(tmp_path, "Starting training\niter: 19  loss: 2.5\nLoss may become NaN.\n"))


def test_a_stop_that_is_told_in_steps_of_its_own_stays_where_the_log_was(tmp_path: Path) -> None:
    rows = "".join(f"step {at} loss 2.5\n" for at in range(100, 120))
    log = only(write(tmp_path, f"{rows}FloatingPointError: not finite (step 3)\n"))
    assert [event.step for event in log.events if event.kind == "nan_stop"] == [119]


@pytest.mark.parametrize(("epochs", "told"), [(range(1, 7), True), (range(1, 4), False), ((1, 2, 4, 8, 9, 11), False)])
def test_in_prose_a_few_epochs_one_after_the_other_are_a_log(tmp_path: Path, epochs: Sequence[int], told: bool) -> None:
    blocks = (
        f"Epoch {at} Summary:\n\nTrain Loss: {3 - at / 8}, Train Acc: {at}.5%\n\nVal Loss: {3.5 - at / 8}\n\n"
        for at in epochs
    )
    assert recognised(write(tmp_path, "# Notes\n\n" + "".join(blocks), "notes.md")) is told
