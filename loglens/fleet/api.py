"""`loglens.compare`, `loglens.replay` and `loglens.watch` for Python.

The first two take anything that can be diagnosed, or a diagnosis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loglens.errors import SettingsError
from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.results.comparison import DEFAULT_GATE, Comparison, Condition
from loglens.model.settings import Options

if TYPE_CHECKING:
    from loglens.fleet.watch import WatchEvent
    from loglens.readers.targets import Target
    from loglens.replay.drivers.driver import Driver, ReplayTarget
    from loglens.replay.plan import PlanSettings
    from loglens.replay.session import Replayed


def compare(
    base: Target | Diagnosis | RunDiagnosis,
    head: Target | Diagnosis | RunDiagnosis,
    *,
    pairs: Mapping[str, str] | None = None,
    fail_on: Sequence[Condition] = DEFAULT_GATE,
    baseline: str | Path | None = None,
    options: Options | None = None,
) -> Comparison:
    """What changed from `base` to `head`, beyond what noise explains: paths, runs, frames, dicts or diagnoses.

        comparison = loglens.compare("runs/before", "runs/after")
        print(comparison.gate.failed, comparison.gate.reasons)

    Runs are paired by name; `pairs`: BASE name -> HEAD name where they differ. `fail_on`: the conditions that fail the
    gate. `baseline`: a file of accepted findings, which fail none. Raises NotJudgeable where no two runs belong
    together, and what `loglens.diagnose` raises.
    """
    from loglens.fleet.baseline import read_baseline
    from loglens.fleet.compare import compare as compared

    accepted = None if baseline is None else read_baseline(Path(baseline))
    return compared(
        _diagnosed(base, options), _diagnosed(head, options), pairs=pairs, fail_on=fail_on, baseline=accepted
    )


def _diagnosed(side: Target | Diagnosis | RunDiagnosis, options: Options | None) -> Diagnosis:
    if isinstance(side, Diagnosis):
        return side
    if isinstance(side, RunDiagnosis):
        return Diagnosis(runs=(side,), path=side.source or side.run)
    from loglens.pipeline import diagnose

    return diagnose(side, options=options)


def replay(
    run: str | Path | RunDiagnosis | Diagnosis,
    *,
    command: str = "",
    target: ReplayTarget | None = None,
    driver: Driver | None = None,
    checkpoints: str | Path | Iterable[str] = (),
    out: str | Path | None = None,
    settings: PlanSettings | None = None,
    options: Options | None = None,
    jobs: int = 0,
) -> Replayed:
    """Run the worst stretch of a failed run again, as it was and with lower learning rates, and judge what that shows.

        proven = loglens.replay("runs/bad", command="python train.py --resume {checkpoint} --lr {lr} --out {out}")
        print(proven.run.recommendation)

    `run`: a log, or its diagnosis. How to train is one of `command` (a template, see `loglens replay --help`; it runs
    without asking), `target` (a `TorchTarget` or your own) and `driver`. `checkpoints`: files, folders, globs or
    STEP=PATH; none means those below the run. `jobs`: arms of a command side by side where there is no GPU, 0 for as
    many as there are cores, at most 4. Raises ReplayError where nothing could be replayed, SettingsError where
    several runs were given or no way to train. Nothing of the run is changed.
    """
    from loglens.replay.drivers.driver import Context
    from loglens.replay.processes.devices import choose_devices
    from loglens.replay.processes.worker_slots import slots_here
    from loglens.replay.session import replay as replayed

    if (bool(command), target is not None, driver is not None).count(True) != 1:
        raise SettingsError("a replay needs exactly one of command, target and driver: how should it be trained again?")
    diagnosis = run if isinstance(run, RunDiagnosis) else _diagnosed(run, options)
    if isinstance(diagnosis, Diagnosis):
        if len(diagnosis) != 1:
            raise SettingsError(f"{diagnosis.path} holds {len(diagnosis)} runs: give one of them, as in diagnosis[0]")
        diagnosis = diagnosis[0]
    devices = choose_devices("auto", force=False)
    side, threads = slots_here(jobs, devices)
    return replayed(
        diagnosis,
        target=target,
        driver=_command(command) if command else driver,
        checkpoints=(str(checkpoints),) if isinstance(checkpoints, str | Path) else checkpoints,
        out=out,
        settings=settings,
        context=Context(devices=devices, jobs=side, threads=threads),
    )


def watch(
    path: str | Path, *, every: float = 0.5, silence: float | None = None, options: Options | None = None
) -> Iterator[WatchEvent]:
    """Follow a log while it is written: an event for every look, alert, restart and the end.

        for event in loglens.watch("runs/today"):
            if event.kind == "alert":
                print(event.finding.summary, event.run.recommendation)

    `every`: seconds between two looks at the files' sizes; `silence`: seconds without a new byte that end it, by the
    run's own interval where none are given. Raises ReadError where there is no such path. In a loop of your own, a
    `loglens.callbacks.Monitor` needs no log.
    """
    from loglens.fleet.watch import Watcher

    return Watcher(path=Path(path), options=options or Options(), every=every, silence=silence).events()


def _command(line: str) -> Driver:
    from loglens.pipeline import read
    from loglens.replay.drivers.command import CommandDriver
    from loglens.replay.drivers.template import parse_template

    template = parse_template(line)
    if not template.sets_lr and "checkpoint" not in template.tokens:
        raise SettingsError("the command has no {lr} or {factor}, and no {checkpoint} in which to scale the rate")
    return CommandDriver(
        template=template, read=lambda path: read(path).runs, lr_by="command" if template.sets_lr else "checkpoint"
    )
