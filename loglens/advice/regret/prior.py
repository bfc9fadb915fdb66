"""Where learning rates usually lie, before the curve is looked at.

One normal distribution of log10 of the rate for each kind of training, wide as the world is: for the optimizers what
their users and the published baselines settle on, lower where a trained network is only tuned. The mean falls with the
number of steps; the size of the loss does not move it, for the same training may log its loss in any unit. The kind
comes from the run's settings or name where these tell, else all kinds are weighed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from loglens.advice.facts import say
from loglens.model.run import FloatArray, Run, Setting
from loglens.model.schedule import LrSchedule

KINDS = ("adaptive", "momentum", "plain", "tuned")
WORDS = ("Adam and its kin", "SGD with momentum", "plain SGD", "Adam on a trained network")
MEANS = (-2.75, -2.0, -1.0, -4.2)
DEVIATIONS = (0.7, 0.9, 1.0, 0.6)
BY_STEPS = (-0.7, -0.3, -0.2, -0.2)
"""log10 of the rate: mean and standard deviation, and what ten times the steps move the mean by.
The means are what published baselines and the sweeps have in common, the widths the world's."""
UNKNOWN = (0.44, 0.23, 0.23, 0.1)
"""How often each kind is met where nothing tells which it is."""
TOLD = ((0.76, 0.02, 0.02, 0.2), (0.03, 0.94, 0.02, 0.01), (0.03, 0.1, 0.86, 0.01), (0.28, 0.02, 0.02, 0.68))
"""The same where settings or names tell the optimizer, or a fine-tuning: they may be those of another part of the
network."""
NAMED: Mapping[str, int] = {
    "adam": 0, "adamw": 0, "nadam": 0, "radam": 0, "adamax": 0, "amsgrad": 0, "rmsprop": 0, "adafactor": 0, "lamb": 0,
    "adamw8bit": 0, "adamw_torch": 0, "adamw_hf": 0, "adamw_torch_fused": 0, "adamw_bnb_8bit": 0, "fusedadam": 0,
    "momentum": 1, "nesterov": 1, "sgdm": 1, "sgd": 2, "gradientdescent": 2,
}  # fmt: skip
TUNED, ADAPTIVE = 3, 0
TUNING_WORDS = frozenset(
    {"finetune", "finetuned", "finetuning", "sft", "lora", "qlora", "peft", "dpo", "orpo", "adapter", "instruct"}
)
"""In a run's name: a network that has been trained before."""
TUNING_SETTINGS = frozenset({"lora_r", "lora_rank", "lora_alpha", "peft_config", "use_lora", "base_model", "adapter"})
TRAINER_SERIES = frozenset({"loss", "learning_rate", "epoch"})
TRAINER_MARKS = frozenset(
    {"grad_norm", "train_runtime", "eval_runtime", "total_flos", "train_samples_per_second", "eval_samples_per_second"}
)
"""Names that the Hugging Face Trainer writes, with which trained networks are tuned ..."""
FROM_SCRATCH = 8.0
"""... unless the loss begins near the logarithm of a vocabulary."""
TOKENS_RIGHT, SPEAKS = frozenset({"token_acc", "token_accuracy", "mean_token_accuracy"}), 0.3
"""The share of the tokens that is right, and from where on a model that begins so had been trained before: the
commonest letter alone gives less."""
GENERATOR = re.compile(r"(?<![a-z])(?:g|gen|generator|net_?g)(?=[-_ /.]|loss|$)", re.IGNORECASE)
DISCRIMINATOR = re.compile(r"(?<![a-z])(?:d|dis|disc|discriminator|net_?d)(?=[-_ /.]|loss|$)", re.IGNORECASE)
OPTIMIZER_SETTINGS = frozenset({"optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optimiser"})
HEAVY = 0.15
"""Weight of a tail two and a half times as wide: some trainings are unlike all others."""
FLOOR = 0.005
STEPS_REFERENCE = 3.5
"""log10 of the steps at which the mean of a kind is stated."""
STEPS_BOUNDS = (-0.5, 1.0)
"""How far from it, in decades, the mean is still moved."""
FEWEST_STEPS = 150
"""Fewer may be epochs."""
PLANNED = (1e-6, 1.0)
"""Peak rates that are usual with some optimizer."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual rates of one run: of each kind its weight, and mean and standard deviation of log10 of the rate.
    `told`: the kind that settings or names tell, None where they do not."""

    weight: FloatArray
    mean: FloatArray
    deviation: FloatArray
    told: int | None

    def log_density(self, rates: FloatArray, kind: int) -> FloatArray:
        """Of log10 rates, any shape, for one kind."""
        z, s = (rates - self.mean[kind]) / self.deviation[kind], self.deviation[kind]
        near, far = np.exp(-0.5 * z**2) / s, np.exp(-0.5 * (z / 2.5) ** 2) / (2.5 * s)
        return np.asarray(np.log((1 - HEAVY) * near + HEAVY * far + FLOOR), dtype=np.float64)

    def below(self, rate: float) -> float:
        """Probability that the middle of the right rates lies below a log10 rate."""
        z = (rate - self.mean) / self.deviation
        near, far = (
            0.5 * (1 + np.array([math.erf(float(item) / math.sqrt(2) / wide) for item in z])) for wide in (1, 2.5)
        )
        return float(self.weight @ ((1 - HEAVY) * near + HEAVY * far))

    @property
    def line(self) -> str:
        """The one line of the evidence that is not from the curve."""
        kinds = [self.told] if self.told is not None else [0, 1, 2]
        ends = [(self.mean[k] - self.deviation[k], self.mean[k] + self.deviation[k], WORDS[k]) for k in kinds]
        said = ", ".join(f"{_about(low)} to {_about(high)} with {words}" for low, high, words in ends)
        return f"rates that usually work: {said}" + (
            "." if self.told is not None else "; the log does not say which optimizer it was."
        )


def usual_rates(steps: float, told: int | None) -> Usual:
    """`steps`: how many the run made; `told`: the kind of its optimizer, None where that is not known."""
    length = STEPS_REFERENCE if steps < FEWEST_STEPS else math.log10(steps)
    mean = np.array(MEANS) + float(np.clip(length - STEPS_REFERENCE, *STEPS_BOUNDS)) * np.array(BY_STEPS)
    weight = np.array(UNKNOWN if told is None else TOLD[told])
    return Usual(weight, mean, np.array(DEVIATIONS), told)


def kind_of(run: Run) -> int | None:
    """The kind of training that the run's settings, or else its name, tell: its optimizer, or that a trained network
    was tuned with an adaptive one; None where they do not, or disagree."""
    settings, words = _settings(run), _words(run)
    named = {kind for key in OPTIMIZER_SETTINGS if (kind := _named(settings.get(key))) is not None}
    if not named:
        named = {NAMED[word] for word in words if word in NAMED}
    if named == {1, 2}:
        named = {1}
    if named == {2} and _number(settings.get("momentum")) > 0:
        return 1
    if _said_tuned(settings, words) and named <= {ADAPTIVE}:
        return TUNED
    return named.pop() if len(named) == 1 else None


def is_planned(schedule: LrSchedule) -> bool:
    """Whether somebody planned a schedule: a usual rate that is warmed up or comes down."""
    low, high = PLANNED
    moves = bool(schedule.warmup_steps) or schedule.kind not in ("constant", "unknown")
    return moves and schedule.peak_lr is not None and low <= schedule.peak_lr <= high


def is_tuned(run: Run) -> bool:
    """Whether a trained network is tuned: by the run's settings or name, or because the Hugging Face Trainer wrote
    the log of a training that does not begin like an untrained language model, or because so many of its first tokens
    are right."""
    settings = _settings(run)
    if _said_tuned(settings, _words(run)):
        return True
    names = {series.tag.replace("/", ".").split(".")[-1] for series in run.series}
    loss = run.role("train_loss")
    if loss is None or not bool(loss.finite.any()):
        return False
    first = float(loss.values[loss.finite][0])
    begins = [series.values[0] for series in run.series if series.tag in TOKENS_RIGHT and len(series)]
    if begins and not run.starts_late and SPEAKS <= float(begins[0]) <= 1.0:
        return True
    return names >= TRAINER_SERIES and bool(names & TRAINER_MARKS) and first < FROM_SCRATCH


def is_game(run: Run) -> bool:
    """Whether two networks work against each other: a generator's losses and a discriminator's are logged, and neither
    need fall."""
    tags = [series.tag for series in run.series]
    return any(map(GENERATOR.search, tags)) and any(map(DISCRIMINATOR.search, tags))


def _settings(run: Run) -> dict[str, Setting]:
    return {name.replace("/", ".").split(".")[-1].lower(): value for name, value in run.config.items()}


def _words(run: Run) -> list[str]:
    """Those of its name and of where it lies."""
    return re.findall(r"[a-z]+", f"{run.name} {'/'.join(run.source.split('/')[-2:])}".lower())


def _said_tuned(settings: Mapping[str, Setting], words: Iterable[str]) -> bool:
    return any(settings.get(key) for key in TUNING_SETTINGS) or bool(TUNING_WORDS.intersection(words))


def _named(value: Setting) -> int | None:
    if not isinstance(value, str):
        return None
    word = re.sub(r"[^a-z0-9_]", "", value.lower().split(".")[-1])
    word = word.removesuffix("optimizer").rstrip("_") or word
    return NAMED.get(word, 0 if "adam" in word else None)


def _number(value: Setting) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _about(log: float) -> str:
    """A log10 rate with one digit: the usual rates are known no better."""
    return say.rate(float(f"{10.0**log:.1g}"))
