"""`loglens replay`: the bad stretch again, with a control, at lower learning rates."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from loglens.cli.commands.diagnose import DEFAULT_PAGE, FORMATS
from loglens.cli.group import EXIT_REPLAY
from loglens.cli.live import live
from loglens.cli.options import judging_options, options_from, path_options
from loglens.errors import ReplayError, SettingsError

if TYPE_CHECKING:
    from loglens.model.diagnosis import Diagnosis, RunDiagnosis
    from loglens.model.results.replay import ReplayPlan
    from loglens.model.run import Run
    from loglens.replay.drivers.driver import Driver
    from loglens.replay.plan import PlanSettings
    from loglens.replay.session import Replayed


@click.command("replay", short_help="Run the bad stretch again with a lower learning rate, to prove the diagnosis.")
@click.argument("path", metavar="RUN", type=click.Path(path_type=Path, exists=True))
@click.option("--command", "command_line", metavar="TEMPLATE", help="Training command template; its tokens are below.")
@click.option(
    "--target", metavar="FILE.py:FUNCTION", help="A function that builds a ReplayTarget, in place of --command."
)
@click.option(
    "--checkpoints", "-c", multiple=True, metavar="GLOB", help="Files, folders, a glob, or STEP=PATH. Repeatable."
)
@click.option("--run", "name", help="Which run, where RUN holds several.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="A new folder for the arms.")
@click.option("--dry-run", is_flag=True, help="Print the plan and the exact commands, run nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option(
    "--gpu", default="auto", show_default=True, metavar="IDS", help="auto (every free one), none, or ids like 0,1."
)
@click.option("--force-gpu", is_flag=True, help="Use a GPU that others use as well.")
@click.option(
    "--budget", type=click.FloatRange(min=0.1), default=3600, show_default=True, help="Seconds an arm may take."
)
@click.option("--disk", type=click.FloatRange(min=0.001), default=20, show_default=True, help="GB an arm may write.")
@click.option("--factors", default="0.5,0.25,0.1", show_default=True, help="Learning rates tried first, as factors.")
@click.option("--bisections", type=click.IntRange(0, 8), default=3, show_default=True, help="Halvings after that.")
@click.option(
    "--seeds", type=click.IntRange(0, 8), default=1, show_default=True, help="Further controls, for the noise."
)
@click.option("--stretches", type=click.IntRange(1, 8), default=1, show_default=True, help="How many, worst first.")
@click.option("--max-steps", type=click.IntRange(10), default=2000, show_default=True, help="Longest stretch.")
@click.option("--lr-by", type=click.Choice(["auto", "command", "checkpoint"]), default="auto", show_default=True,
              help="Where the rate is set: in the command, or inside a copy of the checkpoint.")  # fmt: skip
@click.option(
    "--keep-env",
    "keep_env",
    metavar="NAMES",
    default=None,
    help="Commands see only PATH, HOME and the like, and these variables, with commas between; '' for none.",
)
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), help="Print this format instead of the summary.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Output file.")
@path_options
@judging_options
def command(path: Path, format_: str | None, output: Path | None, dry_run: bool, full_paths: bool, **given: Any) -> int:
    """Prove a diagnosis: run the stretch before and around the fault again from a checkpoint, once as it was (the
    control) and with the learning rate lowered, and compare.

    The trainer is a command template or a Python target. The command is split like a shell would, never run by one;
    tokens are filled in afterwards: {checkpoint} {lr} {factor} {steps} {start} {stop} {seed} {out} {python}, and
    {skip} {clip} {warmup} where the script can do that. It must write to {out}. Without {lr} or {factor}, or where
    the script ignores them, the rate is scaled inside a copy of the checkpoint. Nothing of the run is changed.
    Arms run side by side, one a free GPU, else at most --jobs that share the cores.

    \b
    loglens replay runs/bad --dry-run -c 'runs/bad/checkpoint-*' \\
        --command 'python train.py --resume {checkpoint} --lr {lr} --steps {steps} --out {out}'
    loglens replay runs/bad --target train.py:target --checkpoints runs/bad/recorder --yes
    """
    from loglens.cli.documents import kept_private

    judged = {name: given.pop(name) for name in ("mapping", "lr", "schedule", "jobs", "backend")}
    given["jobs"] = judged["jobs"]
    run, diagnosis = _chosen(path, given.pop("name"), judged)
    if dry_run:
        from loglens.cli.output import say

        text, possible = _dry_run(run, given)
        say(text)
        return 0 if possible else EXIT_REPLAY
    done = _carried_out(run, given)
    diagnosis = kept_private(_with(diagnosis, run, done.run), full_paths=full_paths)
    _show(diagnosis, done, format_, output)
    return EXIT_REPLAY if all(result.outcome == "failed" for result in done.results) else 0


def demo_replay(folder: Path, page: Path) -> int:
    """The shipped failed run, from its log to a proven learning rate; on a GPU where there is one."""
    from loglens import pipeline
    from loglens.cli.documents import kept_private
    from loglens.replay.plan import PlanSettings

    _need_torch()
    diagnosis = pipeline.diagnose(folder / "log")
    run = diagnosis.runs[0]
    with tempfile.TemporaryDirectory(prefix="loglens-demo-") as arms:
        given = {
            "target": f"{folder / 'train.py'}:target",
            "command_line": None,
            "checkpoints": (str(folder / "checkpoints"),),
            "out": Path(arms, "replay"), "yes": True, "gpu": "auto", "force_gpu": True, "budget": 300.0, "disk": 1.0,
            "lr_by": "auto", "jobs": 0,
        }  # fmt: skip
        done = _carried_out(run, given, PlanSettings())
    _show(kept_private(_with(diagnosis, run, done.run), full_paths=False), done, None, page)
    return EXIT_REPLAY if done.results[0].outcome == "failed" else 0


def _chosen(path: Path, name: str | None, judged: dict[str, Any]) -> tuple[RunDiagnosis, Diagnosis]:
    """The diagnosed run to replay: from a log, or from a saved diagnosis."""
    from loglens import pipeline
    from loglens.cli import settings

    diagnosis = pipeline.diagnose(path, options=options_from(settings.load(), **judged))
    runs = {run.run: run for run in diagnosis.runs}
    if name is None and len(runs) > 1:
        raise SettingsError(f"{path} holds {len(runs)} runs: choose one with --run ({', '.join(list(runs)[:8])})")
    if name is not None and name not in runs:
        raise SettingsError(f"--run {name}: {path} holds {', '.join(list(runs)[:8])}")
    return runs[name] if name is not None else diagnosis.runs[0], diagnosis


def _driver(given: dict[str, Any]) -> Driver | None:
    """The driver that was asked for; None where neither a command nor a target is given."""
    from loglens.replay.drivers.command import CommandDriver
    from loglens.replay.drivers.driver import target_place
    from loglens.replay.drivers.target_file import TargetFileDriver
    from loglens.replay.drivers.template import parse_template

    if given["command_line"] and given["target"]:
        raise SettingsError("give --command or --target, not both")
    if given["target"]:
        target_place(given["target"])  # a slip in it is told now, not by every arm
        return TargetFileDriver(given["target"])
    if not given["command_line"]:
        return None
    template = parse_template(given["command_line"])
    by = given["lr_by"]
    if by == "command" and not template.sets_lr:
        raise SettingsError("--lr-by command needs {lr} or {factor} in the command")
    if by == "auto":
        by = "command" if template.sets_lr else "checkpoint"
    if by == "checkpoint":
        if "checkpoint" not in template.tokens:
            raise SettingsError("the command has no {lr} or {factor}, and no {checkpoint} in which to scale the rate")
        _need_torch()
    return CommandDriver(template=template, read=_read, lr_by=by)


def _read(path: Path) -> tuple[Run, ...]:
    """The arms' logs are read with the ordinary readers."""
    from loglens import pipeline

    return pipeline.read(path).runs


def _plan_settings(given: dict[str, Any]) -> PlanSettings:
    from loglens.replay.plan import PlanSettings

    try:
        ladder = tuple(float(word) for word in given["factors"].split(",") if word.strip())
    except ValueError as error:
        raise SettingsError(f"--factors {given['factors']!r}: give numbers with commas, as in 0.5,0.25,0.1") from error
    return PlanSettings(
        ladder=ladder,
        bisections=given["bisections"],
        control_seeds=given["seeds"],
        segments=given["stretches"],
        max_steps=given["max_steps"],
    )


def _dry_run(run: RunDiagnosis, given: dict[str, Any]) -> tuple[str, bool]:
    """The plan in words, and whether there is anything in it that could be run."""
    from loglens.replay.plan import make_plan
    from loglens.replay.plan_text import plan_text
    from loglens.replay.processes.ledger import Ledger
    from loglens.replay.session import commands, default_folder, identity, nothing_to_replay, plan_replay
    from loglens.replay.torch.checkpoints import find_checkpoints

    driver = _driver(given)
    chosen = _plan_settings(given)
    if driver is None:
        found = find_checkpoints(given["checkpoints"], near=Path(run.source) if run.source else None)
        plan = make_plan(run, found.checkpoints, chosen)
        lines: tuple[str, ...] = ()
    else:
        plan = plan_replay(run, driver, given["checkpoints"], chosen)
        folder = given["out"] or default_folder(plan, driver)
        lines = commands(plan, driver, Ledger(folder=folder, identity=identity(plan, driver)))
    text = plan_text(plan, lines)
    return (text, True) if plan.segments else (f"{text}\n{nothing_to_replay(plan)}", False)


def _carried_out(run: RunDiagnosis, given: dict[str, Any], settings: PlanSettings | None = None) -> Replayed:
    from loglens.replay.drivers.driver import Budget, Context
    from loglens.replay.processes.devices import choose_devices
    from loglens.replay.processes.worker_slots import slots_here
    from loglens.replay.session import replay

    driver = _driver(given)
    if driver is None:
        raise SettingsError(
            "how should the training be run again? Give --command TEMPLATE or --target FILE.py:FUNCTION"
        )
    budget = Budget(seconds=given["budget"], disk_bytes=int(given["disk"] * 1e9))
    devices = choose_devices(given["gpu"], force=given["force_gpu"])
    jobs, threads = slots_here(given["jobs"] or 0, devices)

    def confirm(plan: ReplayPlan, lines: tuple[str, ...]) -> bool:
        from loglens.cli.output import say
        from loglens.replay.plan_text import plan_text

        say(plan_text(plan, lines), err=True)
        if given["yes"]:
            return True
        if not sys.stdin.isatty():
            raise ReplayError("not asked, because this is no terminal: add --yes to run these commands")
        return click.confirm("Run them?", default=False, err=True)

    with _terminable(), live() as shown:
        return replay(
            run, driver=driver, checkpoints=given["checkpoints"], out=given["out"],
            settings=settings or _plan_settings(given), confirm=confirm, progress=shown.progress,
            context=Context(
                budget=budget, devices=devices, jobs=jobs, threads=threads, say=shown.say, environment=_kept_env(given)
            ),
        )  # fmt: skip


def _kept_env(given: dict[str, Any]) -> tuple[str, ...] | None:
    names = given.get("keep_env")
    return None if names is None else tuple(name.strip() for name in names.split(",") if name.strip())


def _with(diagnosis: Diagnosis, old: RunDiagnosis, new: RunDiagnosis) -> Diagnosis:
    return replace(diagnosis, runs=tuple(new if run is old else run for run in diagnosis.runs))


def _show(diagnosis: Diagnosis, done: Replayed, format_: str | None, output: Path | None) -> None:
    from loglens.cli.commands.diagnose import show_page
    from loglens.cli.documents import document, format_for, say_written
    from loglens.cli.output import PLAIN, emit, protect, say, screen, write_output

    protect(file for run in diagnosis.runs for file in run.files)
    format_ = format_for(format_, output)
    if format_ not in (None, "html"):
        to = screen() if output is None else PLAIN
        text = document(diagnosis, format_ or "text", to=to, fail_on="critical", baseline=None)
        if output is None:
            emit(text)
        else:
            write_output(output, text)
            say_written(output, format_ or "text")
        return
    try:
        show_page(diagnosis, output or DEFAULT_PAGE)
    finally:
        for result in done.results:
            click.echo()
            say(f"Replay: {result.outcome}. {result.reason[:1].upper()}{result.reason[1:]}.")


def _need_torch() -> None:
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise ReplayError('this needs PyTorch: pip install "loglens[replay]"')


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a replay as Ctrl-C does, so that nothing it started outlives it."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature of a signal handler
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: then nobody can signal us either
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
