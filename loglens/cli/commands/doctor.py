"""`loglens doctor`: what is installed here, what is missing, and how to get it."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

import click

from loglens import __version__
from loglens.cli.group import EXIT_USAGE

USES = {
    "replay": "replay with a torch target, patched checkpoints",
    "mcp": "the server for agents",
    "remote": "s3://, gs:// and other remote paths",
    "cluster": "--backend dask or ray",
    "notify": "messages of loglens nightly",
    "tensorboard": "event records of rare kinds",
    "pandas": "pandas frames in and out",
}
"""What an extra is for; the extra `test` is for developers and left out."""
BROWSERS = (
    "firefox",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "opera",
)
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*?)\s*(?:;\s*(.*))?$")
EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


@dataclass(frozen=True, slots=True)
class Package:
    """A requirement: its name, the versions it allows as text, and what is installed ('' where nothing is)."""

    name: str
    wanted: str
    found: str

    @property
    def good(self) -> bool:
        least = re.search(r">=\s*([\d.]+)", self.wanted)
        return bool(self.found) and (least is None or _numbers(self.found) >= _numbers(least[1]))


@click.command("doctor", short_help="Show what is installed, what is missing, and how to get it.")
def command() -> int:
    """Check this installation: versions, extras, GPU, browser, and what to type where something is missing.

    Exits with 2 where a package that LogLens cannot do without is missing or too old.

    \b
    loglens doctor
    """
    needed, extras = requirements()
    click.echo(f"LogLens {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    bad = [item for item in needed if not item.good]
    click.echo("Needed")
    for item in needed:
        click.echo(f"  {_mark(item.good)} {item.name:<18} {item.found or 'missing':<14} {item.wanted[:36]}".rstrip())
    click.echo("\nExtras")
    for extra, packages in sorted(extras.items()):
        lacking = [package.name for package in packages if not package.good]
        click.echo(f"  {_mark(not lacking)} {extra:<18} {USES.get(extra, '')}".rstrip())
        if lacking:
            click.echo(f"    missing: {', '.join(lacking)}")
            click.echo(f'    get it with: pip install "loglens[{extra}]"')
    click.echo("\nHere")
    for good, title, said in surroundings():
        click.echo(f"  {_mark(good)} {title:<18} {said}")
    if bad:
        click.echo(f"\nTo mend: pip install --upgrade {' '.join(item.name for item in bad)}")
    return EXIT_USAGE if bad else 0


def requirements() -> tuple[list[Package], dict[str, list[Package]]]:
    """What the installed metadata asks for: always, and by extra."""
    try:
        lines = requires("loglens") or []
    except PackageNotFoundError:
        lines = []  # run from a folder that was never installed: there is nothing to compare with
    needed: list[Package] = []
    extras: dict[str, list[Package]] = {}
    for line in lines:
        found = REQUIREMENT.match(line)
        if found is None:
            continue
        name, wanted, marker = found[1], found[2], found[3] or ""
        package = Package(name, wanted, _installed(name))
        extra = EXTRA.search(marker)
        if extra is None:
            needed.append(package)
        elif extra[1] != "test":
            extras.setdefault(extra[1], []).append(package)
    return needed, extras


def surroundings() -> Iterator[tuple[bool, str, str]]:
    """(whether it is there, what, in words) for the machine itself."""
    yield _gpu()
    yield _browser()
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    yield True, "terminal", f"{'colour' if colour else 'plain text'}, {sys.stdout.encoding}"
    writable = os.access(".", os.W_OK)
    yield writable, "this folder", "reports can be written" if writable else "cannot be written: give -o FILE"
    shell = os.path.basename(os.environ.get("SHELL", "")) or "bash"  # noqa: PTH119
    known = shell if shell in ("bash", "zsh", "fish") else "bash"
    yield True, "completion", f'eval "$(_LOGLENS_COMPLETE={known}_source loglens)"'


def _gpu() -> tuple[bool, str, str]:
    from loglens.replay.processes.devices import list_gpus

    gpus = list_gpus()
    if not gpus:
        return False, "GPU", "none that nvidia-smi knows; replay runs on the CPU"
    return True, "GPU", f"{len(gpus)}, {sum(not gpu.busy for gpu in gpus)} of them free"


def _browser() -> tuple[bool, str, str]:
    import shutil
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:  # Python asks for a display as well
        found = next(filter(shutil.which, BROWSERS), None)
        if found is None:
            return False, "browser", "none here: open the page elsewhere, it needs no network"
        return True, "browser", f"{found}, but no display: open the page elsewhere"
    return True, "browser", "the page can be opened"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(item) for item in re.findall(r"\d+", text.split("+", maxsplit=1)[0])[:3])


def _mark(good: bool) -> str:
    return "✓" if good else "–"
