"""What the model's names are called in front of people: one table a kind of name."""

from __future__ import annotations

VERDICTS = {"healthy": "Healthy", "warning": "Warning", "critical": "Critical"}

KINDS = {
    "loss_spike": "Loss spike",
    "oscillation": "Oscillation",
    "stagnation": "Stagnation",
    "divergence": "Divergence",
    "non_finite": "NaN or infinity",
    "slow_progress": "Slow progress",
    "overfitting": "Overfitting",
    "lr_jump": "Jump of the learning rate",
    "resume": "Resume",
    "gradient_explosion": "Exploding gradient",
    "gradient_vanishing": "Vanishing gradient",
    "periodic_pattern": "Periodic pattern",
    "logging": "Logging",
}

CAUSES = {
    "healthy": "Nothing to change",
    "lr_too_high": "Learning rate too high",
    "lr_too_low": "Learning rate too low",
    "warmup_too_short": "Warm-up too short",
    "lr_jump": "Learning rate jumps",
    "lr_decays_too_early": "Learning rate decays too early",
    "bad_data": "Bad batches",
    "data_order": "Data not shuffled",
    "label_noise": "Noisy labels",
    "overfitting": "Overfitting",
    "dead_network": "Network does not learn",
    "resume_discontinuity": "State lost at a resume",
    "numerical_failure": "Numerical failure",
    "unknown": "Cause unknown",
}

ACTIONS = {
    "keep": "Keep the learning rate",
    "lower_lr": "Lower the learning rate",
    "raise_lr": "Raise the learning rate",
    "lengthen_warmup": "Lengthen the warm-up",
    "remove_lr_jump": "Remove the jump of the learning rate",
    "decay_later": "Decay the learning rate later",
    "inspect_data": "Inspect the data of the flagged steps",
    "shuffle_data": "Shuffle the data",
    "regularize_or_stop_early": "Regularise, or stop earlier",
    "fix_network": "Fix the network before the learning rate",
    "fix_resume": "Restore the full training state on resume",
    "fix_numerics": "Fix the numerics before the learning rate",
    "collect_more": "Log more before deciding",
}

ROLES = {
    "train_loss": "Train loss",
    "level": "Robust level",
    "val_loss": "Validation loss",
    "learning_rate": "Learning rate",
    "grad_norm": "Gradient norm",
}

SCORES = {
    "spike": "Spikes",
    "oscillation": "Oscillation",
    "stagnation": "Stagnation",
    "divergence": "Divergence",
    "overfitting": "Overfitting",
    "slow_progress": "Slow progress",
}

PHASES = {
    "warmup": "warm-up",
    "peak": "peak",
    "constant": "constant",
    "decay": "decay",
    "floor": "floor",
    "rewarm": "re-warm-up",
    "unknown": "unknown phase",
}

LR_EVENTS = {
    "warmup_end": "warm-up ends",
    "step_down": "LR steps down",
    "step_up": "LR steps up",
    "restart": "schedule restarts",
    "decay_start": "decay starts",
    "floor": "floor reached",
    "reset": "LR reset",
}

SCHEDULES = {
    "constant": "constant",
    "step": "step decay",
    "linear": "linear decay",
    "cosine": "cosine decay",
    "exponential": "exponential decay",
    "polynomial": "polynomial decay",
    "inverse_sqrt": "inverse square root",
    "one_cycle": "one cycle",
    "cyclic": "cyclic",
    "restarts": "cosine with restarts",
    "wsd": "warm-up, stable, decay",
    "piecewise": "piecewise",
    "unknown": "unknown",
}

REPLAYS = {
    "confirmed": "Replay confirms it: with a lower learning rate the fault is gone",
    "not_learning_rate": "Replay clears the learning rate: the fault stays at a lower one",
    "not_reproduced": "Replay did not reproduce the fault, even at the original learning rate",
    "inconclusive": "Replay was inconclusive",
    "failed": "Replay could not be carried out",
}

FORMATS = {
    "allennlp": "AllenNLP",
    "arrays": "Arrays",
    "baselines": "OpenAI baselines",
    "catboost": "CatBoost",
    "comet-offline": "Comet, offline",
    "csv": "CSV",
    "deepobs-json": "DeepOBS",
    "detectron2": "detectron2",
    "dvclive": "DVCLive",
    "fastai-csv": "fastai",
    "flair": "flair",
    "hf_trainer_state": "Hugging Face Trainer",
    "hf-console": "Hugging Face Trainer, console",
    "jsonl": "JSON lines",
    "keras-csv": "Keras CSVLogger",
    "keras-console": "Keras, console",
    "lightning-csv": "Lightning CSVLogger",
    "llama-factory": "LLaMA-Factory",
    "mlflow-files": "MLflow, files",
    "mlflow-sqlite": "MLflow, SQLite",
    "mmengine": "MMEngine",
    "parquet": "Parquet",
    "ray-tune": "Ray Tune",
    "ray-tune-csv": "Ray Tune, CSV",
    "sacred": "Sacred",
    "sb3": "Stable-Baselines3",
    "sb3-json": "Stable-Baselines3, JSON",
    "tensorboard": "TensorBoard",
    "tensorboard-csv": "TensorBoard, CSV download",
    "tensorboard-json": "TensorBoard, JSON download",
    "text-log": "Text log",
    "trackio-sqlite": "trackio",
    "ultralytics": "Ultralytics",
    "unreadable": "A store that only its own package reads",
    "wandb-chart": "Weights & Biases, chart export",
    "wandb-history": "Weights & Biases, history",
    "wandb-offline": "Weights & Biases, run folder",
}
"""Readers by their ids; a format of another name is shown as it is."""

SHORT_ACTIONS = {
    "keep": "keep",
    "lengthen_warmup": "longer warm-up",
    "remove_lr_jump": "remove LR jump",
    "decay_later": "decay later",
    "inspect_data": "inspect data",
    "shuffle_data": "shuffle data",
    "regularize_or_stop_early": "regularise",
    "fix_network": "fix network",
    "fix_resume": "fix resume",
    "fix_numerics": "fix numerics",
    "collect_more": "log more",
}
"""For a column of a table; an action whose number says it all has none."""


ABBREVIATIONS = {"lr": "LR", "nan": "NaN", "val": "validation", "grad": "gradient"}
