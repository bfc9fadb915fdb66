"""Digests on their way: apprise's many services, a plain JSON webhook, a Slack-shaped one.

A channel is a URL: `slack+https://…` (and `https://hooks.slack.com/…`) gets Slack's shape, any other `http(s)://…` the
digest as JSON, everything else is apprise's (`mailto://`, `msteams://`, `discord://`, …). A channel that fails is tried
again, then told in the log; it never fails the night. URLs hold passwords: only scheme and host are shown, and the
state knows a channel by a hash.
"""

from __future__ import annotations

import hashlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from loglens.fleet.nightly.digest import Digest, digest
from loglens.fleet.nightly.owners import NightlySettings
from loglens.fleet.nightly.report import Report
from loglens.fleet.nightly.state import State

TRIES = 4
FIRST_PAUSE = 1.0
"""Seconds; doubled after each try."""
TIMEOUT = 15.0

Say = Callable[[str], None]
Send = Callable[[str, Digest], None]


def notified(
    state: State,
    report: Report,
    settings: NightlySettings,
    *,
    base_url: str,
    now: float,
    say: Say,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Tell every channel what changed for it, once; returns how many were told."""
    told = 0
    for channel, runs in _by_channel(report, settings).items():
        quiet = {
            key: at for key, at in state.sent(_hashed(channel)).items() if now - at < 3600 * settings.suppress_hours
        }
        message = digest(report, runs, quiet, base_url=base_url)
        if message is None:
            continue
        if delivered(channel, message, say=say, pause=pause):
            state.put_sent(_hashed(channel), list(message.ids), now)
            told += 1
    return told


def _hashed(channel: str) -> str:
    return hashlib.sha256(channel.encode()).hexdigest()[:16]


def _by_channel(report: Report, settings: NightlySettings) -> Mapping[str, list[str]]:
    channels: dict[str, list[str]] = {}
    for row in report.index.rows:
        for channel in settings.channels(row.run):
            channels.setdefault(channel, []).append(row.run)
    return channels


def delivered(channel: str, message: Digest, *, say: Say, pause: Callable[[float], None] = time.sleep) -> bool:
    """Whether it arrived, after `TRIES` tries with growing pauses."""
    for attempt in range(TRIES):
        if attempt:
            pause(FIRST_PAUSE * 2 ** (attempt - 1))
        try:
            _send(channel, message)
        except Exception as error:  # whatever a service or a network does, the night goes on
            why = f"{type(error).__name__}{_without(channel, str(error))}"
            continue
        return True
    say(f"could not notify {shown(channel)} in {TRIES} tries ({why}); the reports are written all the same")
    return False


def _without(channel: str, text: str) -> str:
    """An error's words, unless they hold the channel's address and so its password."""
    parts = urlsplit(channel)
    secrets = [item for item in (channel, parts.password, parts.path.strip("/"), parts.query) if item]
    return "" if any(secret in text for secret in secrets) else f": {text[:200]}"


def shown(channel: str) -> str:
    """`https://hooks.example/…`: never what stands behind the host, nor a password before it."""
    parts = urlsplit(channel)
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def _send(channel: str, message: Digest) -> None:
    if channel.startswith("slack+"):
        _post(channel.removeprefix("slack+"), message.slack())
    elif channel.startswith(("http://", "https://")):
        slack = (urlsplit(channel).hostname or "").endswith("hooks.slack.com")
        _post(channel, message.slack() if slack else message.document())
    else:
        _by_apprise(channel, message)


def _post(url: str, document: Mapping[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 (the user's own address, http or https only)
        url, json.dumps(document).encode(), {"Content-Type": "application/json", "User-Agent": "loglens"}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        answer.read(1000)


def _by_apprise(channel: str, message: Digest) -> None:
    try:
        apprise: Any = import_module("apprise")
    except ImportError as error:
        raise RuntimeError("this channel needs the extra: pip install 'loglens[notify]'") from error
    sender = apprise.Apprise()
    if not sender.add(channel):
        raise RuntimeError("apprise does not know this kind of address")
    if not sender.notify(title=message.title, body=message.text()):
        raise RuntimeError("the service refused it")


def check_channels(channels: Iterable[str]) -> list[str]:
    """Of these, the ones that are no address at all."""
    return [channel for channel in channels if "://" not in channel]
