"""The `loglens` group: commands are imported when they are asked for, and every ending has its exit code.

0 nothing at or above --fail-on; 1 findings at or above it; 2 bad usage, or nothing could be judged; 3 a replay could
not be carried out; 4 a bug in LogLens; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import StringIO
from typing import Any, TextIO

import click

from loglens import __version__, crash
from loglens.errors import Broken, LogLensError, ReplayError
from loglens.render.printable import printable

COMMANDS: dict[str, str] = {
    "diagnose": "Say what went wrong in a run, why, and which learning rate to use next.",
    "inspect": "Show what would be read: series, roles chosen and passed over, repairs.",
    "export": "Write every point of a log as one long table.",
    "compare": "Compare two sets of runs: better, worse, or just noise?",
    "replay": "Run the bad stretch again with a lower learning rate, to prove the diagnosis.",
    "nightly": "Judge every run that changed since last night: index, pages, message.",
    "ack": "Accept a finding of the nightly until a day.",
    "watch": "Follow a run while it trains, and say so as soon as something is wrong.",
    "render": "Render a saved diagnosis, in any format.",
    "explain": "Explain a finding or a cause.",
    "demo": "Diagnose the logs that ship with LogLens.",
    "mcp": "Serve diagnoses to an agent over MCP.",
    "doctor": "Show what is installed, what is missing, and how to get it.",
    "schema": "Print the JSON Schema of `--format json`.",
}
EXIT_FINDINGS, EXIT_USAGE, EXIT_REPLAY, EXIT_BUG, EXIT_INTERRUPTED = 1, 2, 3, 4, 130
EXITS = ((ReplayError, EXIT_REPLAY), (Broken, EXIT_BUG))


class LazyGroup(click.Group):
    """Knows its commands' names and first lines; a command's module is imported only when the command runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"loglens.cli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and os.path.exists(args[0]):  # noqa: PTH110
            ctx.fail(f"no such command: {args[0]!r}. To diagnose it: loglens diagnose {args[0]}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            result = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()  # a full disk is met here, and not when nobody looks any more
        except click.ClickException as error:
            said = StringIO()
            error.show(file=said)
            for line in said.getvalue().splitlines():
                click.echo(printable(line), err=True)
            sys.exit(EXIT_USAGE)
        except (click.Abort, KeyboardInterrupt) as error:
            # click takes the end of any file for that of the terminal, and asks nobody here
            if isinstance(error.__cause__, EOFError):
                click.echo(f"Error: {printable(crash.told(error.__cause__))}", err=True)
                sys.exit(EXIT_BUG)
            click.echo("Interrupted.", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except LogLensError as error:
            click.echo(f"Error: {printable(str(error))}", err=True)
            sys.exit(next((code for kind, code in EXITS if isinstance(error, kind)), EXIT_USAGE))
        except BrokenPipeError:
            # the reader of our output went away (`loglens ... | head`): not an error, and nothing more to write
            _nowhere(sys.stdout)
            sys.exit(0)
        except OSError as error:
            # a disk that is full, a folder that is gone: the machine's business, and no bug
            _nowhere(sys.stdout)
            place = f" ({printable(str(error.filename))})" if error.filename else ""
            click.echo(f"Error: {error.strerror or error}{place}: free some space, or give another place", err=True)
            sys.exit(EXIT_USAGE)
        except Exception as error:  # whatever is left is a bug, and the user is told so instead of shown a traceback
            click.echo(f"Error: {printable(crash.told(error))}", err=True)
            sys.exit(EXIT_BUG)
        sys.exit(result if isinstance(result, int) else 0)


def _nowhere(stream: TextIO) -> None:
    """What is still to be written to the stream is dropped: a second failure at the end would only add noise."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="loglens %(version)s")
def cli() -> None:
    """LogLens reads the logs of a training run and says what went wrong, since which step, why, and which learning
    rate to use next.

    \b
    loglens demo                          see it at work on logs that ship with it
    loglens diagnose runs/my-run          a summary here, a page in loglens-report.html
    loglens explain lr_too_high           what a finding or a cause means
    """
