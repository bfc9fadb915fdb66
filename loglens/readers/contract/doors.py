"""What can be told of a file before a reader's module is imported: conditions without which it recognises nothing.

The first bytes of each format stand here once, for the doors and for the readers behind them.
"""

from __future__ import annotations

from loglens.readers.contract.base import Probe

SQLITE = b"SQLite format 3\0"
ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
WANDB = b":W&B"
SWANLAB = b":SWL"


def open_door(_: Probe) -> bool:
    return True


def braces(probe: Probe) -> bool:
    """Text with a JSON object in it."""
    return "{" in (probe.text or "")


def brackets(probe: Probe) -> bool:
    """Text with a JSON object or array in it."""
    return braces(probe) or "[" in (probe.text or "")


def listed(probe: Probe) -> bool:
    """Text that begins with a list."""
    return (probe.text or "").lstrip()[:1] == "["


def comments(probe: Probe) -> bool:
    """A table under a heading behind a mark of comment."""
    return probe.head.startswith(b"#")


def may_be_events(probe: Probe) -> bool:
    """A record's length has zero bytes."""
    return "tfevents" in probe.name or (probe.size > 0 and b"\0" in probe.head)


def is_sqlite(probe: Probe) -> bool:
    return probe.head.startswith(SQLITE)


def is_zip(probe: Probe) -> bool:
    return probe.head.startswith(ZIP)


def is_parquet(probe: Probe) -> bool:
    return probe.head.startswith(PARQUET)


def in_metrics(probe: Probe) -> bool:
    """MLflow keeps a file a metric in folders of this name."""
    return "metrics" in probe.path.parts[:-1]


def may_be_wandb(probe: Probe) -> bool:
    """A history, or what lies beside one."""
    named = probe.name.endswith(".wandb") or probe.path.parent.name in ("logs", "files", "wandb")
    return named or probe.head.startswith(WANDB)


def may_be_clearml(probe: Probe) -> bool:
    return is_zip(probe) or probe.name.endswith((".jsonl", ".jsonl.gz"))


def may_be_notebook(probe: Probe) -> bool:
    return ".ipynb" in probe.name.casefold()
