"""What a verdict was drawn from: files, roles chosen and passed over, repairs, restarts, settings found in the log."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Note, Rewind, Setting
from loglens.render import numbers, words
from loglens.render.page.views.events import LISTED, SaidLine, said_lines
from loglens.render.page.views.text import shown

CONFIG_SHOWN = 60
FILES_SHOWN = 40
NOTES_SHOWN = 60
PASSED_OVER_SHOWN = 12
LATE = "The log begins late: it does not hold the start of the training, and nothing is concluded about it."
NOTE_KINDS = {"repair": "Repaired", "dropped": "Left out", "guess": "Guessed", "info": "Note"}


@dataclass(frozen=True, slots=True)
class Role:
    """`passed_over`: pairs of a series and the reason it was not taken; `more`: how many are not listed."""

    title: str
    series: str
    reason: str
    passed_over: tuple[tuple[str, str], ...]
    more: str


@dataclass(frozen=True, slots=True)
class NoteView:
    kind: str
    text: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """`full_name` only where the name shown elsewhere is a shortened one."""

    full_name: str
    source: str
    files: tuple[str, ...]
    more_files: str
    series: str
    roles: tuple[Role, ...]
    notes: tuple[NoteView, ...]
    rewinds: tuple[str, ...]
    more_notes: str
    said: tuple[SaidLine, ...]
    more_said: str
    late: str
    config: tuple[tuple[str, str], ...]
    more_config: str
    levels: tuple[tuple[str, str], ...]


def inputs_view(run: RunDiagnosis) -> Inputs:
    named = shown(run.run, 12_000)
    return Inputs(
        full_name="" if named == shown(words.run_name(run)) or run.run in {"", "."} else named,
        source=shown(run.source, 1000),
        files=tuple(shown(file, 1000) for file in run.files[:FILES_SHOWN]),
        more_files=_more(len(run.files) - FILES_SHOWN, "file"),
        series=numbers.counted(run.series_count, "series", "series") if run.series_count else "",
        roles=_roles(run),
        notes=tuple(_note(note) for note in run.notes[:NOTES_SHOWN]),
        rewinds=tuple(rewind_line(rewind) for rewind in run.rewinds[:NOTES_SHOWN]),
        more_notes=_more(len(run.notes[NOTES_SHOWN:]) + len(run.rewinds[NOTES_SHOWN:]), "note"),
        said=said_lines(run),
        more_said=_more(len(run.events) - LISTED, "line"),
        late=LATE if run.starts_late else "",
        config=settings_rows(dict(sorted(run.config.items())[:CONFIG_SHOWN])),
        more_config=_more(len(run.config) - CONFIG_SHOWN, "setting"),
        levels=_levels(run),
    )


def settings_rows(settings: dict[str, Setting]) -> tuple[tuple[str, str], ...]:
    return tuple((shown(name, 80), shown(_setting(value), 200)) for name, value in settings.items())


def rewind_line(rewind: Rewind) -> str:
    undone = f", {numbers.counted(rewind.rewritten, 'point')} written again" if rewind.rewritten else ""
    return (
        f"After step {numbers.count(rewind.last_step)} the run went on at step "
        f"{numbers.count(rewind.resumed_at)}{undone} ({shown(rewind.how, 80)})."
    )


def _roles(run: RunDiagnosis) -> tuple[Role, ...]:
    made = []
    chosen = {choice.role: choice for choice in run.choices}
    for role in [*run.roles, *(name for name in chosen if name not in run.roles)]:
        choice = chosen.get(role)
        series = run.roles.get(role) or (choice.series if choice else None)
        passed = choice.passed_over if choice else ()
        made.append(
            Role(
                shown(words.role_title(role), 60),
                shown(series) if series else "none",
                shown(choice.reason, 300) if choice else "",
                tuple((shown(item.series), shown(item.reason, 300)) for item in passed[:PASSED_OVER_SHOWN]),
                _more(len(passed) - PASSED_OVER_SHOWN, "series"),
            )
        )
    return tuple(made)


def _note(note: Note) -> NoteView:
    many = "" if note.count is None else f" ({numbers.count(note.count)}×)"
    places = [shown(item, 200) for item in (note.path, note.series) if item]
    if note.offset is not None:
        places.append(f"at {numbers.count(note.offset)}")
    return NoteView(NOTE_KINDS.get(note.kind, "Note"), shown(note.message, 400) + many, ", ".join(places))


def _levels(run: RunDiagnosis) -> tuple[tuple[str, str], ...]:
    """Where each loss ended and its lowest level, measured on the whole log."""
    rows = []
    for level in run.levels:
        if level.final is None:
            rows.append((words.role_title(level.role), f"no finite value ({level.method})"))
            continue
        noise = "" if level.noise is None else f" ± {numbers.sig(level.noise, 2)}"
        best = ""
        if level.best is not None and level.best_step is not None:
            best = f"; lowest {numbers.sig(level.best)} at step {numbers.count(level.best_step)}"
        rows.append((words.role_title(level.role), f"ends at {numbers.sig(level.final)}{noise}{best} ({level.method})"))
    return tuple(rows)


def _more(many: int, noun: str) -> str:
    if many <= 0:
        return ""
    return f"and {numbers.counted(many, noun, noun if noun == 'series' else '')} more"


def _setting(value: Setting) -> str:
    return "not set" if value is None else str(value)
