"""What the tools answer. Plain functions over the roots: nothing here knows the protocol."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from loglens.errors import SettingsError
from loglens.mcp.answers import SENTENCE, Json, answer, text_answer, untrusted
from loglens.mcp.roots import Roots
from loglens.model.run import ReadResult
from loglens.render import numbers, words
from loglens.render.ranking import worst_first

if TYPE_CHECKING:
    from loglens.model.diagnosis import Diagnosis, RunDiagnosis
    from loglens.model.finding import Finding
    from loglens.model.results.comparison import FindingChange, RunComparison
    from loglens.model.run import Problem, Run

T = TypeVar("T")
Item_co = TypeVar("Item_co", covariant=True)
KEPT = 8
"""Results that are kept for the next page of the same answer."""


@dataclass(slots=True)
class Tools:
    """The five tools. Results are kept as long as no file they rest on changes."""

    roots: Roots
    kept: OrderedDict[tuple[Any, ...], Any] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def list_runs(self, path: str = ".", cursor: str = "") -> str:
        """The runs below a path."""
        found = self._read(path)
        runs = [self._listed(run) for run in found.runs]
        return answer({"path": path, **self._problems(found.problems)}, runs, key="runs", cursor=cursor)

    def inspect(self, path: str, run: str = "", cursor: str = "") -> str:
        """What was read of one run: roles, series, repairs."""
        shown = self._run(self._read(path), path, run)
        head: Json = {
            "run": untrusted(shown.title),
            "format": shown.format,
            "x_axis": shown.x_axis,
            "roles": {choice.role: untrusted(choice.series) for choice in shown.roles if choice.series is not None},
            "notes": [f"{note.kind}: {untrusted(note.message, SENTENCE)}" for note in shown.notes[:4]],
            "restarts": [f"step {back.last_step} to {back.resumed_at}" for back in shown.rewinds[:6]],
        }
        series = [
            {
                "series": untrusted(each.tag),
                "points": len(each),
                "not_finite": len(each) - int(each.finite.sum()),
                "steps": [int(each.steps[0]), int(each.steps[-1])] if len(each) else [],
                "from_to": [_number(float(each.values[0])), _number(float(each.values[-1]))] if len(each) else [],
            }
            for each in shown.series
        ]
        return answer(head, series, key="series", cursor=cursor)

    def diagnose(self, path: str, run: str = "", lr: float = 0.0, schedule: str = "", cursor: str = "") -> str:
        """One run in full, or all runs below a path in a line each, the worst first."""
        diagnosis = self._diagnosed(path, lr, schedule)
        if not run and len(diagnosis) != 1:
            lines = [self._line(each) for each in worst_first(diagnosis.runs)]
            head = {"path": path, "verdict": diagnosis.verdict, **self._problems(diagnosis.problems)}
            return answer(head, lines, key="runs", cursor=cursor)
        chosen = _named(diagnosis, run)
        return answer(self._whole(chosen), [_finding(each) for each in chosen.findings], key="findings", cursor=cursor)

    def compare(self, base: str, head: str, cursor: str = "") -> str:
        """What changed between two sets of runs beyond noise."""
        from loglens.fleet.compare import compare
        from loglens.render.comparison import words as compare_words

        comparison = compare(self._diagnosed(base), self._diagnosed(head))
        top: Json = {
            "base": base,
            "head": head,
            "headline": compare_words.headline(comparison),
            "gate_failed": comparison.gate.failed,
            "reasons": [untrusted(reason, SENTENCE) for reason in comparison.gate.reasons],
        }
        return answer(top, [_pair(pair) for pair in comparison.pairs], key="runs", cursor=cursor)

    def explain(self, name: str, cursor: str = "") -> str:
        """The page of a finding or a cause."""
        from loglens.explain import page_of

        return text_answer({"name": name[:80]}, page_of(name), cursor=cursor)

    def _read(self, path: str) -> ReadResult:
        from loglens import readers

        whole = self.roots.inside(path)
        return self._cached(("read", whole), whole, lambda: self.roots.kept(readers.read(whole)))

    def _diagnosed(self, path: str, lr: float = 0.0, schedule: str = "") -> Diagnosis:
        from loglens import pipeline

        whole = self.roots.inside(path)
        found = self._read(path)
        return self._cached(
            ("diagnosis", whole, lr, schedule),
            whole,
            lambda: pipeline.diagnose(found, lr=lr or None, schedule=schedule or None),
        )

    def _cached(self, key: tuple[Any, ...], whole: Path, make: Callable[[], T]) -> T:
        """The result made before, where no file below `whole` has changed since."""
        seen = (*key, _signature(whole))
        with self.lock:
            if seen not in self.kept:
                self.kept[seen] = make()
                while len(self.kept) > KEPT:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(seen)
            return cast("T", self.kept[seen])

    def _run(self, found: ReadResult, path: str, name: str) -> Run:
        if not name and len(found) != 1:
            raise SettingsError(f"{path!r} holds {len(found)} runs: say which one with `run`, as list_runs names them")
        return _named(found, name)

    def _listed(self, run: Run) -> Json:
        loss = run.role("train_loss") or run.role("val_loss")
        said: Json = {"run": untrusted(run.title), "path": untrusted(self.roots.relative(run.source), 200)}
        said["format"] = run.format
        if loss is not None and len(loss):
            said["steps"] = [int(loss.steps[0]), int(loss.steps[-1])]
            said["loss"] = [_number(float(loss.values[0])), _number(float(loss.values[-1]))]
        return said | ({"live": True} if run.live else {})

    def _problems(self, problems: tuple[Problem, ...]) -> Json:
        said = [
            untrusted(self.roots.without_roots(f"{problem.path}: {problem.message}"), 200) for problem in problems[:3]
        ]
        more = [f"and {len(problems) - 3} more"] if len(problems) > 3 else []
        return {"problems": said + more} if problems else {}

    def _line(self, run: RunDiagnosis) -> Json:
        return {
            "run": untrusted(run.title),
            "verdict": run.verdict,
            "cause": run.cause.cause,
            "probability": round(run.cause.probability, 3),
            "advice": words.advice_line(run),
            "findings": len(run.findings),
        }

    def _whole(self, run: RunDiagnosis) -> Json:
        advice = run.recommendation
        return {
            "run": untrusted(run.title),
            "verdict": run.verdict,
            "causes": {cause.cause: round(cause.probability, 3) for cause in run.causes[:4]},
            "because": [untrusted(item, SENTENCE) for item in run.cause.because[:4]],
            "advice": {
                "action": advice.action,
                "line": words.advice_line(run),
                "why": untrusted(advice.why, SENTENCE),
                "peak_lr_now": _rate(advice.current_peak_lr),
                "peak_lr": _rate(advice.peak_lr),
                "peak_lr_range": [_rate(advice.peak_lr_low), _rate(advice.peak_lr_high)],
            },
            "schedule": words.schedule_of(run),
            "steps": [run.first_step, run.last_step],
            "explain": f"explain(name={run.cause.cause!r}) says how this cause is told",
        }


class _Runs(Protocol[Item_co]):
    def __getitem__(self, which: int | str, /) -> Item_co: ...


def _named(found: _Runs[Item_co], name: str) -> Item_co:
    if not name:
        return found[0]
    try:
        return found[name.strip("«»")]
    except KeyError as error:
        raise SettingsError(untrusted(str(error.args[0]), SENTENCE)) from error


def _rate(value: float | None) -> float | None:
    """Three digits: more would promise what no advice can hold."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.3g}")


def _number(value: float) -> float | str:
    """Six digits; what JSON has no number for is said in words."""
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)


def _finding(finding: Finding) -> Json:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "confidence": round(finding.confidence, 2),
        "steps": [finding.steps.start, finding.steps.end],
        "series": untrusted(finding.series),
        "summary": untrusted(finding.summary, SENTENCE),
    }


def _pair(pair: RunComparison) -> Json:
    from loglens.render.comparison import words as compare_words

    return {
        "run": untrusted(pair.title),
        "verdict": compare_words.verdict(pair),
        "changes": [
            f"{compare_words.metric_title(item)}: {compare_words.value(item, item.before)} to "
            f"{compare_words.value(item, item.after)} {compare_words.band(item)} ({compare_words.judgement(item)})"
            for item in compare_words.shown(pair)
        ],
        "findings": [_change(finding) for finding in pair.findings[:6]],
    }


def _change(change: FindingChange) -> str:
    finding = change.finding
    return f"{change.status}: {finding.kind} ({finding.severity}), {numbers.steps(finding.steps)}"


def _signature(whole: Path) -> tuple[int, int, int]:
    """Files below a path, their bytes and the time of the last change: another one where anything was written."""
    files = [whole] if whole.is_file() else [item for item in whole.rglob("*") if item.is_file()]
    stats = [file.stat() for file in files]
    return len(stats), sum(stat.st_size for stat in stats), max((stat.st_mtime_ns for stat in stats), default=0)
