"""Options that several commands share, with one wording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from loglens.model.settings import Options

F = TypeVar("F", bound=Callable[..., Any])

# written out: the severities of `loglens.model.finding` would bring NumPy along for `--help`
FAIL_ON = ("info", "warning", "critical", "never")


def parse_mapping(values: tuple[str, ...]) -> dict[str, str]:
    """`ROLE=SERIES` pairs. A series name may itself hold '='."""
    mapping = {}
    for value in values:
        role, separator, series = value.partition("=")
        if not separator or not role.strip() or not series.strip():
            raise click.BadParameter(f"{value!r} is not ROLE=SERIES, as in train_loss=loss/total", param_hint="--map")
        mapping[role.strip()] = series.strip()
    return mapping


def _use_limits(ctx: click.Context, chosen: dict[str, int]) -> None:
    from loglens.readers.contract import limits

    limits.use(chosen)
    ctx.call_on_close(lambda: limits.use({}))


def _debug_names(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    ctx.meta["loglens.debug_names"] = wanted


def _debug(ctx: click.Context, _: click.Parameter, output: Path | None) -> None:
    """The bundle is written when the command has ended, however it ended."""
    if output is None:
        return

    def write() -> None:
        from loglens.cli.debug import write_bundle

        given = ctx.params.get("paths") or ctx.params.get("path") or ()
        paths = given if isinstance(given, tuple) else (given,)
        flags = [name for name, value in ctx.params.items() if value not in (None, (), False)]
        write_bundle(
            output, str(ctx.info_name), flags, [Path(path) for path in paths], names=ctx.meta["loglens.debug_names"]
        )

    ctx.call_on_close(write)


def _raise_limits(ctx: click.Context, _: click.Parameter, values: tuple[str, ...]) -> None:
    chosen = ctx.meta.setdefault("loglens.limits", {})
    if values:
        from loglens.readers.contract import limits

        chosen.update(limits.parsed(values))
        _use_limits(ctx, chosen)


def _follow_links(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        chosen = ctx.meta.setdefault("loglens.limits", {})
        chosen["links"] = 1
        _use_limits(ctx, chosen)


def reading_options(command: F) -> F:
    """`--map`, and how much of strangers' files is taken in, for every command that reads logs."""
    for option in (
        click.option(
            "--limit",
            "limit",
            multiple=True,
            expose_value=False,
            callback=_raise_limits,
            metavar="NAME=VALUE",
            help="Raise a limit on what is read, as in unpacked=20GB; a limit that is met names itself. Repeatable.",
        ),
        click.option(
            "--follow-links",
            is_flag=True,
            expose_value=False,
            callback=_follow_links,
            help="Follow links that lead out of the folder that is read.",
        ),
        click.option(
            "--debug-names",
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_debug_names,
            help="The names of runs and series in the --debug bundle as well.",
        ),
        click.option(
            "--debug",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            expose_value=False,
            callback=_debug,
            help="Also write what helps to find a bug; it holds no name and no value.",
        ),
    ):
        command = option(command)
    return click.option(
        "--map",
        "mapping",
        multiple=True,
        metavar="ROLE=SERIES",
        help="Which series plays a role: train_loss, val_loss, learning_rate, grad_norm, ... Repeatable.",
    )(command)


def judging_options(command: F) -> F:
    """What changes a verdict: mapping, a learning rate the log lacks, and how many processes judge."""
    for option in (
        click.option("--jobs", "-j", type=click.IntRange(0), default=None, help="Processes; 0 lets LogLens choose."),
        click.option(
            "--run-memory",
            type=click.IntRange(1),
            metavar="MB",
            help="Give up on a run when the process judging it holds more.",
        ),
        click.option(
            "--run-timeout", type=click.FloatRange(0, min_open=True), metavar="S", help="Give up on a run then."
        ),
        click.option(
            "--address", "--scheduler", metavar="URL", help="Where the Dask or Ray cluster is (default: one here)."
        ),
        click.option(
            "--backend",
            type=click.Choice(["loky", "threading", "dask", "ray"]),
            help="Processes here (loky, the default), threads, or a Dask or Ray cluster.",
        ),
        click.option(
            "--schedule",
            metavar="SPEC",
            help="Schedule of a run that logs no learning rate, as in cosine:warmup=100,total=5000.",
        ),
        click.option("--lr", type=float, help="Peak learning rate of a run that logs none."),
        reading_options,
    ):
        command = option(command)
    return command


def path_options(command: F) -> F:
    """`--full-paths`, for every command whose output leaves the machine."""
    return click.option(
        "--full-paths", is_flag=True, help="Whole paths in every output, not those from the current folder on."
    )(command)


def fail_options(command: F) -> F:
    """`--fail-on` and `--exit-zero`."""
    for option in (
        click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found (for nightly jobs)."),
        click.option(
            "--fail-on",
            type=click.Choice(FAIL_ON),
            default=None,
            help="Exit with 1 where a finding is this severe or worse (default: critical).",
        ),
    ):
        command = option(command)
    return command


def options_from(
    settings: dict[str, Any],
    *,
    mapping: tuple[str, ...] = (),
    lr: float | None = None,
    schedule: str | None = None,
    jobs: int | None = None,
    backend: str | None = None,
    address: str | None = None,
    run_timeout: float | None = None,
    run_memory: int | None = None,
) -> Options:
    """Flags over `loglens.toml` over defaults."""
    return Options(
        mapping={**settings.get("map", {}), **parse_mapping(mapping)},
        lr=lr if lr is not None else settings.get("lr"),
        schedule=schedule if schedule is not None else settings.get("schedule"),
        limits=settings.get("detectors", {}),
        disabled=tuple(settings.get("disable", ())),
        jobs=jobs if jobs is not None else settings.get("jobs", 0),
        backend=backend or settings.get("backend", "loky"),
        address=address or settings.get("address", ""),
        run_timeout=run_timeout if run_timeout is not None else settings.get("run_timeout"),
        run_memory=None if (mb := run_memory or settings.get("run_memory")) is None else mb * 2**20,
    )


paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
