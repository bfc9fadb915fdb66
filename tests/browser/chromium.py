"""Debian's Chromium under Selenium, with its log of requests and of what a page complains about."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))


def missing() -> str:
    """Why no browser can be started here, '' where one can."""
    if not CHROMIUM:
        return "no Chromium in PATH"
    if not DRIVER:
        return "no chromedriver in PATH"
    return ""


@contextmanager
def browser(
    *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True, scale: float = 1
) -> Iterator[webdriver.Chrome]:
    """A headless window of that size. `script` False: JavaScript switched off; `scale`: device pixels per CSS pixel."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
        "--disable-dev-shm-usage", "--hide-scrollbars", f"--window-size={width},{height}",
        f"--force-device-scale-factor={scale}",
    ):  # fmt: skip
        options.add_argument(flag)
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    try:
        driver.set_window_size(width, height)
        # a headless window has a least width; the emulated screen has none
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
        )
        prefer(driver, "dark" if dark else "light")
        yield driver
    finally:
        driver.quit()


def prefer(driver: webdriver.Chrome, scheme: str) -> None:
    """A reader whose system is 'light' or 'dark', and who wants no motion: a page that glides cannot be clicked."""
    wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


def _log(driver: webdriver.Chrome, kind: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = driver.execute("getLog", {"type": kind})["value"]
    return entries


def requests(driver: webdriver.Chrome) -> list[str]:
    """The addresses the page asked for since the last call, without the page itself and `data:` ones."""
    sent = []
    for entry in _log(driver, "performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if not url.startswith("data:") and message["params"].get("type") != "Document":
                sent.append(url)
    return sent


def complaints(driver: webdriver.Chrome) -> list[str]:
    """Errors and warnings of the console since the last call, policy violations among them."""
    return [entry["message"] for entry in _log(driver, "browser") if entry["level"] in {"SEVERE", "WARNING"}]


def full_picture(driver: webdriver.Chrome, path: Path, *, most: int = 16_000) -> None:
    """The whole page as a PNG, at most `most` CSS pixels high."""
    import base64

    size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    picture = driver.execute_cdp_cmd(
        "Page.captureScreenshot",
        {
            "format": "png",
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1},
        },
    )
    path.write_bytes(base64.b64decode(picture["data"]))


def paper(driver: webdriver.Chrome, path: Path) -> None:
    """The page as it is printed, a PDF."""
    import base64

    printed = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})
    path.write_bytes(base64.b64decode(printed["data"]))
