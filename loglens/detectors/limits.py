"""The detectors with the limits a user set for them, in `loglens.toml` or in `Options`."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from loglens.detectors import DETECTORS
from loglens.detectors.base import Detector
from loglens.errors import SettingsError
from loglens.model.settings import Options


def configured(options: Options) -> tuple[Detector, ...]:
    """Every detector that is not disabled. SettingsError on a detector or a limit that does not exist."""
    known = {detector.meta.id: detector for detector in DETECTORS}
    for name in (*options.limits, *options.disabled):
        if name not in known:
            raise SettingsError(f"there is no detector {name!r}: choose from {', '.join(sorted(known))}")
    return tuple(
        _limited(detector, options.limits.get(name, {}))
        for name, detector in known.items()
        if name not in options.disabled
    )


def _limited(detector: Detector, limits: Any) -> Detector:
    """The detector with these fields in place of its own; whole-number fields stay whole numbers."""
    if not limits:
        return detector
    own = {field.name: field.type for field in fields(cast(Any, detector))}
    for name in limits:
        if name not in own:
            raise SettingsError(
                f"detector {detector.meta.id!r} has no limit {name!r}: choose from {', '.join(sorted(own)) or 'none'}"
            )
    values = {name: int(value) if own[name] == "int" else float(value) for name, value in limits.items()}
    return cast(Detector, replace(cast(Any, detector), **values))
