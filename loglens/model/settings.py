"""What a user can set for a diagnosis, whichever way it was said: a flag, `loglens.toml`, or an argument in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`mapping`: role -> series name (`--map`). `lr`: the peak learning rate of runs that log none; `schedule`: its
    shape, as `cosine:warmup=100` (see `loglens.signals.lr.spec`). `limits`: detector id -> field -> value, in place of
    the detector's own. `disabled`: detectors that are not asked. `jobs`: processes; 0 lets LogLens choose. `backend`:
    loky, threading, dask or ray; `address`: of its cluster, '' for one on this machine. `run_timeout`: seconds that a
    run may take; `run_memory`: bytes that the process judging it may hold; None for no limit.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    lr: float | None = None
    schedule: str | None = None
    limits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    disabled: tuple[str, ...] = ()
    jobs: int = 1
    backend: str = "loky"
    address: str = ""
    run_timeout: float | None = None
    run_memory: int | None = None

    def flat(self) -> dict[str, str | int | float | bool | None]:
        """What differs from the defaults, for the document's `settings`."""
        said: dict[str, str | int | float | bool | None] = {}
        if self.mapping:
            said["map"] = ", ".join(f"{role}={series}" for role, series in sorted(self.mapping.items()))
        if self.lr is not None:
            said["lr"] = self.lr
        if self.schedule is not None:
            said["schedule"] = self.schedule
        if self.disabled:
            said["disabled"] = ", ".join(self.disabled)
        for detector, fields in sorted(self.limits.items()):
            said.update({f"{detector}.{name}": value for name, value in sorted(fields.items())})
        return said
