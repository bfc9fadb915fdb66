from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglens.readers.console import lines as text_lines
from loglens.readers.console.lines import TextLines, lines_end, plain_text

ENDED = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"step 1", b"\x0b", b"\xc2\x85"]), max_size=60)


@given(ENDED.map(b"".join), st.integers(0, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_those_of_the_text_wherever_it_is_cut(text: bytes, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "PIECE", piece)
        lines = TextLines(text)
    whole = text.splitlines()
    assert list(lines) == whole
    assert len(lines) == len(whole)
    assert [lines[at] for at in reversed(range(len(whole)))] == whole[::-1]
    assert lines[2:7] == whole[2:7]
    assert lines[-1:] == whole[-1:]
    chosen = np.arange(len(whole)) % 3 == 1
    assert list(lines.numbered(chosen)) == [(at + 1, line) for at, line in enumerate(whole) if at % 3 == 1]


@given(ENDED.map(b"".join), ENDED.map(b"".join))
def test_a_line_that_ended_is_not_changed_by_what_is_appended(text: bytes, more: bytes) -> None:
    end = lines_end(text)
    before = text[:end].splitlines()
    assert (text + more).splitlines()[: len(before)] == before
    assert len((text + more)[end:].splitlines()) + len(before) == len((text + more).splitlines())


def test_a_line_that_is_not_there() -> None:
    lines = TextLines(b"one\ntwo")
    assert lines[-1] == b"two"
    with pytest.raises(IndexError):
        lines[2]
    assert list(TextLines(b"")) == []


def test_what_is_taken_off_a_text() -> None:
    assert plain_text(b"\xef\xbb\xbfstep 1\n") == b"step 1\n"
    assert plain_text(b"\x1b[32mstep\x1b[0m 1") == b"step 1"
    assert plain_text("step 1".encode("utf-16")) == b"step 1"
    assert plain_text(b"\0\1\2\3") is None
    assert plain_text(b'{"log":"step 1\\n","stream":"stdout"}\n{"log":"st') == b'step 1\n{"log":"st'


@pytest.mark.parametrize(
    ("said", "read"),
    [("loss: 1.#QNAN0", "loss: nan"), ("loss = -1.#IND00", "loss = -nan"), ("mse 1.#INF", "mse inf"),
     ("loss: NaN32", "loss: nan"), ("loss: -Inf32", "loss: -inf"), ("loss: -nan(ind)", "loss: -nan"),
     ("loss: ∞", "loss: inf"), ("xNaN32", "xNaN32"), ("η = 0.1", "lr = 0.1")],
)  # fmt: skip
def test_no_number_is_spelt_in_many_ways(said: str, read: str) -> None:
    assert plain_text(said.encode()) == read.encode()
