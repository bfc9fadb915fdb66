"""Progress bars as Lightning, tqdm, Ignite and rich draw them."""

# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

from loglens.readers.console.bars import frame_of
from tests.readers.text_lines import Points, read


def bar(said: str, count: int, total: int, figures: str) -> str:
    percent = 100 * count // total
    return f"{said}{percent:3d}%|{'█' * (percent // 10):<10}| {count}/{total} [00:01<00:10, 11.90it/s{figures}]"


def drawn(*frames: str) -> Points:
    return read("\r".join(frames) + "\n", "text")


def test_lightning() -> None:
    """Real Lightning draws each count twice, and a validation's loss in every frame after it."""
    frames = []
    for epoch in range(2):
        stale = f", val_loss=0.{epoch}5" if epoch else ""
        frames.append(bar(f"Epoch {epoch}: ", 0, 2, f", v_num=0{stale}"))
        for count in (1, 2):
            frames += [bar(f"Epoch {epoch}: ", count, 2, f", v_num=0, train_loss=9.9{stale}"),
                       bar(f"Epoch {epoch}: ", count, 2, f", v_num=0, train_loss=0.{epoch}{count}{stale}")]  # fmt: skip
        frames.append(bar("Validation DataLoader 0: ", 3, 3, ""))
        frames.append(bar(f"Epoch {epoch}: ", 2, 2, f", v_num=0, train_loss=0.{epoch}2, val_loss=0.{epoch + 1}5"))
    points = drawn(*frames)
    assert dict(points["train_loss"]) == {1: 0.01, 2: 0.02, 3: 0.11, 4: 0.12}
    assert dict(points["val_loss"]) == {2: 0.15, 4: 0.25}


def test_a_validation_loss_within_the_epoch_counts_where_it_changes() -> None:
    shown = ["", ", val_loss=0.5", ", val_loss=0.5", ", val_loss=0.4", ", val_loss=0.4"]
    points = drawn(
        *(bar("Epoch 0: ", at, 50, f", loss=1.0{value}") for at, value in zip(range(10, 60, 10), shown, strict=True))
    )
    assert points["val_loss"] == [(20, 0.5), (40, 0.4), (50, 0.4)]


def test_a_bar_without_an_epoch_begins_one_where_it_goes_back() -> None:
    points = drawn(*(bar("", at, 100, f", loss={2 - epoch / 2}") for epoch in range(2) for at in (50, 100)))
    assert points["loss"] == [(50, 2.0), (100, 2.0), (150, 1.5), (200, 1.5)]


def test_a_validation_bar_is_read_at_its_end() -> None:
    frames = []
    for epoch in (1, 2):
        frames += [bar(f"[Train] Epoch {epoch}: ", at, 20, ", loss=1.5") for at in (10, 20)]
        frames += [bar(f"[Val] Epoch {epoch}: ", at, 4, f", loss=0.{at}") for at in (1, 2, 3, 4)]
    points = drawn(*frames)
    assert points["val_loss"] == [(20, 0.4), (40, 0.4)]
    assert [step for step, _ in points["loss"]] == [10, 20, 30, 40]


def test_lines_between_bars_stand_at_the_step_of_the_bar() -> None:
    frames = [text for epoch in (1, 2) for text in (*(bar(f"Epoch {epoch}: ", at, 20, ", loss=1.5") for at in (10, 20)),
                                                    f"Epoch {epoch}: train loss 1.4, val loss 1.6")]  # fmt: skip
    points = read("\n".join(frames), "text")
    assert points["val loss"] == [(20, 1.6), (40, 1.6)]


def test_ignite_and_the_loss_before_the_bar() -> None:
    frame = frame_of("Epoch [1/5]: [14/38]  37%|███▋      , loss=0.685 [00:00<00:00]".encode())
    assert frame is not None
    assert (frame.done, frame.total) == (14, 38)
    assert b"loss=0.685" in frame.said
    rows = [f"loss: 0.{at}:  {at}%|{'█' * (at // 10)}| {at * 10}/1000 [00:01<00:05,  2.51it/s]" for at in (10, 20, 30)]
    assert drawn(*rows)["loss"] == [(100, 0.1), (200, 0.2), (300, 0.3)]


def test_rich_and_a_bar_without_a_total() -> None:
    rich = "Epoch 1/4 ━━━━━━━━━━━━━━━━╸         32/64 0:00:01 • 0:00:02 189.55it/s v_num: 0.000 train_loss: 0.693"
    frame = frame_of(rich.encode())
    assert frame is not None
    assert (frame.done, frame.total) == (32, 64)
    assert frame.said.split() == b"Epoch 1/4 v_num: 0.000 train_loss: 0.693".split()
    endless = frame_of(b"Epoch 1: 1200it [00:12, 98.1it/s, loss=0.5]")
    assert endless is not None
    assert (endless.done, endless.total) == (1200, None)


def test_scaled_counts_and_the_step_a_trainer_shows_itself() -> None:
    frame = frame_of(b"  1%|          | 1.20k/120k [00:10<00:00, 11.9kit/s, loss=0.5]")
    assert frame is not None
    assert (frame.done, frame.total) == (1200, 120_000)
    nemo = [f"Epoch 0: : {at}%|#| {at}/100 [00:0{at % 10}<00:05, v_num=ab, reduced_train_loss=0.5, global_step={500 + at}.0]"
            for at in (1, 2, 3)]  # fmt: skip
    assert [step for step, _ in drawn(*nemo)["reduced_train_loss"]] == [501, 502, 503]


def test_bars_that_measure_nothing_tell_nothing() -> None:
    text = "\r".join(bar("Downloading: ", at, 100, ", file=weights") for at in range(0, 101, 10))
    rows = "\n".join(f"Epoch {epoch}: train loss 1.4, val loss 1.6" for epoch in (1, 2, 3))
    assert [step for step, _ in read(text + "\n" + rows, "text")["train loss"]] == [1, 2, 3]
