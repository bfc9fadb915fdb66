"""`TorchTarget`: a PyTorch training that LogLens can run again, on whatever device there is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.errors import ReplayError
from loglens.model.results.replay import ArmKind, Checkpoint
from loglens.replay.drivers.driver import ArmJob, Report
from loglens.replay.torch.patch import load_safely
from loglens.replay.torch.state import copied, perturb_rng, put_state, take_state

if TYPE_CHECKING:
    import torch

Batches = Callable[[int], Any]
Loss = Callable[[Any, Any], "torch.Tensor"]
SchedulerStep = Callable[[Any, int, float], None]


def best_device() -> torch.device:
    """CUDA where there is one, then MPS, then the CPU."""
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def every_step(scheduler: Any, step: int, loss: float) -> None:  # noqa: ARG001  the signature of a scheduler step
    """The usual rule: the scheduler moves on after every optimizer step."""
    scheduler.step()


class TorchTarget:
    """A training that starts from any of its checkpoints.

    `model`, `optimizer`, `scheduler`: as the script builds them, before the first step. `batches(step)`: the batch of
    that step, always the same (`loader_batches` makes it from a DataLoader). `loss(model, batch)`: a scalar tensor.
    `clip_norm`: gradient norm limit. `step_scheduler(scheduler, step, loss)`: None means after every step. `device`:
    None means CUDA, MPS or CPU, in this order. `autocast`: 'bfloat16' or 'float16'. `scaler`: a GradScaler.
    `deterministic`: only algorithms that give the same result each time. `vectorize`: whether several LR arms may be
    trained at once (`batched.py`); where the model does not allow it they run one after another anyway.
    """

    def __init__(
        self,
        *,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        batches: Batches,
        loss: Loss,
        scheduler: Any = None,
        clip_norm: float | None = None,
        step_scheduler: SchedulerStep = every_step,
        device: str | torch.device | None = None,
        autocast: str | None = None,
        scaler: Any = None,
        deterministic: bool = False,
        vectorize: bool = True,
    ) -> None:
        import torch

        self.device = best_device() if device is None else torch.device(device)
        self.model = model
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.batches = batches
        self.loss = loss
        self.clip_norm = clip_norm
        self.step_scheduler = step_scheduler
        self.autocast = None if autocast is None else _dtype(autocast)
        self.scaler = scaler
        self.deterministic = deterministic
        self.vectorize = vectorize
        model.to(self.device)
        self._initial = copied(take_state(step=0, model=model, optimizer=optimizer, scheduler=scheduler, scaler=scaler))

    @property
    def supports(self) -> frozenset[ArmKind]:
        return frozenset({"control", "lr", "skip", "shuffle", "warmup", "clip"})

    def state_at(self, checkpoint: Checkpoint | None) -> Mapping[str, Any]:
        """What a checkpoint holds; the state at construction where there is none."""
        if checkpoint is None:
            return self._initial
        content = load_safely(Path(checkpoint.path))
        if not isinstance(content, Mapping):
            raise ReplayError(f"{checkpoint.path}: holds a {type(content).__name__}, not a dict of states")
        return content

    def restore(self, state: Mapping[str, Any], *, factor: float = 1.0, source: str = "initial state") -> None:
        """Brings model, optimizer, scheduler and random state back, every learning rate times `factor`."""
        put_state(
            state,
            factor=factor,
            model=self.model,
            optimizer=self.optimizer,
            scheduler=self.scheduler,
            scaler=self.scaler,
            source=source,
        )

    def run_arm(self, job: ArmJob, report: Report) -> None:
        source = "initial state" if job.checkpoint is None else job.checkpoint.path
        with self.reproducible():
            self.restore(self.state_at(job.checkpoint), factor=job.arm.factor, source=source)
            if job.arm.kind != "shuffle":  # its seed is that of the order
                perturb_rng(job.arm.seed)
            self.model.train()
            clip = self.clip_norm if job.arm.clip is None else job.arm.clip
            for done, batch_number in enumerate(job.batch_order()):
                rate = self.current_lr()
                value = self._step(batch_number, clip=clip, rate_factor=job.warmup_factor(done))
                report(job.start + done, value, rate * job.warmup_factor(done))
                if self.scheduler is not None:
                    self.step_scheduler(self.scheduler, job.start + done, value)

    def current_lr(self) -> float:
        """The highest learning rate of the parameter groups."""
        return max(float(group["lr"]) for group in self.optimizer.param_groups)

    def amp(self) -> AbstractContextManager[Any]:
        import torch

        return nullcontext() if self.autocast is None else torch.autocast(self.device.type, dtype=self.autocast)

    @contextmanager
    def reproducible(self) -> Iterator[None]:
        """Deterministic algorithms inside, where they were asked for; the old setting afterwards."""
        import torch

        before = torch.are_deterministic_algorithms_enabled()
        with ExitStack() as stack:
            if self.deterministic and not before:
                torch.use_deterministic_algorithms(True)
                stack.callback(torch.use_deterministic_algorithms, before)
            yield

    def _step(self, batch_number: int, *, clip: float | None, rate_factor: float) -> float:
        """One step on one batch; the loss before the step."""
        batch = to_device(self.batches(batch_number), self.device)
        self.optimizer.zero_grad(set_to_none=True)
        with self.amp():
            loss = self.loss(self.model, batch)
        scaled = loss if self.scaler is None else self.scaler.scale(loss)
        scaled.backward()
        value = float(loss.detach())
        if clip is not None:
            import torch

            if self.scaler is not None:
                self.scaler.unscale_(self.optimizer)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip)
        with self._rates_times(rate_factor):
            if self.scaler is None:
                self.optimizer.step()
            else:
                self.scaler.step(self.optimizer)
                self.scaler.update()
        return value

    @contextmanager
    def _rates_times(self, factor: float) -> Iterator[None]:
        """The learning rates times `factor` for one step: the scheduler never sees it."""
        if math.isclose(factor, 1.0):
            yield
            return
        before = [group["lr"] for group in self.optimizer.param_groups]
        for group in self.optimizer.param_groups:
            group["lr"] = group["lr"] * factor
        yield
        for group, rate in zip(self.optimizer.param_groups, before, strict=True):
            group["lr"] = rate


def to_device(batch: Any, device: torch.device) -> Any:
    """The batch with every tensor in it on `device`; containers keep their kind."""
    import torch

    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    if isinstance(batch, Mapping):
        return {key: to_device(item, device) for key, item in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(to_device(item, device) for item in batch))
    if isinstance(batch, (list, tuple)):
        return type(batch)(to_device(item, device) for item in batch)
    return batch


def _dtype(name: str) -> torch.dtype:
    import torch

    known = {"bfloat16": torch.bfloat16, "float16": torch.float16}
    if name not in known:
        raise ReplayError(f"autocast {name!r}: give one of {', '.join(known)}")
    return known[name]


def loader_batches(epoch_loader: Callable[[int], Any], steps_per_epoch: int) -> Batches:
    """`batches(step)` from a loader: `epoch_loader(epoch)` gives an iterable with the same batches each time, for
    example a DataLoader whose generator is seeded with the epoch. Going back means iterating the epoch again.
    """
    if steps_per_epoch < 1:
        raise ReplayError(f"steps_per_epoch is {steps_per_epoch}, it must be at least 1")
    place: dict[str, Any] = {"epoch": -1, "next": 0, "iterator": iter(())}

    def batch(step: int) -> Any:
        epoch, index = divmod(step, steps_per_epoch)
        if place["epoch"] != epoch or place["next"] > index:
            place.update(epoch=epoch, next=0, iterator=iter(epoch_loader(epoch)))
        found: Any = None
        while place["next"] <= index:
            try:
                found = next(place["iterator"])
            except StopIteration:
                raise ReplayError(
                    f"epoch {epoch} has {place['next']} batches, not the {steps_per_epoch} of steps_per_epoch"
                ) from None
            place["next"] += 1
        return found

    return batch
