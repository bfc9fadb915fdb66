"""`loglens explain`: the page behind a finding or a cause."""

from __future__ import annotations

import click

from loglens.errors import SettingsError


@click.command("explain", short_help="Explain a finding or a cause.")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print what NAME means: how it is decided, when it stays silent, what to try. Without NAME, list them all.

    \b
    loglens explain loss_spike
    loglens explain lr_too_high
    """
    from loglens.explain import cause_pages, finding_pages, page_of

    if name is None:
        findings, causes = finding_pages(), cause_pages()
        width = max(map(len, {*findings, *causes}))
        for title, pages in (("Findings: what is seen", findings), ("Causes: why", causes)):
            click.echo(title)
            for page in sorted(pages):
                click.echo(f"  {page:<{width}}  {pages[page].splitlines()[0]}")
        return 0
    try:
        click.echo(page_of(name))
    except SettingsError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    return 0
