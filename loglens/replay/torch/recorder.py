"""The flight recorder: the last few states of a training on disk, so that its last minutes can be replayed.

    recorder = Recorder("runs/my-run/recorder", model=model, optimizer=optimizer, scheduler=scheduler)
    for step in range(start, steps):
        loss = train_on(batches(step))
        scheduler.step()
        recorder.step(step, loss)          # last line of the loop

Create it right before the loop: it keeps the state it finds (`ckpt-00000000.pt`), the newest `keep` states, and, when
the loss leaves its band, the newest state from before that, which the ring would otherwise overwrite.
"""

from __future__ import annotations

import math
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.errors import SettingsError
from loglens.replay.torch.checkpoints import step_in_name
from loglens.replay.torch.patch import save_atomically
from loglens.replay.torch.state import take_state

if TYPE_CHECKING:
    import torch

SHARE = 0.01
"""Of the training time, what recording may take at the default interval: half of the promised 2 %."""
PINS = 3
"""States held back because the loss left its band; more faults than that are one long fault."""
BAND = 6.0
"""How many robust deviations above its recent level a loss must be to pin a state."""
RECENT = 64


class Recorder:
    """Keeps states of a training in `folder`: `ckpt-STEP.pt`, STEP being the number of the next batch.

    `every`: steps between two states; None spaces them so that writing takes under 1 % of the training time.
    `keep`: how many of the newest are kept. `data`: what `recorder.step` is given is saved with the state, for a loop
    that must know where in its data it is. Files are written under a temporary name and renamed.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: Any = None,
        scaler: Any = None,
        every: int | None = None,
        keep: int = 5,
        start: int = 0,
        data: Any = None,
    ) -> None:
        if keep < 1 or (every is not None and every < 1):
            raise SettingsError(f"Recorder: keep ({keep}) and every ({every}) must be at least 1")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model, self.optimizer, self.scheduler, self.scaler = model, optimizer, scheduler, scaler
        self.every, self.keep = every, keep
        self.spent_seconds = 0.0
        self._cost = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._ring: deque[Path] = deque()
        self._pinned: set[Path] = set()
        self._outside = False
        self._anchor = self._save(start, data)
        self._last = time.perf_counter()

    @property
    def checkpoints(self) -> tuple[Path, ...]:
        """What is kept at present, oldest first."""
        return tuple(sorted({self._anchor, *self._ring, *self._pinned}))

    def step(self, step: int, loss: float | torch.Tensor | None = None, *, data: Any = None) -> None:
        """To be called at the end of training step `step`. A `loss` tensor on a GPU is only looked at when a state is
        saved, so that recording never waits for the device; a number is watched at every step."""
        if isinstance(loss, (int, float)):
            self._watch(float(loss))
        if not self._due(step + 1):
            return
        if loss is not None and not isinstance(loss, (int, float)):
            self._watch(float(loss))
        if self._outside:
            return  # a state from inside the trouble is no place to restart from
        self._ring.append(self._save(step + 1, data))
        while len(self._ring) > self.keep:
            oldest = self._ring.popleft()
            if oldest not in self._pinned and oldest != self._anchor:
                oldest.unlink(missing_ok=True)
        self._last = time.perf_counter()

    def _due(self, done: int) -> bool:
        if self.every is not None:
            return done % self.every == 0
        return time.perf_counter() - self._last >= self._cost / SHARE

    def _save(self, step: int, data: Any) -> Path:
        began = time.perf_counter()
        path = self.folder / f"ckpt-{step:08d}.pt"
        state = take_state(
            step=step,
            model=self.model,
            optimizer=self.optimizer,
            scheduler=self.scheduler,
            scaler=self.scaler,
            data=data,
        )
        save_atomically(state, path)
        took = time.perf_counter() - began
        self.spent_seconds += took
        # the slowest of the last few counts: a disk is slow when it is busy
        self._cost = max(took, 0.8 * self._cost)
        return path

    def _watch(self, loss: float) -> None:
        """Pins the newest state when the loss leaves its band; recording goes on when it is back."""
        outside = not math.isfinite(loss) or (len(self._recent) >= RECENT // 4 and loss > self._limit())
        if outside and not self._outside and len(self._pinned) < PINS:
            self._pinned.add(self._ring[-1] if self._ring else self._anchor)
            if len(self._ring) > 1:  # the newest may already be inside the build-up
                self._pinned.add(self._ring[-2])
        self._outside = outside
        if math.isfinite(loss):
            self._recent.append(loss)

    def _limit(self) -> float:
        ordered = sorted(self._recent)
        middle = ordered[len(ordered) // 2]
        spread = sorted(abs(item - middle) for item in ordered)[len(ordered) // 2]
        return middle + BAND * max(1.4826 * spread, 1e-3 * abs(middle), 1e-12)


def recorded_steps(folder: Path) -> tuple[int, ...]:
    """The steps a recorder's folder can start from."""
    steps = (step_in_name(path.name) for path in folder.glob("ckpt-*.pt"))
    return tuple(sorted(step for step in steps if step is not None))
