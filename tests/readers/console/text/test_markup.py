"""Tables in HTML as lines with bars, in notebooks and in what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.console.text.markup import LARGEST, holds_tables, table_lines, with_tables
from tests.readers.written import only, role, values, write

ROWS = [(1, 0.5305, 0.515), (2, 0.351, 0.5055), (3, 0.237, 0.6625), (4, 0.1808, 0.7881), (5, 0.1291, 0.9099)]
HEAD = "<tr><th>Epoch</th><th>Training Loss</th><th>Validation Loss</th></tr>"


def drawn(rows: list[tuple[int, float, float]], end: str) -> str:
    body = "".join(f"<tr>{end}{end.join(f'<td>{cell}</td>' for cell in row)}{end}</tr>{end}" for row in rows)
    return f"<table border='1' class='dataframe'>{end}{HEAD}{end}<tbody>{end}{body}</tbody>{end}</table>"


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("name", ["finetune.md", "output.txt"])
def test_the_table_of_a_notebook_is_read_where_its_html_was_copied(tmp_path: Path, end: str, name: str) -> None:
    text = f"Training:\n\n```python\ntrainer.train()\n```\n\nNow:\n{drawn(ROWS, end)}\n<p>\nDone.\n"
    run = only(read(write(tmp_path / name, text)))
    assert values(run, role(run, "train_loss") or "") == [loss for _, loss, _ in ROWS]
    assert values(run, role(run, "val_loss") or "") == [loss for _, _, loss in ROWS]


@pytest.mark.parametrize("end", ["\n", "\n\n"])
def test_the_lines_of_a_text_keep_their_numbers(end: str) -> None:
    text = f"before\n{drawn(ROWS, end)}\nbehind\n".encode()
    assert with_tables(text).count(b"\n") == text.count(b"\n")
    assert with_tables(text).endswith(b"behind\n")


def test_a_table_that_does_not_end_or_holds_nothing_stays_text() -> None:
    open_ended = b"a\n<table><tr><td>1</td></tr>\n"
    assert with_tables(open_ended) == b"a\n| 1 |\n"
    assert with_tables(b"<table>\n<tr></table> loss: 1\n") == b"<table>\n<tr></table> loss: 1\n"
    huge = b"<table><tr>" + b" " * LARGEST + b"<td>1</td></tr></table>"
    assert with_tables(huge) == huge


def test_only_a_table_with_rows_is_looked_for() -> None:
    assert holds_tables(b"<table><tr>")
    assert not holds_tables(b"a <table of contents>")
    assert table_lines("<table><tr><th> a </th><td>b|c</td></tr></table>") == ["| a | b/c |"]
