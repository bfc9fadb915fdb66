from __future__ import annotations

from loglens.readers.trackers.wandb.contents import read_contents
from tests.readers.wandb_writer import EXIT, field, framed, history, item, metric, run


def test_all_records() -> None:
    update = field(4, field(1, item("lr", 0.2)))
    contents = read_contents(framed([run(config={"lr": 0.1}), update, metric("epoch"), history({"loss": 1}, 3), EXIT]))
    assert (contents.run_id, contents.name, contents.project) == ("abc", "sunny-1", "demo")
    assert contents.config == {"lr": 0.2}
    assert [one.name for one in contents.metrics] == ["epoch"]
    assert [(row.call, row.values) for row in contents.rows] == [(3, {"loss": 1.0, "_step": 3.0})]
    assert contents.exited and not contents.damage


def test_calls_go_on_from_the_last_where_none_is_told() -> None:
    contents = read_contents(framed([history({"a": 1}, 5), history({"a": 1}), history({"a": 1})]))
    assert [row.call for row in contents.rows] == [5, 6, 7]


def test_a_record_that_cannot_be_decoded_is_damage() -> None:
    bad = field(2, field(1, field(2, "loss") + field(16, b"{broken")))
    contents = read_contents(framed([history({"a": 1}, 0), bad, history({"a": 2}, 1)]))
    assert len(contents.rows) == 2
    assert len(contents.damage) == 1


def test_records_of_other_kinds_are_passed_over() -> None:
    contents = read_contents(framed([field(7, b"output"), field(99, b"tomorrow"), b"", history({"a": 1}, 0)]))
    assert len(contents.rows) == 1 and not contents.damage
