"""The terminal: one run on one screen, plain where nobody looks, nothing that moves the cursor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from loglens.model.diagnosis import Cause, Curve
from loglens.model.run import Problem
from loglens.model.schedule import UNKNOWN_SCHEDULE
from loglens.render.markdown.report import MarkdownReport
from loglens.render.printable import printable, shortened
from loglens.render.terminal.report import TextReport
from loglens.render.terminal.sparkline import NOT_A_NUMBER, columns, rows, sparkline
from tests.diagnoses import curves, diagnosis, healthy, run_diagnosis, spike
from tests.render.hostile import TEXTS, diagnosis_of

SCREEN = 22
"""Lines of a 24-line terminal between the command and the next prompt."""


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_one_run_fits_a_screen_with_everything_that_matters(count: int) -> None:
    found = tuple(spike(10 + 12 * number) for number in range(count))
    one = diagnosis(replace(run_diagnosis(), findings=found))
    problems = tuple(Problem(path=f"log{number}", message="torn " * 40) for number in range(30))
    text = TextReport(width=80, height=SCREEN, page="loglens-report.html").render(replace(one, problems=problems))
    lines = text.splitlines()
    assert len(lines) <= SCREEN
    assert max(map(cell_len, lines)) <= 80
    assert lines[0].startswith("Critical  Learning rate too high 83%")
    assert "peak_lr 3e-3 → 8e-4 (5e-4 … 1.2e-3), warm-up 50 → 200" in text
    assert "… and 29 more problems" in text
    assert lines[-1] == "Report: loglens-report.html"
    assert ("steps 10–34" in text) == (count in (1, 2))
    assert ("40 × loss spike" in text) == (count == 40)


@pytest.mark.parametrize("renderer", [TextReport(), TextReport(width=80, height=SCREEN), MarkdownReport()])
def test_a_healthy_run_with_another_likeliest_cause_is_not_told_to_change(
    renderer: TextReport | MarkdownReport,
) -> None:
    hint = replace(run_diagnosis(), verdict="healthy", findings=())
    for shown in (diagnosis(hint), diagnosis(hint, hint)):
        text = renderer.render(shown)
        assert "nothing; to try" in text or "Nothing was found that needs you" in text
    sick = renderer.render(diagnosis(run_diagnosis()))
    assert "to try" not in sick
    assert "needs you" not in sick


def test_too_little_to_tell_is_not_sold_as_health() -> None:
    unknown = replace(
        run_diagnosis(), verdict="healthy", findings=(), causes=(Cause(cause="unknown", probability=0.9),)
    )
    for renderer in (TextReport(), MarkdownReport()):
        assert "the log does not tell more" in renderer.render(diagnosis(unknown))


def test_a_log_without_a_learning_rate_says_so_in_words() -> None:
    text = TextReport().render(diagnosis(replace(run_diagnosis(), schedule=UNKNOWN_SCHEDULE)))
    assert "no learning rate in the log" in " ".join(text.split())


def test_the_axis_of_an_epoch_log_counts_epochs() -> None:
    text = TextReport().render(diagnosis(replace(run_diagnosis(), x_axis="epoch", first_step=0, last_step=11)))
    assert "epochs 0–11" in " ".join(text.split())


def test_the_whole_text_leaves_nothing_out() -> None:
    found = tuple(spike(10 + 12 * number) for number in range(40))
    text = " ".join(TextReport().render(diagnosis(replace(run_diagnosis(), findings=found))).split())
    assert "40 × loss spike; the worst: The loss jumps from 0.52 to 3.52" in text
    assert "fewer than 4 validation points" in text
    assert "ValueError: made up for the test" in text
    assert "the last record is cut; 56 of 57 points were read" in text


@pytest.mark.parametrize("width", [20, 40, 80, 100, 200, 400])
@pytest.mark.parametrize("runs", [1, 5])
def test_no_line_is_wider_than_asked(width: int, runs: int) -> None:
    many = diagnosis(*(run_diagnosis(f"folder/{'漢字' * 30}/{number}") for number in range(runs)))
    text = TextReport(width=width, height=SCREEN, page="report.html").render(many)
    assert max(map(cell_len, text.splitlines())) <= max(40, width)


def test_several_runs_are_a_table_with_the_worst_first() -> None:
    lines = TextReport(width=120).render(diagnosis(healthy("a"), run_diagnosis("z"), healthy("b"))).splitlines()
    assert lines[0] == "3 runs in runs: 1 critical, 2 healthy"
    table = [line.split()[1] for line in lines if line.startswith(("Critical", "Healthy"))]
    assert table == ["z", "a", "b"]


def test_a_table_too_long_for_the_screen_counts_the_rest() -> None:
    text = TextReport(width=80, height=SCREEN).render(diagnosis(*(run_diagnosis(f"r{n:03}") for n in range(500))))
    assert len(text.splitlines()) <= SCREEN
    shown = sum(line.startswith("Critical") for line in text.splitlines())
    assert f"… and {500 - shown} more: {500 - shown} critical" in text


def test_colour_only_where_asked() -> None:
    assert "\x1b[" not in TextReport().render(diagnosis())
    coloured = TextReport(colour=True).render(diagnosis(run_diagnosis()))
    assert "\x1b[1;31mCritical\x1b[0m" in coloured
    flagged = next(line for line in coloured.splitlines() if "Train loss" in line)
    assert "\x1b[1;31m█" in flagged


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = TextReport(colour=True).render(diagnosis())
    for name, value in (("NO_COLOR", "1"), ("COLUMNS", "30"), ("TERM", "dumb"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    assert TextReport(colour=True).render(diagnosis()) == before


@pytest.mark.parametrize("height", [None, SCREEN])
@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_nothing_from_a_log_moves_the_cursor(text: str, runs: int, height: int | None) -> None:
    shown = TextReport(width=80, height=height, page=text[:60]).render(diagnosis_of(text, runs=runs))
    assert all(line.isprintable() or "\u200d" in line for line in shown.splitlines())
    shown.encode("utf-8")
    if height:
        assert len(shown.splitlines()) <= height


def test_no_run_at_all() -> None:
    text = TextReport(page="x.html").render(replace(diagnosis(), runs=()))
    assert "No run could be judged." in text
    assert "torn/events.out" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [("a\nb", "a\\nb"), ("\x1b[1m", "\\x1b[1m"), ("a\u202eb", "a\\u202eb"), ("👩‍👧", "👩‍👧"), ("\udce9", "\\udce9")],
)
def test_invisible_characters_are_written_out(text: str, said: str) -> None:
    assert printable(text) == said


def test_the_middle_is_left_out() -> None:
    assert shortened("abcdefghij", 7) == "abcd…ij"
    assert [len(shortened("abcdef", limit)) for limit in range(8)] == [0, 1, 2, 3, 4, 5, 6, 6]


def curve(values: list[float], steps: list[int] | None = None) -> Curve:
    at = np.arange(len(values)) if steps is None else np.array(steps)
    return Curve(role="train_loss", series="loss", steps=at, values=np.array(values), points=len(values))


def line(values: list[float], width: int = 8) -> str:
    return sparkline(curve(values), width=width, first=0, last=max(1, len(values) - 1))


def test_a_ramp_climbs() -> None:
    assert line([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█"


def test_a_constant_is_flat_and_a_nan_is_marked() -> None:
    assert line([5.0] * 8) == "▅" * 8
    assert line([1.0, 2.0, float("nan"), float("inf")], width=4)[2:] == NOT_A_NUMBER * 2


@pytest.mark.parametrize("values", [[1.0], [float("nan")] * 4, [1e308, -1e308, 0.0], [0.0, 5e-324], [-3.0, -2.0]])
def test_odd_curves_have_a_line(values: list[float]) -> None:
    assert len(line(values)) == 8


def test_steps_beyond_53_bits_keep_their_place() -> None:
    huge = curve([1.0, 2.0], [2**62, 2**62 + 10])
    assert sparkline(huge, width=4, first=2**62, last=2**62 + 10) == "▁▃▆█"


def test_a_spike_of_one_step_is_seen_and_flagged() -> None:
    values = [1.0 + 0.01 * (n % 7) for n in range(1000)]
    values[500] = 3.0
    finding = replace(spike(500), steps=replace(spike().steps, start=500, end=500))
    cells = columns(curve(values), width=20, first=0, last=999, findings=[finding])
    assert [at for at, flag in enumerate(cells.flags) if flag] == [10]
    assert cells.heights[10] == 1
    assert rows(cells, 3)[0].strip() == "█"


def test_rows_stack_to_the_same_heights() -> None:
    loss = curves()[0]
    cells = columns(loss, width=40, first=0, last=599)
    for row_low, row_high in zip(rows(cells, 2)[1], rows(cells, 2)[0], strict=True):
        assert row_high == " " or row_low == "█"


def test_runs_of_one_file_are_told_apart_where_it_is_narrow() -> None:
    runs = [replace(healthy(), name=f"metrics_of_a_long_named_training.json#training {at}") for at in (1, 2, 3)]
    text = TextReport(width=80).render(diagnosis(*runs))
    assert all(f"#training {at}" in text for at in (1, 2, 3))
