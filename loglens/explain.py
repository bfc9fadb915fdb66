"""The page behind a finding or a cause: how it is decided, when it stays silent, what to try."""

from __future__ import annotations

import difflib

from loglens.errors import SettingsError


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


def page_of(name: str) -> str:
    """The page of a finding or a cause; of both where a name is both. SettingsError with the nearest names where there
    is none."""
    findings, causes = finding_pages(), cause_pages()
    known = sorted({*findings, *causes})
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    if wanted not in known:
        near = difflib.get_close_matches(wanted, known, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"choose from {', '.join(known)}"
        raise SettingsError(f"there is no finding or cause {name[:80]!r}: {hint}")
    # a name can be both (lr_jump): what is seen first, then why
    parts = [findings[wanted]] if wanted in findings else []
    if wanted in causes:
        parts.append(f"As a cause. {causes[wanted]}" if parts else causes[wanted])
    return "\n\n".join(parts)
