"""LogLens: reads training logs, names what went wrong, and says which learning rate to use next.

    import loglens
    diagnosis = loglens.diagnose("runs/my-run")
    print(diagnosis.runs[0].cause, diagnosis.runs[0].recommendation)
    page = loglens.render(diagnosis, "html")

Names are imported when they are first used, so that `loglens --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglens.errors import LogLensError as LogLensError
    from loglens.model.diagnosis import Diagnosis as Diagnosis
    from loglens.model.finding import Finding as Finding
    from loglens.model.run import Run as Run
    from loglens.model.run import Series as Series
    from loglens.pipeline import diagnose as diagnose
    from loglens.pipeline import read as read
    from loglens.pipeline import render as render

__version__ = "0.1.0"

_HOMES = {
    "Diagnosis": "loglens.model.diagnosis",
    "Finding": "loglens.model.finding",
    "LogLensError": "loglens.errors",
    "Run": "loglens.model.run",
    "Series": "loglens.model.run",
    "diagnose": "loglens.pipeline",
    "read": "loglens.pipeline",
    "render": "loglens.pipeline",
}

__all__ = ["Diagnosis", "Finding", "LogLensError", "Run", "Series", "__version__", "diagnose", "read", "render"]

# The package `loglens.render` shares its name with the function. A package's first import binds it to its parent's
# attribute, so that comes first, and the name is the function's from then on.
import_module("loglens.render")
del globals()["render"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "replay":  # a package of its own, with the recorder and the targets: `loglens.replay.Recorder`
        return import_module("loglens.replay")
    raise AttributeError(f"module 'loglens' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
