from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.readers.trackers.wandb.records import BLOCK, Damage, fields, history_row, metric_definition, records
from tests.readers.wandb_writer import HEADER, field, framed, history, metric


def whole(data: bytes) -> tuple[list[bytes], list[Damage]]:
    damage: list[Damage] = []
    return [record for _, record in records(data, damage)], damage


def test_records_of_all_sizes_come_back() -> None:
    written = [b"a" * size for size in (0, 1, 100, BLOCK - 7, BLOCK, 3 * BLOCK, 5)]
    assert whole(framed(written)) == (written, [])


@given(st.lists(st.binary(max_size=3000), max_size=40))
@settings(max_examples=25, deadline=None)
def test_what_is_framed_is_read(written: list[bytes]) -> None:
    assert whole(framed(written)) == (written, [])


def test_a_record_cut_at_the_end_is_named_by_where_it_starts() -> None:
    data = framed([b"one", b"x" * 100])
    read, damage = whole(data[:-1])
    assert read == [b"one"]
    assert [one.offset for one in damage] == [len(framed([b"one"]))]


def test_a_record_in_pieces_is_named_by_its_first_piece() -> None:
    data = framed([b"one", b"x" * (2 * BLOCK)])
    for cut in (BLOCK, BLOCK + 3, BLOCK + 500, 2 * BLOCK):
        read, damage = whole(data[:cut])
        assert read == [b"one"]
        assert [one.offset for one in damage] == [len(framed([b"one"]))], cut


def test_a_wrong_checksum_costs_one_record() -> None:
    data = bytearray(framed([b"one", b"two", b"three"]))
    at = len(framed([b"one"]))
    data[at + 8] ^= 1
    read, damage = whole(bytes(data))
    assert read == [b"one", b"three"]
    assert [one.offset for one in damage] == [at]
    assert "checksum" in damage[0].message


def test_a_broken_piece_costs_its_record_and_is_told_once() -> None:
    data = bytearray(framed([b"one", b"x" * (3 * BLOCK), b"last"]))
    data[BLOCK + 100] ^= 1
    read, damage = whole(bytes(data))
    assert read == [b"one", b"last"]
    assert len(damage) == 1


def test_after_a_bad_header_reading_goes_on_at_the_next_block() -> None:
    data = bytearray(framed([b"a" * 1000 for _ in range(100)]))
    data[len(HEADER) + 6] = 99
    read, damage = whole(bytes(data))
    assert 60 < len(read) < 100
    assert damage[0].offset == len(HEADER)


def test_a_block_of_zeros_is_named() -> None:
    data = framed([b"a" * 30_000, b"b" * 30_000])
    read, damage = whole(data + bytes(BLOCK))
    assert len(read) == 2
    assert any("zero bytes" in one.message for one in damage)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage_never_raises(data: st.DataObject) -> None:
    good = bytearray(framed([history({"loss": 0.5, ("a", "b"): 1}, step) for step in range(50)]))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(good[: data.draw(st.integers(0, len(good)))])
    for _, record in records(cut, []):
        try:
            list(fields(record))
        except (ValueError, IndexError):
            continue


def test_history_items_old_and_new() -> None:
    new = dict(fields(history({"train/loss": 0.5, ("a", "b", "c"): 3}, 4)))[2]
    old = dict(fields(history({"train/loss": 0.5}, 4, nested=False)))[2]
    assert isinstance(new, bytes) and isinstance(old, bytes)
    names: dict[bytes, str] = {}
    assert history_row(new, names).items[:2] == [("train/loss", b"0.5"), ("a.b.c", b"3")]
    assert history_row(old, names) == (4, [("train/loss", b"0.5"), ("_step", b"4")])
    assert names == {b"train/loss": "train/loss", b"_step": "_step"}


def test_a_long_key_is_read() -> None:
    body = dict(fields(history({"k" * 300: 1})))[2]
    assert isinstance(body, bytes)
    assert history_row(body, {}).items == [("k" * 300, b"1")]


def test_metric_definitions() -> None:
    body = dict(fields(metric(glob="val/*", step_metric="epoch", index=1)))[12]
    assert isinstance(body, bytes)
    assert metric_definition(body) == ("", "val/*", "epoch", 1)


@pytest.mark.parametrize("data", [b"\x0a\x05ab", b"\xff" * 12, b"\x0f", field(1, b"x")[:-1]])
def test_a_message_that_does_not_hold_together_raises(data: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        list(fields(data))
