"""`loglens explain`: the page behind a finding or a cause."""

from __future__ import annotations

import click


def finding_pages() -> dict[str, str]:
    """Kind of finding -> page: the docstring of the detector that finds it."""
    from importlib import import_module

    from loglens.detectors import DETECTORS

    return {
        kind: (import_module(type(detector).__module__).__doc__ or "").strip()
        for detector in DETECTORS
        for kind in detector.meta.kinds
    }


def cause_pages() -> dict[str, str]:
    """Cause -> page, its heading without the name that the reader has just typed."""
    from loglens.model.causes import CAUSES

    texts = {cause: info.page.strip().removeprefix(f"{cause}: ") for cause, info in CAUSES.items()}
    return {cause: text[:1].upper() + text[1:] for cause, text in texts.items()}


@click.command("explain", short_help="Explain a finding or a cause.")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print what NAME means: how it is decided, when it stays silent, what to try. Without NAME, list them all.

    \b
    loglens explain loss_spike
    loglens explain lr_too_high
    """
    import difflib

    findings, causes = finding_pages(), cause_pages()
    known = sorted({*findings, *causes})
    if name is None:
        width = max(map(len, known))
        for title, pages in (("Findings: what is seen", findings), ("Causes: why", causes)):
            click.echo(title)
            for one in sorted(pages):
                click.echo(f"  {one:<{width}}  {pages[one].splitlines()[0]}")
        return 0
    wanted = name.strip().lower().replace("-", "_")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"choose from {', '.join(known)}"
        raise click.BadParameter(f"there is no finding or cause {name!r}: {hint}", param_hint="NAME")
    # a name can be both (lr_jump): what is seen first, then why
    parts = [findings[wanted]] if wanted in findings else []
    if wanted in causes:
        parts.append(f"As a cause. {causes[wanted]}" if parts else causes[wanted])
    click.echo("\n\n".join(parts))
    return 0
