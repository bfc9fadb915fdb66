"""The command template: split first, substituted after, never seen by a shell.

`python train.py --resume {checkpoint} --lr {lr} --steps {steps} --out {out}` becomes an argv. Splitting before
substituting means that a path with spaces, quotes or `; rm` in it stays one word. Only the tokens below exist, and they
are replaced by a regular expression: `str.format` would let a template reach into objects.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from loglens.errors import SettingsError
from loglens.model.results.replay import ArmKind

TOKENS: Mapping[str, str] = {
    "checkpoint": "the checkpoint to resume from (a copy)",
    "clip": "gradient norm limit, 0 for none",
    "factor": "LR relative to the original",
    "lr": "peak learning rate",
    "out": "folder to write to",
    "python": "the Python that runs LogLens",
    "seed": "random seed",
    "skip": "batches to leave out as FIRST-LAST, empty for none",
    "start": "step of the checkpoint",
    "steps": "steps to run",
    "stop": "step to stop at (start + steps)",
    "warmup": "steps of warm-up after the restart",
}
TOKEN = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTemplate:
    """A command in words, tokens still in them."""

    words: tuple[str, ...]

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset(name for word in self.words for name in TOKEN.findall(word))

    @property
    def sets_lr(self) -> bool:
        """Whether the command line itself carries the learning rate."""
        return bool(self.tokens & {"lr", "factor"})

    @property
    def supports(self) -> frozenset[ArmKind]:
        """The kinds of arm this command can run: an optional arm needs its token."""
        kinds: set[ArmKind] = {"control", "lr"}
        optional: tuple[ArmKind, ...] = ("skip", "clip", "warmup")
        return frozenset(kinds | {kind for kind in optional if kind in self.tokens})

    def argv(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The argv for one arm; SettingsError where a token has no value (an unknown LR, say)."""

        def value(found: re.Match[str]) -> str:
            name = found.group(1)
            if name not in values:
                raise SettingsError(f"{{{name}}} in the command has no value here: {MISSING.get(name, 'unknown')}")
            return values[name]

        return tuple(TOKEN.sub(value, word) for word in self.words)


MISSING: Mapping[str, str] = {
    "lr": "the log does not tell the learning rate; give it with --lr, or use {factor}",
    "checkpoint": "the stretch starts at step 0, where there is no checkpoint",
}


def parse_template(command: str) -> CommandTemplate:
    """The template a user typed; SettingsError on unbalanced quotes, no command, or a token that does not exist."""
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise SettingsError(f"--command {command!r}: {error}") from error
    if not words:
        raise SettingsError("--command is empty")
    template = CommandTemplate(words=words)
    if unknown := sorted(template.tokens - TOKENS.keys()):
        known = ", ".join(f"{{{name}}}" for name in sorted(TOKENS))
        raise SettingsError(
            f"--command: no such token {', '.join(f'{{{name}}}' for name in unknown)}; there are {known}"
        )
    if "out" not in template.tokens:
        raise SettingsError("--command must say where to write with {out}: a replay never writes into the original run")
    return template
