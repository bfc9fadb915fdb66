"""A process as it was before its first arm, so that the next one finds it like new: nothing of the user's code is
loaded, and every random generator, every setting of torch, the environment and what is printed to are what they were.

What stays are packages (their import is what takes the time), the compiled part of the user's own, and a GPU's context.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import random
import sys
import sysconfig
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import BYTECODE_SUFFIXES, SOURCE_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from loglens.replay.processes.standard_streams import StandardStreams


@dataclass(frozen=True, slots=True)
class Before:
    """`modules`: names of what was loaded. `torch`: its settings, empty where it is not installed."""

    modules: frozenset[str]
    environ: Mapping[str, str]
    folder: str
    path: tuple[str, ...]
    argv: tuple[str, ...]
    python: Any
    numpy: Any
    filters: tuple[Any, ...]
    handlers: tuple[logging.Handler, ...]
    level: int
    torch: Mapping[str, Any]
    streams: StandardStreams

    @classmethod
    def now(cls) -> Before:
        return cls(
            modules=frozenset(sys.modules),
            environ=dict(os.environ),
            folder=os.getcwd(),  # noqa: PTH109  goes back into os.chdir as it is
            path=tuple(sys.path),
            argv=tuple(sys.argv),
            python=random.getstate(),
            numpy=np.random.get_state(),  # noqa: NPY002  the state is global
            filters=tuple(warnings.filters),
            handlers=tuple(logging.root.handlers),
            level=logging.root.level,
            torch=_torch_settings() if find_spec("torch") is not None else {},
            streams=StandardStreams.now(),
        )

    def restore(self, *, threads: int | None = None) -> None:
        """Back to this state. `threads`: how many torch may compute with from now on, None for as many as before."""
        for child in multiprocessing.active_children():
            child.terminate()
        self.streams.restore()
        forget_modules(self.modules)
        os.environ.clear()
        os.environ.update(self.environ)
        os.chdir(self.folder)
        sys.path[:], sys.argv[:] = self.path, self.argv
        warnings.filters[:] = self.filters  # type: ignore[index]
        logging.root.handlers[:], logging.root.level = self.handlers, self.level
        gc.collect()
        if self.torch:
            _torch_back(self.torch, threads)
        random.setstate(self.python)
        np.random.set_state(self.numpy)  # noqa: NPY002


PACKAGES = tuple(
    os.path.realpath(place) + os.sep
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
    if (place := sysconfig.get_paths().get(name))
)
PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})


LOADED_FROM = frozenset({*SOURCE_SUFFIXES, *BYTECODE_SUFFIXES})


def forget_modules(kept: frozenset[str]) -> None:
    """Unloads the user's modules but those named in `kept`, and takes them out of the packages that stay: a namespace
    is shared with installed packages, and `from package import module` would find the old one there."""
    for name in [name for name, module in sys.modules.items() if name not in kept and _own(name, module)]:
        module = sys.modules.pop(name)
        parent, _, child = name.rpartition(".")
        package = sys.modules.get(parent)
        if package is not None and getattr(package, "__dict__", {}).get(child) is module:
            delattr(package, child)


def _own(name: str, module: ModuleType | None) -> bool:
    """Whether a module is the user's: source that lies in no installation, or a namespace package of folders that lie
    in none. A compiled one cannot be loaded twice."""
    if name.partition(".")[0] in ("loglens", "__main__"):
        return False
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        # what no import made names itself as it likes: `torch.ops` says "_ops.py"
        return Path(file).is_absolute() and Path(file).suffix in LOADED_FROM and not _installed(file)
    places = [place for place in getattr(module, "__path__", None) or () if isinstance(place, str)]
    return bool(places) and not any(_installed(place) for place in places)


def _installed(place: str) -> bool:
    path = os.path.realpath(place)
    return path.startswith(PACKAGES) or not PACKAGE_FOLDERS.isdisjoint(Path(path).parts)


FLAGS = ("enabled", "benchmark", "deterministic", "allow_tf32")


def _torch_settings() -> dict[str, Any]:
    import torch

    # torch loads a part of itself only for the first optimizer: that belongs to the start, and is no arm's time
    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])
    settings = {
        "rng": torch.get_rng_state(),
        "seed": torch.initial_seed(),
        "dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "grad": torch.is_grad_enabled(),
        "anomaly": torch.is_anomaly_enabled(),
    }
    return settings | {name: getattr(torch.backends.cudnn, name) for name in FLAGS}


def _torch_back(settings: Mapping[str, Any], threads: int | None) -> None:
    import torch

    torch.set_default_device(None)
    torch.set_default_dtype(settings["dtype"])
    torch.use_deterministic_algorithms(settings["deterministic"])
    torch.set_grad_enabled(settings["grad"])
    torch.autograd.set_detect_anomaly(settings["anomaly"])
    torch.set_num_threads(min(settings["threads"], threads or settings["threads"]))
    with suppress(RuntimeError):  # torch refuses its older names where the user's code set the newer ones
        torch.set_float32_matmul_precision(settings["precision"])
        for name in FLAGS:
            setattr(torch.backends.cudnn, name, settings[name])
    if "torch._dynamo" in sys.modules:
        torch.compiler.reset()
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    torch.manual_seed(settings["seed"])  # of every device
    torch.set_rng_state(settings["rng"])
