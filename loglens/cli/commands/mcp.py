"""`loglens mcp`: the agent's door."""

from __future__ import annotations

from pathlib import Path

import click

from loglens.errors import SettingsError


@click.command("mcp", short_help="Serve diagnoses to an agent over MCP (stdio, read-only).")
@click.argument("roots", nargs=-1, metavar="[ROOT]...", type=click.Path(path_type=Path))
def command(roots: tuple[Path, ...]) -> int:
    """Serve the tools list_runs, inspect, diagnose, compare and explain to an MCP client over stdin and stdout.

    Only what lies below ROOT (the current folder where none is given) can be read, and nothing is written. Needs the
    extra: pip install "loglens[mcp]".

    \b
    loglens mcp runs/
    claude mcp add loglens -- loglens mcp /data/runs
    """
    try:
        from loglens.mcp.server import serve
    except ImportError as error:
        raise SettingsError(f'loglens mcp needs the MCP SDK ({error}): pip install "loglens[mcp]"') from error
    serve(roots or (Path.cwd(),))
    return 0
