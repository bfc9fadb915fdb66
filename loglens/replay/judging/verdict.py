"""The verdict: what the arms together prove. Pure.

- `confirmed`: the control shows the fault, a lower learning rate does not, the loss still goes down, and no arm at the
  old rate with other batches blames the data. That a lower rate helps is not enough: it damps almost any fault.
- `not_learning_rate`: the fault is there at every rate, it follows the batches or their order, or it comes with these
  batches only.
- `not_reproduced`: the control does not show it: hardware, nondeterminism, or a false alarm.
- `inconclusive`: something is missing, and `reason` says what; or the old rate passes in every other order of the data.
- `failed`: the arms could not be carried out, or the lower rate never reached the optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from loglens.model.diagnosis import ReplayArm, ReplayOutcomeName, ReplayResult
from loglens.model.kinds import KINDS, FindingKind
from loglens.model.results.replay import ArmRun, Segment
from loglens.replay.judging.comparison import Bench, Original, vague
from loglens.replay.judging.data_arms import data_blame, only_these_batches, other_orders_pass
from loglens.replay.judging.rate_reached import without_effect

CHART_POINTS = 400
SIGNS = {"no number": "NaN or infinity", "spike": "a spike", "climbs": "a lasting climb", "rough": "a rougher course"}
"""What a reading's signs are called in a sentence."""


def control_decides(bench: Bench, original: Original) -> bool:
    """Whether the controls alone settle it: the log shows a sharp fault, and the same rate now passes without it.

    A control that repeats the log to the last digit settles nothing: then lower rates say whether it is a fault.
    """
    if vague(bench.segment.kinds) or bench.same_fault or not bench.logged.present:
        return False
    return repeats(bench.control, original) is not True


def judge(segment: Segment, runs: Sequence[ArmRun], original: Original) -> ReplayResult:
    """What a stretch's arms prove."""
    bench = Bench.of(segment, runs, original)
    if bench is None:
        return _result("failed", "the control arm could not be carried out" + _ends(runs, ("control",)), runs)
    if not _reached(bench):
        return _result("inconclusive", _short(bench), runs)
    if control_decides(bench, original):
        return _result("not_reproduced", _not_reproduced(bench, original), runs)
    tried = [run for run in runs if run.arm.kind == "lr"]
    if not tried:
        return _result("inconclusive", "no arm with a lower learning rate was run", runs)
    if not bench.lr_arms:
        reasons = {without_effect(run, bench.control) for run in tried if run.usable} - {""}
        if reasons:
            return _result("failed", f"the override had no effect: {'; '.join(sorted(reasons))}", runs)
        return _result("failed", "no arm with a lower learning rate could be carried out" + _ends(runs, ("lr",)), runs)
    return _weigh(bench, original)


def _weigh(bench: Bench, original: Original) -> ReplayResult:
    """The verdict once lower rates were really run."""
    if blame := data_blame(bench):
        return _result("not_learning_rate", blame, bench.runs)
    if not bench.faulty:
        return _result("not_reproduced", _not_reproduced(bench, original), bench.runs)
    if why := only_these_batches(bench):
        return _result("not_learning_rate", why, bench.runs)
    good, bad = bench.bracket()
    names = ", ".join(f"×{run.arm.factor:.3g}" for run in sorted(bench.lr_arms, key=lambda run: -run.arm.factor))
    # called as the diagnosis and the plan call it, then how it showed here
    kinds = " and ".join(dict.fromkeys(words_of(kind) for kind in bench.segment.kinds))
    signs = " and ".join(SIGNS.get(sign, sign) for sign in bench.shown.signs) or "a loss that is stuck"
    fault = f"{kinds}; here as {signs}" if kinds else signs
    if good is None:
        if bench.shown.present and any(not bench.reading(run).present for run in bench.lr_arms):
            why = f"a lower learning rate ({names}) avoids the fault, but the loss then stops going down"
            hint = "replay from an earlier checkpoint, the state may be damaged"
            return _result("inconclusive", f"{why}; {hint}", bench.runs)
        why = f"the control and every lower learning rate ({names}) show the fault ({fault}): data or code"
        return _result("not_learning_rate", why, bench.runs)
    if doubt := other_orders_pass(bench):
        return _result("inconclusive", doubt, bench.runs)
    why = (
        f"the control at the old rate shows the fault ({fault}), ×{good:.3g} does not and goes on learning; "
        f"the limit lies between ×{good:.3g} and ×{bad:.3g}"
    )
    return _result("confirmed", why, bench.runs, factor=good, high=bad)


def words_of(kind: FindingKind) -> str:
    """A kind inside a sentence: `divergence`, `NaN or infinity`."""
    title = KINDS[kind].title
    first = title.partition(" ")[0]
    return title if any(letter.isupper() for letter in first[1:]) else title[:1].lower() + title[1:]


def _reached(bench: Bench) -> bool:
    """Whether the control got far enough past the onset to show the fault, or died of it."""
    control, segment = bench.control, bench.segment
    if control.broken:
        return True
    enough = min(segment.onset + 3 * segment.log_every, segment.start + segment.steps - segment.log_every)
    return bool(int(control.steps[-1]) >= enough)


def _short(bench: Bench) -> str:
    last = int(bench.control.steps[-1])
    return f"the control ended at step {last}, the fault begins at step {bench.segment.onset}: let it run longer"


def _not_reproduced(bench: Bench, original: Original) -> str:
    same = repeats(bench.control, original)
    if same is True:
        return (
            "the control repeats the log to the last digit and shows no fault by this test: most likely a false alarm"
        )
    seeds = sum(1 for run in bench.runs if run.arm.kind == "control" and run.usable)
    arms = "the control" if seeds == 1 else f"none of {seeds} controls"
    verb = "passes the stretch without the fault" if seeds == 1 else "shows the fault"
    differs = "" if same is None else ", and its losses differ from the log's"
    return f"{arms} at the same learning rate {verb}{differs}: hardware, nondeterminism, or data that came only once"


def repeats(control: ArmRun, original: Original) -> bool | None:
    """Whether the control's losses are those of the log (relative 1e-6); None where they share no step."""
    shared, mine, theirs = np.intersect1d(control.steps, original.steps, return_indices=True)
    if len(shared) < 3:
        return None
    ours, log = control.losses[mine], original.losses[theirs]
    both = np.isfinite(ours) & np.isfinite(log)
    return bool(np.array_equal(np.isfinite(ours), np.isfinite(log)) and np.allclose(ours[both], log[both], rtol=1e-6))


def _ends(runs: Sequence[ArmRun], kinds: Sequence[str]) -> str:
    said = [f"{run.arm.label}: {run.detail or run.end}" for run in runs if run.arm.kind in kinds and not run.usable]
    return f" ({'; '.join(dict.fromkeys(said))})" if said else ""


def _result(
    outcome: ReplayOutcomeName,
    reason: str,
    runs: Sequence[ArmRun],
    *,
    factor: float | None = None,
    high: float | None = None,
) -> ReplayResult:
    return ReplayResult(
        outcome=outcome,
        factor=factor,
        factor_low=factor,
        factor_high=high,
        reason=reason,
        arms=tuple(chart_arm(run) for run in runs),
    )


def chart_arm(run: ArmRun) -> ReplayArm:
    """The arm thinned for a chart: every n-th point, with the highest of each gap kept."""
    n = len(run.steps)
    if n <= CHART_POINTS:
        kept = np.arange(n)
    else:
        edges = np.linspace(0, n, CHART_POINTS + 1).astype(int)
        height = np.where(np.isfinite(run.losses), run.losses, np.inf)
        kept = np.array([low + int(np.argmax(height[low:high])) for low, high in pairwise(edges)])
    end = run.end if run.end == "ok" or not run.detail else f"{run.end}: {run.detail}"
    return ReplayArm(
        label=run.arm.label, factor=run.arm.factor, steps=run.steps[kept], values=run.losses[kept], end=end
    )
