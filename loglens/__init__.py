"""LogLens: reads training logs, names what went wrong, and says which learning rate to use next.

    import loglens
    diagnosis = loglens.diagnose("runs/my-run")
    print(diagnosis.runs[0].cause, diagnosis.runs[0].recommendation)
    page = loglens.render(diagnosis, "html")
    print(loglens.compare("runs/before", "runs/after").gate)

Names are imported when they are first used, so that `loglens --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglens.errors import LogLensError as LogLensError
    from loglens.fleet.api import compare as compare
    from loglens.fleet.api import replay as replay
    from loglens.fleet.api import watch as watch
    from loglens.model.diagnosis import Diagnosis as Diagnosis
    from loglens.model.finding import Finding as Finding
    from loglens.model.results.comparison import Comparison as Comparison
    from loglens.model.run import Run as Run
    from loglens.model.run import Series as Series
    from loglens.pipeline import diagnose as diagnose
    from loglens.pipeline import read as read
    from loglens.pipeline import render as render

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "loglens.model.results.comparison",
    "Diagnosis": "loglens.model.diagnosis",
    "Finding": "loglens.model.finding",
    "LogLensError": "loglens.errors",
    "Run": "loglens.model.run",
    "Series": "loglens.model.run",
    "compare": "loglens.fleet.api",
    "diagnose": "loglens.pipeline",
    "read": "loglens.pipeline",
    "render": "loglens.pipeline",
    "watch": "loglens.fleet.api",
}

__all__ = [
    "Comparison", "Diagnosis", "Finding", "LogLensError", "Run", "Series", "__version__", "compare", "diagnose", "read",
    "render", "replay", "watch",
]  # fmt: skip

# The package `loglens.render` shares its name with the function. A package's first import binds it to its parent's
# attribute, so that comes first, and the name is the function's from then on. `loglens.replay` is a package that can
# be called: `loglens.replay(...)` beside `loglens.replay.Recorder`.
import_module("loglens.render")
del globals()["render"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "replay":
        return import_module("loglens.replay")
    raise AttributeError(f"module 'loglens' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
