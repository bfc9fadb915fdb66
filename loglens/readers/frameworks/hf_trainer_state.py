"""trainer_state.json of the Hugging Face Trainer: one run with all its checkpoints.

Every checkpoint holds the log up to its step, and the output folder the whole one: the state with the largest
`global_step` is read. A loss of exactly 0.0 is given as it stands: the Trainer writes it where the loss was NaN, which
is for the diagnosis to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from loglens.errors import ReadError
from loglens.model.run import Note, Problem, Setting
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.json_text import TooDeep, loaded
from loglens.readers.contract.per_file import failed_log
from loglens.readers.contract.points import as_step
from loglens.readers.tables.json.rows import table_of_rows
from loglens.readers.tables.table_log import Dialect, table_logs

_CHECKPOINT = re.compile(r"(?:tmp-)?checkpoint[-_].*|global_step[-_]?\d+|best[-_]checkpoint|last[-_]checkpoint")
_SETTINGS = ("train_batch_size", "max_steps", "num_train_epochs", "logging_steps", "save_steps", "total_flos")
_ROW = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class _State:
    path: Path
    folder: Path
    rows: list[Mapping[str, Any]]
    step: int
    config: Mapping[str, Setting]
    problems: tuple[Problem, ...] = ()


class HfTrainerState:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="hf_trainer_state", title="Hugging Face trainer_state.json")
    dialect: ClassVar[Dialect] = Dialect(
        format="hf_trainer_state", facts=frozenset({"output_folder"}), rank=5, steps=("step",),
        canonical=("trainer_state.json",),        aggregates={"loss": "window", "eval_loss": "epoch"},
    )  # fmt: skip

    def recognises(self, probe: Probe) -> bool:
        text = probe.text
        return text is not None and text.lstrip()[:1] == "{" and (
            '"log_history"' in text or ('"global_step"' in text and '"is_world_process_zero"' in text)
        )  # fmt: skip

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        runs: dict[Path, list[_State]] = {}
        for path in paths:
            try:
                state = _state(path)
            except (ReadError, OSError) as error:
                yield failed_log(self.meta.id, path, error.message if isinstance(error, ReadError) else str(error))
                continue
            # a state under another name may be one of several in its folder
            run = state.folder if path.name == "trainer_state.json" else path
            runs.setdefault(run, []).append(state)
        for states in runs.values():
            yield from self._logs(states)

    def _logs(self, states: Sequence[_State]) -> Iterator[Log]:
        best = max(states, key=lambda state: (state.step, len(state.rows)))
        notes = []
        if len(states) > 1:
            told = f"{len(states)} states of this run were found; the one at step {best.step} holds the longest log"
            notes.append(Note(kind="info", message=told, path=str(best.path), count=len(states)))
        others = tuple(problem for state in states if state is not best for problem in state.problems)
        table = table_of_rows(best.path, best.rows, problems=(*best.problems, *others))
        for log in table_logs(table, self.dialect, folder=best.folder, config=best.config):
            yield replace(log, notes=(*notes, *log.notes))
            notes = []


def _state(path: Path) -> _State:
    """Raises OSError, and ReadError where no row of the log can be read."""
    text = read_text(path)
    folder = path.parent.parent if _CHECKPOINT.fullmatch(path.parent.name) else path.parent
    try:
        data = loaded(text)
    except TooDeep:
        raise
    except ValueError:
        rows = _rows_of_cut(text)
        if not rows:
            raise ReadError(path, "the JSON is not whole and no row of its log can be read; copy it again") from None
        told = f"the JSON is cut: {len(rows)} rows of its log were read"
        problem = Problem(path=str(path), message=told, offset=text.count("\n") + 1)
        return _State(path, folder, rows, _whole(rows[-1].get("step")), {}, (problem,))
    history = data.get("log_history") if isinstance(data, dict) else None
    if not isinstance(history, list):
        raise ReadError(path, "its log_history is no list; give the trainer_state.json that the Trainer wrote")
    rows = [row for row in history if isinstance(row, dict)]
    config = {name: data[name] for name in _SETTINGS if isinstance(data.get(name), (int, float, str))}
    return _State(path, folder, rows, _whole(data.get("global_step")), config)


def _whole(value: object) -> int:
    """A step as it was saved; 0 where it is none."""
    return as_step(value) or 0


def _rows_of_cut(text: str) -> list[Mapping[str, Any]]:
    """The whole rows of a file that was cut while it was written."""
    rows = []
    start = text.find('"log_history"')
    for found in _ROW.finditer(text, max(start, 0)):
        try:
            rows.append(loaded(found[0]))
        except ValueError:
            continue
    return [row for row in rows if "step" in row]
