"""`--baseline` and `--write-baseline`, for every command that has a gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from loglens.fleet.baseline import Baseline
    from loglens.model.diagnosis import Diagnosis


def accepted_in(path: Path | str | None) -> Baseline | None:
    """The baseline in that file, None where none was given."""
    if path is None:
        return None
    from loglens.fleet.baseline import read_baseline

    return read_baseline(Path(path))


def without_accepted(diagnosis: Diagnosis, baseline: Baseline) -> Diagnosis:
    """What a gate looks at. How many findings it does not count is said on stderr, where there are any."""
    from loglens.fleet.baseline import apply_baseline

    left = apply_baseline(diagnosis, baseline)
    gone = sum(len(run.findings) for run in diagnosis.runs) - sum(len(run.findings) for run in left.runs)
    if gone:
        click.echo(
            f"{gone} {'finding' if gone == 1 else 'findings'} accepted in {baseline.path}, not counted", err=True
        )
    return left


def accept(diagnosis: Diagnosis, path: Path, before: Path | str | None) -> None:
    """Write every finding of `diagnosis` to `path`. Reasons that the baseline `before` gives are kept, and so are those
    in the file that is written over."""
    from loglens.cli.output import write_output
    from loglens.fleet.baseline import baseline_of, baseline_text

    old = accepted_in(before if before is not None else path if path.exists() else None)
    made = baseline_of(diagnosis, keep=old)
    write_output(path, baseline_text(made))
    count = len(made.accepted)
    click.echo(f"{count} {'finding' if count == 1 else 'findings'} accepted in {path}", err=True)
