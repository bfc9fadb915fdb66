"""Several LR arms of one small model trained at once: parameters stacked, one forward pass for all (`torch.func`).

A small model leaves a GPU mostly idle: eight arms cost about as much as one. The trick that makes it work with any
element-wise optimizer (SGD, Adam, AdamW, RMSprop, NAdam, ...): their update is proportional to the learning rate, so
the optimizer steps the stacked parameters at the original rate, and each arm takes its factor of that update.

The result equals separate arms up to rounding. Where a model cannot be batched (BatchNorm, data-dependent control
flow) or the first steps differ from a single arm's, `run_batched` gives up and the arms run one after another.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from loglens.model.results.replay import ArmRun
from loglens.replay.drivers.arm_log import ArmLog
from loglens.replay.drivers.driver import ArmJob, Context, ReplayTarget, StretchOver
from loglens.replay.torch.state import perturb_rng
from loglens.replay.torch.target import TorchTarget, to_device

if TYPE_CHECKING:
    import torch

MAX_PARAMETERS = 20_000_000
"""Above this a single arm fills the device, and stacking only costs memory."""
ELEMENTWISE = frozenset({"SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax"})
AGREE = 1e-3
"""Relative difference of the first loss from a single arm's above which batching is given up."""


def can_batch(target: ReplayTarget, jobs: Sequence[ArmJob]) -> bool:
    """Whether these arms may be trained together: several, of the same stretch, on a target that allows it."""
    if len(jobs) < 2 or not isinstance(target, TorchTarget) or not target.vectorize or target.scaler is not None:
        return False
    if type(target.optimizer).__name__ not in ELEMENTWISE or any(job.arm.clip or job.arm.warmup_steps for job in jobs):
        return False
    if len({(job.start, job.steps, job.checkpoint, job.arm.seed) for job in jobs}) > 1:
        return False
    # on a CPU the arms of a stack take as long as one after another, and separate arms are exact
    if target.device.type == "cpu":
        return False
    return sum(parameter.numel() for parameter in target.model.parameters()) <= MAX_PARAMETERS


def run_batched(target: ReplayTarget, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun] | None:
    """The arms' runs; None where the model cannot be batched (the arms are then run one after another)."""
    if not isinstance(target, TorchTarget):
        return None
    with ExitStack() as stack, target.reproducible():
        logs = [
            stack.enter_context(ArmLog(job, context.budget, watch=context.watch, stopped=context.stop.is_set))
            for job in jobs
        ]
        try:
            arms = _Stack(target, jobs)
            expected = arms.single_loss()
            for done, number in enumerate(jobs[0].batch_order()):
                rates, losses = arms.step(number)
                if done == 0 and any(not math.isclose(loss, expected, rel_tol=AGREE) for loss in losses):
                    return None
                _report(logs, jobs[0].start + done, losses, rates)
                if all(log.end != "ok" for log in logs):
                    break
                arms.schedule(jobs[0].start + done, losses)
        except (RuntimeError, NotImplementedError, TypeError, ValueError):
            return None  # torch.func says in many ways that it cannot batch an operation
        return [log.result() for log in logs]


def _report(logs: Sequence[ArmLog], step: int, losses: Sequence[float], rates: Sequence[float]) -> None:
    for log, loss, rate in zip(logs, losses, rates, strict=True):
        if log.end == "ok":
            try:
                log(step, loss, rate)
            except StretchOver:
                continue


class _Stack:
    """The stacked parameters of all arms, with an optimizer of the target's kind over them."""

    def __init__(self, target: TorchTarget, jobs: Sequence[ArmJob]) -> None:
        import torch

        self.target = target
        self.factors = torch.tensor([job.arm.factor for job in jobs], device=target.device, dtype=torch.float64)
        source = "initial state" if jobs[0].checkpoint is None else jobs[0].checkpoint.path
        target.restore(target.state_at(jobs[0].checkpoint), source=source)
        perturb_rng(jobs[0].arm.seed)
        target.model.train()
        self.first_batch = jobs[0].batch_order()[0]
        self.count = len(jobs)
        self.names = [name for name, parameter in target.model.named_parameters() if parameter.requires_grad]
        own = dict(target.model.named_parameters())
        self.params = {name: self._stacked(own[name].detach()).requires_grad_() for name in self.names}
        self.fixed = {name: tensor.detach() for name, tensor in own.items() if not tensor.requires_grad}
        self.buffers = dict(target.model.named_buffers())
        self.optimizer = self._optimizer({id(own[name]): self.params[name] for name in self.names})

    def _stacked(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.unsqueeze(0).repeat(self.count, *([1] * tensor.dim())).contiguous()

    def _optimizer(self, stacked: dict[int, torch.Tensor]) -> torch.optim.Optimizer:
        """The same optimizer over the stacked parameters, its moments repeated for every arm."""
        single = self.target.optimizer
        groups: list[dict[str, Any]] = []
        for group in single.param_groups:
            kept = [item for item in group["params"] if id(item) in stacked]
            groups.append({**group, "params": [stacked[id(item)] for item in kept]})
        build: Any = type(single)
        optimizer: torch.optim.Optimizer = build(groups, lr=groups[0]["lr"])
        for group in single.param_groups:
            for item in group["params"]:
                if id(item) in stacked and item in single.state:
                    state = single.state[item]
                    optimizer.state[stacked[id(item)]] = {
                        key: self._stacked(value) if getattr(value, "shape", None) == item.shape and value.dim() else
                        value.clone() if hasattr(value, "clone") else value
                        for key, value in state.items()
                    }  # fmt: skip
        return optimizer

    def single_loss(self) -> float:
        """The first batch's loss of one arm, for comparison; random numbers are put back afterwards."""
        import torch

        with torch.random.fork_rng(devices=[self.target.device] if self.target.device.type == "cuda" else []):
            batch = to_device(self.target.batches(self.first_batch), self.target.device)
            with torch.no_grad(), self.target.amp():
                return float(self.target.loss(self.target.model, batch))

    def step(self, batch_number: int) -> tuple[list[float], list[float]]:
        """One step of every arm on the same batch; learning rates and losses per arm."""
        import torch

        batch = to_device(self.target.batches(batch_number), self.target.device)
        for group, single in zip(self.optimizer.param_groups, self.target.optimizer.param_groups, strict=True):
            group["lr"] = single["lr"]
        self.optimizer.zero_grad(set_to_none=True)
        with self.target.amp():
            losses: torch.Tensor = torch.func.vmap(self._loss, in_dims=(0, None), randomness="same")(self.params, batch)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self._clip()
        before = {name: tensor.detach().clone() for name, tensor in self.params.items()}
        self.optimizer.step()
        with torch.no_grad():
            for name, old in before.items():
                factors = self.factors.to(old.dtype).view(-1, *([1] * (old.dim() - 1)))
                self.params[name].copy_(old + factors * (self.params[name] - old))
        rate = self.target.current_lr()
        return [rate * factor for factor in self.factors.tolist()], losses.detach().float().tolist()

    def _loss(self, params: dict[str, torch.Tensor], batch: Any) -> torch.Tensor:
        """The target's own loss function, with the parameters of one arm in place of the model's."""
        import torch

        def model(*args: Any, **kwargs: Any) -> Any:
            everything = {**params, **self.fixed, **self.buffers}
            return torch.func.functional_call(self.target.model, everything, args, kwargs)

        return self.target.loss(model, batch)

    def _clip(self) -> None:
        """Each arm's gradient norm limited on its own, as `clip_grad_norm_` does for one."""
        if self.target.clip_norm is None:
            return
        import torch

        grads = [param.grad for param in self.params.values() if param.grad is not None]
        norms = torch.stack([grad.flatten(1).norm(dim=1) for grad in grads]).norm(dim=0)
        scale = (self.target.clip_norm / (norms + 1e-6)).clamp(max=1.0)
        for grad in grads:
            grad.mul_(scale.view(-1, *([1] * (grad.dim() - 1))))

    def schedule(self, step: int, losses: Sequence[float]) -> None:
        """Moves the scheduler on; it acts on the target's own optimizer, whose rate the stack copies."""
        if self.target.scheduler is None:
            return
        with warnings.catch_warnings():
            # the scheduler rightly notices that its own optimizer does not step: the stacked one does
            warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")
            self.target.step_scheduler(self.target.scheduler, step, losses[0])
