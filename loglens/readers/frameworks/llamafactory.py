"""LLaMA-Factory's trainer_log.jsonl: the Trainer's rows once more, with the step as `current_steps`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table_log import Dialect, table_logs


class LlamaFactory:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="llama-factory", title="LLaMA-Factory trainer_log.jsonl")
    dialect: ClassVar[Dialect] = Dialect(
        format="llama-factory", rank=15, steps=("current_steps",), canonical=("trainer_log.jsonl",),
        hidden=frozenset({"total_steps", "percentage"}), aggregates={"loss": "window"},
    )  # fmt: skip

    def recognises(self, probe: Probe) -> bool:
        keys = first_object(probe)
        return keys is not None and {"current_steps", "total_steps"} <= keys.keys()

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: table_logs(read_json_rows(path), self.dialect))
