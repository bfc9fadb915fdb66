"""What the model's names are called in front of people: one table a kind of name."""

from __future__ import annotations

from loglens.model import actions, causes, kinds

VERDICTS = {"healthy": "Healthy", "warning": "Warning", "critical": "Critical"}

KINDS: dict[str, str] = {kind: info.title for kind, info in kinds.KINDS.items()}

CAUSES: dict[str, str] = {cause: info.title for cause, info in causes.CAUSES.items()}

ACTIONS: dict[str, str] = {action: info.title for action, info in actions.ACTIONS.items()}

ROLES = {
    "train_loss": "Train loss",
    "level": "Robust level",
    "val_loss": "Validation loss",
    "learning_rate": "Learning rate",
    "grad_norm": "Gradient norm",
    "metric": "Metric",
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
    "deepxde": "DeepXDE",
    "number-list": "List of numbers",
    "clearml-offline": "ClearML, offline",
    "comet-offline": "Comet, offline",
    "megatron-golden": "Megatron, golden values",
    "notebook": "Jupyter notebook",
    "stylegan": "StyleGAN",
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
    "wandb-parquet": "Weights & Biases, history artifact",
}
"""Readers by their ids; a format of another name is shown as it is."""

SHORT_ACTIONS: dict[str, str] = {action: info.short for action, info in actions.ACTIONS.items() if info.short}
"""For a column of a table; an action whose number says it all has none."""


ABBREVIATIONS = {"lr": "LR", "nan": "NaN", "val": "validation", "grad": "gradient"}
