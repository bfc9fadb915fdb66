"""`loglens explain`: the page behind a finding or a cause."""

from __future__ import annotations

import click


def pages() -> dict[str, str]:
    """Name -> page, for every kind of finding (from its detector's docstring) and every cause."""
    from importlib import import_module

    from loglens.advice import CAUSE_PAGES
    from loglens.detectors import DETECTORS

    found: dict[str, str] = {}
    for detector in DETECTORS:
        page = import_module(type(detector).__module__).__doc__ or ""
        for kind in detector.meta.kinds:
            found[kind] = page.strip()
    for cause, page in CAUSE_PAGES.items():
        # a cause may share its name with a finding (lr_jump): what is seen first, then why
        found[cause] = f"{found[cause]}\n\nAs a cause\n----------\n{page.strip()}" if cause in found else page.strip()
    return found


@click.command("explain", short_help="Explain a finding or a cause.")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print what NAME means: how it is decided, when it stays silent, what to try. Without NAME, list them all.

    \b
    loglens explain loss_spike
    loglens explain lr_too_high
    """
    import difflib

    known = pages()
    if name is None:
        width = max(map(len, known))
        for one, page in sorted(known.items()):
            click.echo(f"{one:<{width}}  {page.splitlines()[0]}")
        return 0
    wanted = name.strip().lower().replace("-", "_")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"choose from {', '.join(sorted(known))}"
        raise click.BadParameter(f"there is no finding or cause {name!r}: {hint}", param_hint="NAME")
    click.echo(known[wanted])
    return 0
