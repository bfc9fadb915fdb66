"""A whole training in one JSON document, as scripts dump it at their end.

{"loss": [2.1, 1.9], "val_loss": [2.2, 2.0]}      a Keras history; nested as by Ludwig and XGBoost; printed by Python
{"history": [{"step": 0, "loss": 2.1}, ...]}      lists of logging calls, `train` and `val` apart or not
{"0": {"loss": 2.1}, "1": {"loss": 1.9}}          a logging call by its epoch, alone or beside settings
{"fold 1": {"loss": [2.1, 1.9]}, "fold 2": ...}   several trainings
{"loss": {"train": {"x": [0, 10], "y": [2.1, 1.9]}}}   curves of points, as ClearML reports them
{"config": {"lr": 0.1}, "epoch": [0, 1], ...}      settings beside the lists
[2.1, 1.9, 1.8]                                   the losses alone, named by the file
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loglens.errors import ReadError, UnknownFormat
from loglens.model.run import Problem, Setting
from loglens.readers.contract.json_text import TooDeep, loaded
from loglens.readers.naming.metric_names import SPLITS, name_role
from loglens.readers.naming.words import words_of
from loglens.readers.settings.beside import flat_settings
from loglens.readers.tables.json.rows import table_of_rows
from loglens.readers.tables.json.whole import whole_json
from loglens.readers.tables.table import Table

_FIRST = r"\s*\[\s*(?:-?\d|NaN|-?Infinity|null)"
_FIRST_KEY = re.compile(r'\s*\{\s*"([^"\n]+)"\s*:\s*(\{|"|-?\d|true|false|null)')
_LISTS = re.compile(r'\s*\{\s*"[^"\n]+"\s*:' + _FIRST)
_NESTED = re.compile(r'\s*\{\s*(?:"[^"\n]+"\s*:\s*\{\s*)+"[^"\n]+"\s*:' + _FIRST)
_KEPT = re.compile(r'"(?:history|logs?|metrics|curves|results|training)"\s*:\s*\{')
_CURVE = re.compile(r'"[^"\n]*(?:loss|rmse|mae|entropy)"\s*:\s*\[\s*[-\d.eE]+\s*,\s*[-\dN]')
_AXIS = re.compile(r'"(?:epochs?|steps?|iterations?|iters?|global_steps?)"\s*:\s*\[\s*[01]\s*,(?:\s*\d+\s*,){2}')
_POINTS = re.compile(r'"\s*:\s*\{\s*"name"\s*:\s*"[^"\n]*"\s*,\s*"x"\s*:\s*\[(?:\s*\d+\s*,){3}')
_SETTINGS = frozenset(
    {"config", "configuration", "cfg", "conf", "args", "arguments", "hparams", "hyperparameters", "hyper_parameters",
     "params", "settings", "options", "opts"}
)  # fmt: skip
"""What stands beside a training, and is no part of it."""
_CALLS = re.compile(
    r'"\s*:\s*\[\s*\{[^{}\[\]]*"(?:(?:global_|train_)?(?:step|epoch|iter|iteration|round|batch|episode|generation|update)'
    r'|[^"\n]*loss)"\s*:\s*[-\d.]'
)
_ROW = r'\s*:\s*\{\s*"[^"\n]+"\s*:\s*(?:\{\s*"[^"\n]+"\s*:\s*)?(?:-?\d|NaN|-?Infinity|null)'
_EPOCHS = re.compile(r'\s*\{\s*"\d+"' + _ROW)
_EPOCHS_WITHIN = re.compile(r'"\s*:\s*\{\s*"[01]"' + _ROW)
_NUMBERS = re.compile(r"\s*\[\s*(?:-?[\d.]+(?:[eE][-+]?\d+)?\s*,\s*){3}")
_PYTHON = re.compile(r"\s*\{\s*'[^'\n]+'\s*:\s*\[\s*(?:-?\d|nan|-?inf|None)")
_LITERALS = {"nan": "NaN", "inf": "Infinity", "None": "null", "True": "true", "False": "false", "'": '"'}
_LITERAL = re.compile(r"\b(?:nan|inf|None|True|False)\b|'|\b(?:np\.float\d+|tensor|array)\(([^()]*)\)")
_NAMES_A_RUN = frozenset({"", "number", "filler", "optimizer"})

Row = dict[str, Any]


def is_history(text: str, path: Path) -> bool:
    """Whether the head of a file is that of a document which holds a whole training."""
    if _PYTHON.match(text) or _LISTS.match(text) or _CALLS.search(text) or _by_epochs(text):
        kind = text.lstrip()[:1] == "{" and (_CALLS.search(text) is None or "loss" in text)
    else:
        # settings are nested as well, and lists of numbers may be anything
        kept = _NESTED.match(text) or _KEPT.search(text)
        if text.lstrip()[:1] == "{" and _POINTS.search(text):
            return True
        counted = _behind_settings(text) and _AXIS.search(text) and "loss" in text
        kind = bool(counted or (kept and _CURVE.search(text))) or bool(_NUMBERS.match(text) and _role(path))
    return kind


def _behind_settings(text: str) -> bool:
    """Whether a document begins with settings, alone or in an object of their own."""
    first = _FIRST_KEY.match(text)
    return first is not None and (first[2] != "{" or first[1].casefold() in _SETTINGS)


def _by_epochs(text: str) -> bool:
    return bool(_EPOCHS.match(text)) or ("loss" in text and bool(_EPOCHS_WITHIN.search(text)))


def history_of(path: Path, text: str) -> tuple[Table, dict[str, Setting]]:
    """The logging calls of the document, as far as it is whole, and the settings beside them. Raises ReadError where
    nothing of it is, UnknownFormat where it holds none."""
    if _PYTHON.match(text):
        text = _LITERAL.sub(lambda found: found[1] or _LITERALS[found[0]], text)
    data, problems = _whole(path, text)
    settings: dict[str, Setting] = {}
    if isinstance(data, dict):
        settings = dict(flat_settings({name: value for name, value in data.items() if name.casefold() in _SETTINGS
                                       or not isinstance(value, dict)}))  # fmt: skip
        data = {name: value for name, value in data.items() if name.casefold() not in _SETTINGS or len(data) == 1}
    try:
        rows = _rows(path, data)
    except UnknownFormat:
        if not problems:
            raise
        rows = []
    if problems and not rows:
        raise ReadError(path, f"{problems[0].message}, and no number is; copy the file again")
    return table_of_rows(path, rows, problems=problems, torn=bool(problems)), settings


def _whole(path: Path, text: str) -> tuple[object, list[Problem]]:
    try:
        return loaded(text), []
    except TooDeep:
        raise
    except ValueError:
        whole = whole_json(text)
    told = f"the JSON breaks off at character {whole.broken_at}; what is whole before it is read"
    return whole.value, [Problem(path=str(path), message=told, offset=whole.broken_at)]


def _rows(path: Path, data: object) -> list[Row]:
    if isinstance(data, list):
        return [{_stem(path): value} for value in data]
    if not isinstance(data, dict):
        raise UnknownFormat(path, "the JSON holds no list of numbers; give the path of the log itself")
    if curves := dict(_curves_in(data)):
        return [{"step": x, name: y} for name, points in curves.items() for x, y in points]
    if _by_epoch(data):
        return [{"epoch": int(key), **row} for key, row in data.items()]
    calls = {name: rows for name, value in data.items()
             if isinstance(value, list) and (rows := [row for row in value if isinstance(row, dict)])}  # fmt: skip
    if calls:
        return _calls(calls)
    # whatever else stands beside the epochs are settings, unless it is the history itself
    nested = [rows for rows in data.values() if _by_epoch(rows) and all(map(_tells_loss, rows.values()))]
    if len(nested) == 1 and not _holds_lists(data):
        return [{"epoch": int(key), **row} for key, row in nested[0].items()]
    return _columns(path, data)


def _curves_in(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[tuple[Any, Any]]]]:
    """The curves that are kept as lists of x and of y, by their names joined with a slash."""
    for name, inner in data.items():
        if isinstance(inner, Mapping):
            x, y = inner.get("x"), inner.get("y")
            if isinstance(x, list) and isinstance(y, list) and len(x) == len(y):
                yield f"{prefix}{name}", list(zip(x, y, strict=True))
            else:
                yield from _curves_in(inner, f"{prefix}{name}/")


def _by_epoch(rows: object) -> bool:
    """Whether it is a row for every epoch, by its number."""
    return (
        isinstance(rows, dict)
        and len(rows) > 0
        and all(isinstance(key, str) and key.isdigit() and isinstance(row, dict) for key, row in rows.items())
    )


def _tells_loss(row: Row) -> bool:
    """Whether a row has a loss, also below the name of a split."""
    return any(
        _tells_loss(value) if isinstance(value, dict) else "loss" in name.casefold() for name, value in row.items()
    )


def _holds_lists(data: Mapping[str, Any]) -> bool:
    """Whether a curve stands in the document as a list."""
    return any(isinstance(value, list) or (isinstance(value, dict) and _holds_lists(value)) for value in data.values())


def _role(path: Path) -> bool:
    return name_role(_stem(path)).role is not None


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".json")


def _calls(calls: Mapping[str, list[Row]]) -> list[Row]:
    """Those of the splits, where lists are called so; else those of the longest list."""
    splits = {name: rows for name, rows in calls.items() if name.casefold() in SPLITS}
    if len(splits) > 1:
        return [{"split": name, **row} for name, rows in splits.items() for row in rows]
    return max(calls.values(), key=len)


def _columns(path: Path, data: Mapping[str, Any]) -> list[Row]:
    runs = _runs(data)
    if runs:
        return [{"run": run, **row} for run, columns in runs.items() for row in _side_by_side(columns)]
    columns = dict(_lists_in(data))
    if not columns:
        raise UnknownFormat(path, "the JSON holds no list of numbers; give the path of the log itself")
    return _side_by_side(columns)


def _side_by_side(columns: Mapping[str, list[Any]]) -> list[Row]:
    length = max(len(values) for values in columns.values())
    return [{name: values[at] for name, values in columns.items() if at < len(values)} for at in range(length)]


def _runs(data: Mapping[str, Any]) -> dict[str, dict[str, list[Any]]]:
    """The lists of each training where the document holds several under names of their own (folds, seeds, models): all
    have the same lists, among them a loss, and no name is that of a split, a network or a quantity."""
    found = {name: dict(_lists_in(inner)) for name, inner in data.items() if isinstance(inner, Mapping)}
    names = {frozenset(columns) for columns in found.values()}
    if len(found) < 2 or len(names) != 1 or not any(name_role(name).role == "train_loss" for name in names.pop()):
        return {}
    said = {word.kind for name in found for word in words_of(name)}
    return found if said <= _NAMES_A_RUN else {}


def _lists_in(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The lists in an object and in the objects it holds, names joined with a dot."""
    for name, inner in value.items():
        if isinstance(inner, list):
            yield f"{prefix}{name}", inner
        elif isinstance(inner, Mapping):
            yield from _lists_in(inner, f"{prefix}{name}.")
