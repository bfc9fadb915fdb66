"""compare: better, worse or noise; new, worse, standing or fixed; and what the gate makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.errors import NotJudgeable, SettingsError
from loglens.fleet.baseline import Baseline, baseline_of
from loglens.fleet.compare import compare
from loglens.fleet.metrics import Sample, band_of
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.comparison import CONDITIONS, Comparison, MetricName, RunComparison
from tests.fleet.comparisons import diagnosis, finding, run


def both(base: RunDiagnosis, head: RunDiagnosis) -> RunComparison:
    (pair,) = compare(diagnosis(base), diagnosis(head)).pairs
    return pair


def judged(base: RunDiagnosis, head: RunDiagnosis, metric: MetricName) -> str | None:
    change = both(base, head).change(metric)
    return None if change is None else change.judgement


@pytest.mark.parametrize(
    ("level", "said"), [(1.0, "same"), (1.01, "same"), (1.2, "worse"), (0.8, "better"), (0.99, "same")]
)
def test_a_difference_counts_beyond_the_noise(level: float, said: str) -> None:
    assert judged(run(seed=1), run(level=level, seed=2), "train_loss") == said


def test_the_same_run_is_the_same() -> None:
    pair = both(run(val=1.0), run(val=1.0))
    assert {one.judgement for one in pair.changes} <= {"same", "unknown"}
    assert [one.metric for one in pair.changes][:3] == ["train_loss", "val_loss_best", "val_loss"]


def test_the_validation_loss_decides_where_there_is_one() -> None:
    pair = both(run(level=1.0, val=1.0), run(level=1.5, val=0.7, seed=1))
    assert pair.deciding is not None
    assert pair.deciding.metric == "val_loss_best"
    assert pair.deciding.judgement == "better"
    assert judged(run(level=1.0, val=1.0), run(level=1.5, val=0.7, seed=1), "train_loss") == "worse"


def test_a_validation_loss_of_a_few_points_leaves_it_to_the_train_loss() -> None:
    base, head = run(val=1.0, points=350), run(val=1.0, level=2.0, points=350, seed=1)
    assert both(base, head).change("val_loss_best").judgement == "unknown"  # type: ignore[union-attr]
    assert both(base, head).deciding.metric == "train_loss"  # type: ignore[union-attr]


def test_ending_in_nan_is_worse_and_recovering_is_better() -> None:
    sick, well = run(ends_nan=True), run()
    assert judged(well, sick, "train_loss") == "worse"
    assert judged(sick, well, "train_loss") == "better"
    assert judged(sick, sick, "train_loss") == "unknown"
    change = both(well, sick).change("non_finite")
    assert change is not None
    assert (change.before, change.after, change.judgement) == (0, 200, "worse")
    assert any("HEAD ended without a finite train loss" in note for note in both(well, sick).notes)


def test_runs_of_unlike_length_are_compared_where_both_were() -> None:
    pair = both(run(points=1000), run(points=400, seed=1))
    common = pair.change("train_loss_common")
    assert common is not None
    assert common.step == 399
    assert common.judgement == "same"
    assert pair.deciding is common
    assert both(run(points=1000), run(points=980)).change("train_loss_common") is None


def test_steps_to_the_bases_loss() -> None:
    slow = run(seed=1)
    curve = slow.curve("level")
    assert curve is not None
    fast_level = replace(curve, values=1.0 + 2.0 * np.exp(-curve.steps / 25))
    fast = replace(slow, curves=(slow.curves[0], fast_level))
    change = both(run(), fast).change("steps_to_base")
    assert change is not None
    assert change.before is not None
    assert change.after == pytest.approx(change.before / 4, rel=0.05)
    assert change.judgement == "better"
    assert judged(run(), run(level=1.5), "steps_to_base") == "worse"  # it never gets there
    assert judged(run(), run(level=1.5, points=100), "steps_to_base") is None  # it had no time to


def test_a_scaled_loss_gives_the_same_judgements() -> None:
    plain = [one.judgement for one in both(run(), run(level=1.2, seed=2)).changes]
    scaled = [one.judgement for one in both(run(scale=1e-6), run(level=1.2, seed=2, scale=1e-6)).changes]
    assert plain == scaled


def test_siblings_are_taken_together_and_their_scatter_is_the_noise() -> None:
    base = [run(f"a/seed{n}", level=1.0 + 0.05 * n, seed=n) for n in range(4)]
    head = [run(f"a/seed{n}", level=1.03 + 0.05 * n, seed=9 + n) for n in range(4)]
    (pair,) = compare(diagnosis(*base), diagnosis(*head)).pairs
    change = pair.change("train_loss")
    assert change is not None
    assert change.method == "siblings"
    assert change.judgement == "same"
    assert len(change.befores) == len(change.afters) == 4
    worse = [run(f"a/seed{n}", level=1.5 + 0.05 * n, seed=9 + n) for n in range(4)]
    (pair,) = compare(diagnosis(*base), diagnosis(*worse)).pairs
    assert pair.change("train_loss").judgement == "worse"  # type: ignore[union-attr]


def test_one_seed_that_blew_up_is_not_averaged_away() -> None:
    base = [run(f"a/seed{n}", seed=n) for n in range(3)]
    head = [*(run(f"a/seed{n}", seed=n) for n in range(2)), run("a/seed2", ends_nan=True)]
    (pair,) = compare(diagnosis(*base), diagnosis(*head)).pairs
    change = pair.change("train_loss")
    assert change is not None
    assert (change.after, change.judgement) == (None, "worse")
    assert change.afters[2] is None


def test_seed_noise_alone_rarely_looks_like_a_change() -> None:
    """Siblings of one distribution: at 95 %, about one in twenty may."""
    rng = np.random.default_rng(0)
    outside = 0
    for _ in range(400):
        old, new = ([Sample(value=float(one)) for one in rng.normal(1, 0.1, 4)] for _ in range(2))
        band, method = band_of(old, new, 0.95)
        assert band is not None
        assert method == "siblings"
        means = [np.mean([one.value for one in side if one.value is not None]) for side in (old, new)]
        outside += bool(abs(means[0] - means[1]) > band)
    assert 8 <= outside <= 36


def test_many_runs_share_the_risk_of_a_false_alarm() -> None:
    one = compare(diagnosis(run("a")), diagnosis(run("a", seed=1))).pairs[0].change("train_loss")
    names = [f"r{n}x" for n in range(40)]
    many = compare(diagnosis(*map(run, names)), diagnosis(*(run(name, seed=1) for name in names)))
    wide = many.pairs[0].change("train_loss")
    assert one is not None
    assert wide is not None
    assert one.band is not None
    assert wide.band is not None
    assert 1.4 < wide.band / one.band < 2.0
    assert not any(pair.deciding and pair.deciding.judgement == "worse" for pair in many.pairs)


def statuses(comparison: Comparison) -> list[tuple[str, str]]:
    return [(one.status, one.finding.summary) for one in comparison.findings]


def test_findings_are_new_worse_standing_or_fixed() -> None:
    base = run("a", finding(100), finding(300, severity="warning"), finding(500))
    head = run("a", finding(105), finding(300), finding(800))
    said = statuses(compare(diagnosis(base), diagnosis(head)))
    assert said == [
        ("new", "loss_spike at 800"),
        ("worse", "loss_spike at 300"),
        ("standing", "loss_spike at 105"),
        ("fixed", "loss_spike at 500"),
    ]


def test_a_renamed_series_keeps_its_findings_and_says_so() -> None:
    base = run("a", finding(100))
    head = replace(run("a", finding(100, series="loss/total")), roles={**base.roles, "train_loss": "loss/total"})
    comparison = compare(diagnosis(base), diagnosis(head))
    assert statuses(comparison) == [("standing", "loss_spike at 100")]
    assert "compare their levels only if they are the same" in comparison.pairs[0].notes[0]


def test_another_kind_or_series_at_the_same_steps_is_new() -> None:
    base = run("a", finding(100))
    for other in (finding(100, kind="oscillation"), finding(100, series="aux")):
        assert sorted(one for one, _ in statuses(compare(diagnosis(base), diagnosis(run("a", other))))) == [
            "fixed", "new",
        ]  # fmt: skip


def test_runs_without_a_partner_are_listed_and_their_findings_are_new() -> None:
    comparison = compare(
        diagnosis(run("a"), run("old", finding())), diagnosis(run("a"), run("fresh", finding())), fail_on=CONDITIONS
    )
    assert [one.run for one in comparison.added] == ["fresh"]
    assert [one.run for one in comparison.removed] == ["old"]
    assert statuses(comparison) == [("new", "loss_spike at 300")]
    assert len(comparison.gate.reasons) == 2
    assert "missing in HEAD (old)" in comparison.gate.reasons[1]


@pytest.mark.parametrize(
    ("condition", "head", "fails"),
    [
        ("new-critical", run("a", finding()), True),
        ("new-critical", run("a", finding(severity="warning")), False),
        ("new-critical", run("a", finding(confidence=0.3)), False),
        ("new-warning", run("a", finding(severity="warning")), True),
        ("new-warning", run("a", finding()), True),
        ("new-warning", run("a", finding(severity="info")), False),
        ("new-warning", run("a", level=2.0), False),
        ("regression", run("a", level=2.0), True),
        ("regression", run("a", ends_nan=True), True),
        ("regression", run("a", level=0.5), False),
        ("regression", run("a", finding()), False),
        ("missing-run", run("a", finding(), level=2.0), False),
    ],
)  # fmt: skip
def test_the_gate(condition: str, head: RunDiagnosis, fails: bool) -> None:
    comparison = compare(diagnosis(run("a")), diagnosis(head), fail_on=(condition,))  # type: ignore[arg-type]
    assert comparison.gate.failed is fails
    assert not compare(diagnosis(run("a")), diagnosis(head), fail_on=()).gate.failed


def test_standing_and_accepted_findings_fail_nothing() -> None:
    sick = run("a", finding())
    assert not compare(diagnosis(sick), diagnosis(sick)).gate.failed
    moved = run("a", finding(305))
    accepted = baseline_of(diagnosis(sick))
    comparison = compare(diagnosis(run("a")), diagnosis(moved), baseline=accepted)
    assert not comparison.gate.failed
    assert comparison.findings[0].accepted
    assert compare(diagnosis(run("a")), diagnosis(moved), baseline=Baseline()).gate.failed


def test_the_worst_pair_stands_first() -> None:
    names = ("same", "regressed", "spiky")
    head = (run("same"), run("regressed", level=2.0), run("spiky", finding()))
    comparison = compare(diagnosis(*map(run, names)), diagnosis(*head))
    assert [one.name for one in comparison.pairs] == ["spiky", "regressed", "same"]


def test_nothing_to_pair_says_what_to_do() -> None:
    with pytest.raises(NotJudgeable, match="--pair"):
        compare(diagnosis(run("a"), run("b")), diagnosis(run("c"), run("d")))
    comparison = compare(diagnosis(run("a"), run("b")), diagnosis(run("c"), run("d")), pairs={"a": "d"})
    assert [one.name for one in comparison.pairs] == ["a → d"]
    with pytest.raises(SettingsError, match="HEAD has no run 'x'"):
        compare(diagnosis(run("a")), diagnosis(run("c")), pairs={"a": "x"})


def test_a_diagnosis_without_levels_is_measured_on_its_curves() -> None:
    bare = replace(run(level=1.2, seed=2), levels=())
    assert judged(replace(run(seed=1), levels=()), bare, "train_loss") == "worse"
    nothing = replace(bare, curves=(), scores={})
    pair = both(nothing, nothing)
    assert {one.metric for one in pair.changes} <= {"peak_lr"}
