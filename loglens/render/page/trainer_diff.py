"""The recommendation as a change to the configuration of the trainer at hand.

Which trainer it is shows in the log's format, in the settings the log holds and in how its series are named. Where
nothing tells, every trainer's change is offered and none is put first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Setting
from loglens.render import numbers

OPTIMIZERS = {
    "adamw": "AdamW", "adam": "Adam", "sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "gradientdescent": "SGD",
    "rmsprop": "RMSprop", "adafactor": "Adafactor",
}  # fmt: skip
RATE_KEYS = ("learning_rate", "lr", "peak_lr", "max_lr", "base_lr", "lr0", "optimizer.lr", "optimizer.learning_rate")
WARMUP_KEYS = ("warmup_steps", "num_warmup_steps", "lr_warmup_steps", "warmup_iters")
CLIP_KEYS = ("max_grad_norm", "gradient_clip_val", "grad_clip", "clip_grad", "gradient_clip")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """`sign`: '-' goes, '+' comes, ' ' stays."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerDiff:
    """`trainer`: its id, `title`: its name; `at_hand`: the log shows that it is the one."""

    trainer: str
    title: str
    lines: tuple[DiffLine, ...]
    at_hand: bool = False

    @property
    def text(self) -> str:
        """As `patch` and reviewers read it."""
        return "\n".join(f"{line.sign}{line.text}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Change:
    """One setting: as it is (None where unknown) and as it should be."""

    before: str | None
    after: str

    def lines(self, form: str) -> list[DiffLine]:
        """`form` holds `{}` where the value goes."""
        gone = [] if self.before is None else [DiffLine("-", form.format(self.before))]
        return [*gone, DiffLine("+", form.format(self.after))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    rate: Change | None
    warmup: Change | None
    clip: Change | None
    optimizer: str
    config: Mapping[str, Setting]


def trainer_diffs(run: RunDiagnosis) -> tuple[TrainerDiff, ...]:
    """One change a trainer, the one at hand first; empty where no number is to be changed."""
    changes = _changes(run)
    if changes.rate is None and changes.warmup is None and changes.clip is None:
        return ()
    known = trainer_at_hand(run)
    made = [
        TrainerDiff(trainer=name, title=title, lines=tuple(write(changes)), at_hand=name == known)
        for name, (title, write) in _TRAINERS.items()
    ]
    return tuple(sorted(made, key=lambda change: not change.at_hand))


def trainer_at_hand(run: RunDiagnosis) -> str | None:
    """'hf', 'lightning', 'torch', 'yaml' or 'keras', None where the log does not tell."""
    # how a series is named says little: what one trainer calls "loss" every other does
    read = (note.message for note in run.notes if note.message.startswith("read as "))
    where = " ".join((run.format, *read)).lower()
    keys = {key.lower() for key in run.config}
    series = {tag for tag in run.roles.values() if tag}
    if any(sign in where for sign in ("trainer_state", "transformers", "hf", "hugging")) or (
        keys & {"per_device_train_batch_size", "lr_scheduler_type"} or {"train/loss", "train/learning_rate"} <= series
    ):
        return "hf"
    lightning_lr = any(tag.startswith("lr-") for tag in series)
    if "lightning" in where or lightning_lr or keys & {"gradient_clip_val", "accumulate_grad_batches"}:
        return "lightning"
    if "keras" in where:
        return "keras"
    if any(sign in where for sign in ("torch", "nanogpt", "llm.c")):
        return "torch"
    return "yaml" if keys & set(RATE_KEYS) else None


def _changes(run: RunDiagnosis) -> Changes:
    advice = run.recommendation
    before, after = advice.current_peak_lr, advice.peak_lr
    rate = warmup = clip = None
    # what may be tried beside a rate that is kept is no change to make
    kept = advice.action == "keep"
    if after is not None and not kept and (before is None or numbers.lr(before) != numbers.lr(after)):
        rate = Change(None if before is None else numbers.lr(before), numbers.advised(after))
    if advice.warmup_steps is not None and advice.warmup_steps != run.schedule.warmup_steps:
        now = run.schedule.warmup_steps
        warmup = Change(None if now is None else str(now), str(advice.warmup_steps))
    if advice.gradient_clip is not None:
        now_clip = next((run.config[key] for key in CLIP_KEYS if isinstance(run.config.get(key), (int, float))), None)
        wanted = float(advice.gradient_clip)
        if not isinstance(now_clip, (int, float)) or float(now_clip) != wanted:
            clip = Change(None if now_clip is None else repr(now_clip), repr(wanted))
    name = str(run.config.get("optimizer") or run.config.get("optim") or "").lower()
    optimizer = next((title for sign, title in OPTIMIZERS.items() if name.startswith(sign)), "AdamW")
    return Changes(rate=rate, warmup=warmup, clip=clip, optimizer=optimizer, config=run.config)


def _setting(change: Change | None, form: str) -> list[DiffLine]:
    return [] if change is None else change.lines(form)


def _hf(changes: Changes) -> list[DiffLine]:
    return [
        DiffLine(" ", "TrainingArguments("),
        *_setting(changes.rate, "    learning_rate={},"),
        *_setting(changes.warmup, "    warmup_steps={},"),
        *_setting(changes.clip, "    max_grad_norm={},"),
        DiffLine(" ", ")"),
    ]


def _lightning(changes: Changes) -> list[DiffLine]:
    lines = []
    if changes.rate or changes.warmup:
        lines.append(DiffLine(" ", "def configure_optimizers(self):"))
        lines += _setting(changes.rate, f"    optimizer = torch.optim.{changes.optimizer}(self.parameters(), lr={{}})")
        lines += _setting(changes.warmup, "    warmup = LinearLR(optimizer, start_factor=1e-3, total_iters={})")
    return lines + _setting(changes.clip, "trainer = Trainer(gradient_clip_val={})")


def _torch(changes: Changes) -> list[DiffLine]:
    return [
        *_setting(changes.rate, f"optimizer = torch.optim.{changes.optimizer}(model.parameters(), lr={{}})"),
        *_setting(changes.warmup, "warmup = LinearLR(optimizer, start_factor=1e-3, total_iters={})"),
        *_setting(changes.clip, "torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm={})"),
    ]


def _keras(changes: Changes) -> list[DiffLine]:
    return [
        DiffLine(" ", f"keras.optimizers.{changes.optimizer}("),
        *_setting(changes.rate, "    learning_rate={},"),
        *_setting(changes.clip, "    global_clipnorm={},"),
        DiffLine(" ", ")"),
        *_setting(changes.warmup, "keras.optimizers.schedules.CosineDecay(warmup_steps={}, ...)"),
    ]


def _yaml(changes: Changes) -> list[DiffLine]:
    def key(names: tuple[str, ...]) -> str:
        known = next((name for name in names if name in changes.config), names[0])
        # braces in a key would be taken for the value's place
        return known.replace("{", "{{").replace("}", "}}")

    return [
        *_setting(changes.rate, f"{key(RATE_KEYS)}: {{}}"),
        *_setting(changes.warmup, f"{key(WARMUP_KEYS)}: {{}}"),
        *_setting(changes.clip, f"{key(CLIP_KEYS)}: {{}}"),
    ]


_TRAINERS: dict[str, tuple[str, Callable[[Changes], list[DiffLine]]]] = {
    "hf": ("Hugging Face Trainer", _hf),
    "lightning": ("Lightning", _lightning),
    "torch": ("Plain PyTorch", _torch),
    "keras": ("Keras", _keras),
    "yaml": ("YAML", _yaml),
}
