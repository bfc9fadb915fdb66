"""`loglens demo`: the main job on logs that ship with LogLens."""

from __future__ import annotations

from pathlib import Path

import click

from loglens.errors import LogLensError


def sample_logs() -> Path:
    """The shipped logs: inside the installed package, or beside it in a checkout."""
    import loglens

    package = Path(loglens.__file__).parent
    for folder in (package / "sample_logs", package.parent / "sample_logs"):
        if (folder / "README.md").is_file():
            return folder
    raise LogLensError("the sample logs are missing from this installation: reinstall loglens")


@click.command("demo", short_help="Diagnose the logs that ship with LogLens.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Output path of the HTML page.")
@click.option("--replay", is_flag=True, help="Replay a failed run with a lower learning rate (needs loglens[replay]).")
def command(output: Path | None, replay: bool) -> int:
    """Diagnose a dozen real trainings, healthy and sick, and write the page loglens-report.html.

    \b
    loglens demo
    loglens demo --replay
    """
    from loglens import pipeline
    from loglens.cli.commands.diagnose import DEFAULT_PAGE, show_page
    from loglens.cli.documents import kept_private
    from loglens.cli.output import progress_bar

    if replay:
        from loglens.cli.commands.replay import demo_replay

        return demo_replay(sample_logs() / "replay", output or DEFAULT_PAGE)
    with progress_bar("diagnosing") as progress:
        diagnosis = pipeline.diagnose(sample_logs() / "runs", progress=progress)
    show_page(kept_private(diagnosis, full_paths=False), output or DEFAULT_PAGE)
    return 0
