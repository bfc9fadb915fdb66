"""Where a finding stands in a log of lines, for the ways logs of lines are written."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zstandard

import loglens
from loglens.readers.contract.packed import Unpacking
from loglens.readers.lines import Mark, lines_of

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "runs"
STEPS = range(0, 4000, 20)
LOSSES = [round(3 * math.exp(-step / 900) + 0.3 + 0.01 * math.sin(step), 6) for step in STEPS]


def written(tmp_path: Path, name: str) -> Path:
    """One log in the given dress."""
    path = tmp_path / name
    pairs = list(zip(STEPS, LOSSES, strict=True))
    rows = [{"step": step, "loss": loss, "learning_rate": 1e-3} for step, loss in pairs]
    texts = {
        "log.csv": "step,loss,lr\n" + "".join(f"{step},{loss},0.001\n" for step, loss in pairs),
        "decimal.csv": "step;loss\n" + "".join(f"{step};{loss}\n".replace(".", ",") for step, loss in pairs),
        "swapped.csv": "# by x\nloss,epoch,step\n" + "".join(f"{loss},{step / 100},{step}\n" for step, loss in pairs),
        "floats.tsv": "iter\tloss\n" + "".join(f"{step:.1f}\t{loss:.6e}\n" for step, loss in pairs),
        "log.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "state.json": json.dumps({"global_step": 4000, "log_history": rows}, indent=2),
        "console.log": "Epoch 0 of 20\n" + "".join(
            f"2026-01-01 10:{step // 60 % 60:02}:{step % 60:02} INFO step {step} | loss {loss} | lr 1e-3\n"
            for step, loss in pairs
        ),
    }  # fmt: skip
    path.write_text(texts[name], encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name", ["log.csv", "decimal.csv", "swapped.csv", "floats.tsv", "log.jsonl", "state.json", "console.log"]
)
def test_the_line_holds_the_step_s_value(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name)
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = [Mark(STEPS[at], LOSSES[at]) for at in (0, 7, 60, 199)]
    for at, number in zip((0, 7, 60, 199), lines_of(path, marks), strict=True):
        assert number is not None
        said = lines[number - 1].replace(",", ".") if name == "decimal.csv" else lines[number - 1]
        assert f"{LOSSES[at]:.6e}" in said if name == "floats.tsv" else str(LOSSES[at]) in said


def test_values_without_a_number_are_found_by_their_step(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,0.5\n2,nan\n3,inf\n4,NaN\n", encoding="utf-8")
    assert lines_of(path, [Mark(2, math.nan), Mark(4, math.nan), Mark(3, math.inf)]) == [3, 5, 4]


def test_without_a_step_the_value_decides_only_where_it_is_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("loss\n0.51\n0.4912\n0.51\n", encoding="utf-8")
    assert lines_of(path, [Mark(1000, 0.4912), Mark(2000, 0.51), Mark(3000, 0.7)]) == [3, None, None]


def test_a_line_that_is_not_there_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "log.csv")
    assert lines_of(path, [Mark(100, 77.0), Mark(5, LOSSES[3])]) == [None, 5]
    assert lines_of(tmp_path / "missing.csv", [Mark(0, 1.0)]) == [None]
    (tmp_path / "events.out.tfevents.1").write_bytes(bytes(range(256)) * 20)
    assert lines_of(tmp_path / "events.out.tfevents.1", [Mark(0, 1.0)]) == [None]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress,
}  # fmt: skip


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_the_line_of_a_packed_log_is_that_of_the_text_inside(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, "log.csv")
    packed = tmp_path / f"log.csv{suffix}"
    packed.write_bytes(PACKERS[suffix](path.read_bytes()))
    assert lines_of(packed, [Mark(100, LOSSES[5])]) == lines_of(path, [Mark(100, LOSSES[5])]) == [7]
    sample = packed.with_name(f"metrics.csv{suffix}")
    sample.write_bytes(PACKERS[suffix]((SAMPLES / "lr-jump" / "version_0" / "metrics.csv").read_bytes()))
    (plain,), (found,) = loglens.diagnose(SAMPLES / "lr-jump"), loglens.diagnose(sample)
    lines = [one.line for one in found.findings]
    assert lines == [one.line for one in plain.findings]
    assert any(line is not None and line > 1 for line in lines)
    (run,) = json.loads(loglens.render(loglens.diagnose(sample), "sarif"))["runs"]
    told = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]]
    assert sorted(told) == sorted(line or 1 for line in lines)


@pytest.mark.parametrize("suffix", list(PACKERS))
def test_of_a_packed_log_that_is_cut_the_lines_before_are_known(tmp_path: Path, suffix: str) -> None:
    packed = tmp_path / f"log.csv{suffix}"
    # further lines that no packer makes small: a cut loses whole blocks
    rest = np.random.default_rng(0).random(120_000)
    more = "".join(f"{step},{value:.17g}\n" for step, value in enumerate(rest.tolist(), 10_000))
    data = PACKERS[suffix]((written(tmp_path, "log.csv").read_text() + more).encode())
    packed.write_bytes(data[: len(data) - len(data) // 3])
    assert lines_of(packed, [Mark(100, LOSSES[5]), Mark(3, 77.0)]) == [7, None]


@pytest.mark.parametrize(
    "name", ["lr-far-too-high", "lr-too-high", "collapse-to-chance", "class-ordered", "overfitting", "lr-jump"]
)
def test_findings_of_real_logs_know_their_line(name: str) -> None:
    (run,) = loglens.diagnose(SAMPLES / name)
    known = [one for one in run.findings if one.line is not None]
    assert len(known) >= 0.6 * len(run.findings)
    for one in known:
        line = Path(one.file).read_text(encoding="utf-8-sig").splitlines()[one.line - 1]  # type: ignore[operator]
        curve = next(each for each in run.curves if each.series == one.series and each.role != "level")
        step = one.steps.start if one.peak_step is None else one.peak_step
        value = float(curve.values[int(np.searchsorted(curve.steps, step))])
        shown = f"{value:.12g}"[:5] if math.isfinite(value) else ""
        assert shown in line.replace(",", ".") or not math.isfinite(value)


def test_a_packed_log_is_unpacked_no_further_than_lines_are_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"step,loss\n3,0.25\n" + b"0123456789\n" * 2_000_000))
    given: list[int] = []
    real = Unpacking.parts

    def parts(self: Unpacking, data: bytes) -> Iterator[bytes]:
        for part in real(self, data):
            given.append(len(part))
            yield part

    monkeypatch.setattr(Unpacking, "parts", parts)
    assert lines_of(path, [Mark(3, 0.25)]) == [2]
    assert sum(given) > 20_000_000
    given.clear()
    monkeypatch.setattr("loglens.readers.lines.LARGEST", 1 << 20)
    assert lines_of(path, [Mark(3, 0.25)]) == [None]
    assert sum(given) <= 3 << 20
