"""Logs become runs: parts of one run put together, duplicates told from unrelated logs, every run named once.

Rule by rule: `run_folder.py` says which folder names a run, `resume.py` what a restart undid, `duplicates.py` whether
two logs hold the same run; here they are applied in that order, and each run gets its name and its roles.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loglens.model.run import Note, Problem, Run, configured_rate
from loglens.readers.contract.base import Log
from loglens.readers.naming.continued import counted_on
from loglens.readers.naming.metric_names import name_role
from loglens.readers.naming.named_series import with_meaning
from loglens.readers.naming.roles import cast_roles, check_mapping
from loglens.readers.runs.beginning import beyond_measure, starts_late
from loglens.readers.runs.duplicates import DuplicateCandidate, are_duplicates, duplicate_groups, fullest
from loglens.readers.runs.resume import Resolved, resolve
from loglens.readers.runs.run_folder import in_run_folders, started
from loglens.readers.runs.writers import told_apart
from loglens.readers.settings.named import rate_in_name

_RUNS_BELOW = 50
"""A console log above more runs than this is that of a sweep."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draft:
    """A run before it has a name: the parts it was put together from and what they gave."""

    parts: tuple[Log, ...]
    resolved: Resolved

    @property
    def head(self) -> Log:
        return self.parts[0]

    @property
    def of_folder(self) -> bool:
        """The folder names the run, whatever else lies in it."""
        return not self.head.own_file and not self.head.label


def assembled(
    logs: Sequence[Log], root: Path, mapping: Mapping[str, str]
) -> tuple[tuple[Run, ...], tuple[Problem, ...]]:
    """The runs in these logs, sorted by name, and everything that could not be read. Raises SettingsError where
    `mapping` names a role or a series that does not exist."""
    problems = list(relative_problems((problem for log in logs for problem in log.problems), root))
    logs = in_run_folders([part for log in logs for part in told_apart(log)])
    groups: dict[object, list[Log]] = {}
    for log in logs:
        groups.setdefault(_key(log), []).append(log)
    drafts = [draft for parts in groups.values() if (draft := _draft(parts)) is not None]
    problems += _empty(logs, drafts, root, problems)
    copies = _console_copies(drafts)
    by_folder: dict[Path, list[_Draft]] = {}
    for draft in drafts:
        if any(draft is copy for here in copies.values() for copy in here):
            continue
        by_folder.setdefault(draft.head.folder, []).append(draft)
    runs = [run for folder, here in by_folder.items() for run in _named(folder, here, root, copies)]
    finished = [_with_roles(run, mapping) for run in _uniquely(runs)]
    check_mapping(mapping, [series.tag for run in finished for series in run.series])
    return tuple(sorted(finished, key=lambda run: run.name)), tuple(problems)


def _key(log: Log) -> object:
    """Logs with the same key are parts of one run."""
    if log.run_id:
        return log.format, log.run_id
    if log.label:
        return log.format, log.file, log.label
    return (log.format, log.file) if log.own_file else (log.format, log.folder)


def _draft(parts: Sequence[Log]) -> _Draft | None:
    filled = sorted((part for part in parts if any(len(column.steps) for column in part.columns)),
                    key=lambda part: (started(part), str(part.file)))  # fmt: skip
    if len(filled) == 1:
        filled = [counted_on(filled[0])]
    return _Draft(parts=tuple(filled), resolved=resolve(filled)) if filled else None


def _empty(logs: Sequence[Log], drafts: Sequence[_Draft], root: Path, told: Sequence[Problem]) -> list[Problem]:
    """Files that hold no point: told, unless their folder has a run to which they are parts that never began."""
    folders = {part.folder for draft in drafts for part in draft.parts}
    folders |= {part.file.parent for draft in drafts for part in draft.parts}
    known = {problem.path for problem in told}
    pointless: dict[tuple[Path, str], list[str]] = {}
    for log in logs:
        path = _relative_path(str(log.file), root)
        if log.folder not in folders and path not in known and not any(len(column.steps) for column in log.columns):
            pointless.setdefault((log.folder, log.format), []).append(path)
    why = "no point: nothing was logged before the program ended, or only other data than numbers"
    return [
        Problem(
            path=paths[0],
            message=f"the file {f'and {len(paths) - 1} more beside it hold' if paths[1:] else 'holds'} {why}",
        )
        for paths in pointless.values()
    ]


def _console_copies(drafts: Sequence[_Draft]) -> dict[int, list[_Draft]]:
    """By the id of a run: console logs in a folder above its own that only show it once more (`train.py > out.log`
    beside `lightning_logs/`)."""
    own = [(draft, _candidate(draft)) for draft in drafts if "console" not in draft.head.facts]
    copies: dict[int, list[_Draft]] = {}
    for draft in drafts:
        if "console" not in draft.head.facts:
            continue
        below = [(other, logged) for other, logged in own if draft.head.folder in other.head.folder.parents]
        printed = _candidate(draft)
        shown = (
            [other for other, logged in below if are_duplicates(printed, logged)] if len(below) <= _RUNS_BELOW else []
        )
        if len(shown) == 1:
            copies.setdefault(id(shown[0]), []).append(draft)
    return copies


def _candidate(draft: _Draft) -> DuplicateCandidate:
    head = draft.head
    return DuplicateCandidate(format=head.format, file=head.file, rank=head.rank, series=draft.resolved.series,
                of_folder=draft.of_folder, is_table="table" in head.facts)  # fmt: skip


def _named(folder: Path, drafts: Sequence[_Draft], root: Path, copies: Mapping[int, list[_Draft]]) -> list[Run]:
    """The runs of one folder. Duplicates become one; a file gives its name where the folder holds several runs."""
    duplicates = [_candidate(draft) for draft in drafts]
    chosen = [(fullest([duplicates[place] for place in group]), group) for group in duplicate_groups(duplicates)]
    owners = [group[best] for best, group in chosen]
    alone = len(owners) == 1
    labels: dict[Path, int] = {}
    for place in owners:
        head = drafts[place].head
        labels[head.file] = labels.get(head.file, 0) + bool(head.label)
    runs = []
    for place, (_, group) in zip(owners, chosen, strict=True):
        draft = drafts[place]
        by_folder = alone or any(drafts[other].of_folder for other in group)
        name = _name(draft, folder, root, by_folder=by_folder, several=labels[draft.head.file] > 1)
        others = [drafts[other] for other in group if other != place]
        others += [copy for member in group for copy in copies.get(id(drafts[member]), ())]
        runs.append(_run(draft, name, others))
    return runs


def _name(draft: _Draft, folder: Path, root: Path, *, by_folder: bool, several: bool) -> str:
    head = draft.head
    if head.label and several:
        return f"{_relative_path(str(head.file), root)}#{head.label}"
    if by_folder:
        return _relative_path(str(folder), root)
    return _relative_path(str(head.file), root)


def _run(draft: _Draft, name: str, duplicates: Sequence[_Draft]) -> Run:
    parts, resolved = draft.parts, draft.resolved
    notes = [note for part in parts for note in part.notes] + list(resolved.notes)
    for duplicate in duplicates:
        told = f"the same run is also in {duplicate.head.file.name} ({duplicate.head.format}); this one was read"
        notes.append(Note(kind="info", message=told, path=str(duplicate.head.file)))
    series = with_meaning(resolved.series)
    axes = [item.axis for item in series]
    config = {key: value for part in (*(p for duplicate in duplicates for p in duplicate.parts), *parts)
              for key, value in part.config.items()}  # fmt: skip
    logged = any(name_role(item.tag).role == "learning_rate" for item in series)
    if not logged and configured_rate(config) is None and (rate := rate_in_name(parts[0].file)) is not None:
        config["lr"] = rate
        notes.append(Note(kind="guess", message=f"the learning rate {rate:g} is taken from the name"))
    return Run(
        name=name,
        source=str(parts[0].folder if draft.of_folder else parts[0].file),
        format=parts[0].format,
        series=series,
        notes=tuple(notes),
        rewinds=resolved.rewinds,
        rewritten=resolved.rewritten,
        config=config,
        files=tuple(dict.fromkeys(str(part.file) for part in parts)),
        x_axis=max(dict.fromkeys(axes), key=axes.count, default="step"),
        live=any(part.live for part in parts),
        events=tuple(event for part in parts for event in part.events),
    )


def _with_roles(run: Run, mapping: Mapping[str, str]) -> Run:
    cast = cast_roles(run.series, mapping)
    run = replace(run, series=cast.series, roles=cast.choices, notes=(*run.notes, *cast.notes))
    loss = run.role("train_loss") or run.role("val_loss")
    if loss is None:
        return run
    notes = (*run.notes, *beyond_measure(run))
    return replace(run, x_axis=loss.axis, starts_late=starts_late(run, loss), notes=notes)


def _uniquely(runs: Sequence[Run]) -> list[Run]:
    """No name twice: a run that would share one is named by its file as well."""
    seen: dict[str, int] = {}
    unique = []
    for run in runs:
        name = run.name
        if name in seen:
            own = Path(run.files[0]).name
            name = own if name == "." else f"{name}/{own}"
        number = seen.get(name, 0) + 1
        seen[name] = number
        unique.append(replace(run, name=name if number == 1 else f"{name} ({number})"))
    return unique


def relative_problems(problems: Iterable[Problem], root: Path) -> tuple[Problem, ...]:
    """The problems with their paths relative to what was read."""
    return tuple(replace(problem, path=_relative_path(problem.path, root)) for problem in problems)


def _relative_path(path: str, root: Path) -> str:
    """With `/`, relative to what was read; '.' for that itself and for what lies above it."""
    if not Path(path).is_absolute():
        return Path(path).as_posix()
    relative = Path(os.path.relpath(path, root))
    return "." if relative.parts[:1] == ("..",) else relative.as_posix()
