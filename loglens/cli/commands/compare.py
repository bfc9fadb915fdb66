"""`loglens compare`: is HEAD better, worse, or is it noise?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loglens.cli.group import EXIT_FINDINGS
from loglens.cli.options import judging_options, options_from, path_options
from loglens.render.comparison.formats import COMPARISON_RENDERERS

if TYPE_CHECKING:
    from loglens.cli.output import Screen
    from loglens.model.results.comparison import Comparison

FORMATS = tuple(COMPARISON_RENDERERS)
# written out, as in `options.py`: `loglens.model.results.comparison` would bring NumPy along for `--help`
CONDITIONS = ("new-critical", "new-warning", "val-regression", "regression", "missing-run")
DEFAULT_GATE = ("new-critical", "val-regression")


@click.command("compare", short_help="Compare two sets of runs: better, worse, or just noise?")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("head", type=click.Path(path_type=Path))
@click.option("--format", "-f", "format_", type=click.Choice(FORMATS), help="Default: as -o ends, else text.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Output file instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice((*CONDITIONS, "never")),
    multiple=True,
    help="Exit with 1 on: a new critical finding; a new warning or worse; a validation loss that rose by more than "
    "noise; the best validation loss, else the train loss, that did; a run of BASE that HEAD lacks. Repeatable. "
    "Default: new-critical and val-regression.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--pair", "pairs", multiple=True, metavar="BASE=HEAD", help="Runs of unlike names to compare. Repeatable."
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Accepted findings: they do not fail.",
)
@click.option(
    "--write-baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Accept every finding of HEAD: write them to this file and exit with 0.",
)
@click.option("--key", default="compare", help="Tells several comments on one pull request apart (markdown).")
@click.option("--github-summary", is_flag=True, help="Also append the Markdown to $GITHUB_STEP_SUMMARY.")
@path_options
@judging_options
def command(
    base: Path,
    head: Path,
    format_: str | None,
    output: Path | None,
    fail_on: tuple[str, ...],
    exit_zero: bool,
    pairs: tuple[str, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    key: str,
    github_summary: bool,
    full_paths: bool,
    **judging: Any,
) -> int:
    """Compare the runs of HEAD with those of BASE: logs, folders of logs, or diagnoses saved as JSON.

    Runs are matched by name; runs whose names differ in a seed only (seed1, seed2, ...) are taken together, and their
    scatter tells what is noise. A single run on each side is compared whatever it is called.

    \b
    loglens compare main/runs pr/runs
    loglens compare main.json pr/runs --format markdown -o comment.md
    loglens compare main.json pr.json --fail-on new-warning --fail-on regression --baseline baseline.json
    """
    from loglens.cli import settings
    from loglens.cli.baselines import accept, accepted_in
    from loglens.cli.documents import format_for, kept_private, say_written
    from loglens.cli.output import PLAIN, emit, progress_bar, screen, write_output
    from loglens.cli.saved import diagnosis_of
    from loglens.fleet.compare import compare
    from loglens.model.places import relative_comparison

    said = settings.load()
    options = options_from(said, **judging)
    accepted_path = baseline or said.get("baseline")
    with progress_bar("diagnosing") as progress:
        found = [diagnosis_of(item, options, progress) for item in (base, head)]
    old, new = (kept_private(item, full_paths=full_paths) for item in found)
    comparison = compare(
        old, new, pairs=_pairs(pairs), fail_on=_conditions(fail_on), baseline=accepted_in(accepted_path)
    )
    if not full_paths:
        comparison = relative_comparison(comparison, Path.cwd())
    format_ = format_for(format_, output)
    format_ = format_ if format_ in FORMATS else "text"
    if output is None:
        emit(_rendered(comparison, format_, key, screen()))
    else:
        write_output(output, _rendered(comparison, format_, key, PLAIN))
        say_written(output, format_)
    if github_summary:
        from loglens.cli.github import append_summary

        append_summary(_rendered(comparison, "markdown", key, PLAIN))
    if write_baseline is not None:
        accept(new, write_baseline, accepted_path)
        return 0
    return EXIT_FINDINGS if comparison.gate.failed and not exit_zero else 0


def _conditions(fail_on: tuple[str, ...]) -> tuple[Any, ...]:
    if "never" in fail_on:
        return ()
    return fail_on or DEFAULT_GATE


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for value in values:
        base, separator, head = value.partition("=")
        if not separator or not base or not head:
            raise click.BadParameter(f"{value!r} is not BASE_RUN=HEAD_RUN", param_hint="--pair")
        pairs[base] = head
    return pairs


def _rendered(comparison: Comparison, format_: str, key: str, to: Screen) -> str:
    from loglens.render.comparison.formats import COMPARISON_RENDERERS

    if format_ == "markdown":
        from loglens.render.comparison.markdown_comparison import CompareMarkdown

        return CompareMarkdown(key=key).render(comparison)
    if format_ == "text":
        from loglens.render.comparison.text_comparison import CompareText

        return CompareText(colour=to.colour, width=to.width).render(comparison)
    return COMPARISON_RENDERERS[format_]().render(comparison)
