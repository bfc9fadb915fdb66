"""Takes the pictures by which the page's looks are judged, from any diagnosis.

    python tests/tools/screenshots.py report.json --out /tmp/pictures     one picture a look
    python tests/tools/screenshots.py --out /tmp/pictures                 of made-up runs: one, twenty, a replay
    python tests/tools/screenshots.py report.html --readme .github/report.png

A JSON file is what `loglens diagnose --format json` wrote; an HTML file is taken as it is. Needs Chromium with its
driver; the printed page becomes a PNG where `pdftoppm` is installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver import Chrome

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from loglens.model.documents.from_json import from_document
from loglens.render.page.report import HtmlReport
from tests.browser.chromium import browser, full_picture, missing, paper
from tests.browser.waiting import load
from tests.diagnoses import diagnosis, run_diagnosis, sweep, with_replay

README_WIDTH, README_HEIGHT = 1180, 1330
README_LIMIT = 300_000
"""Bytes of the picture in README."""
LOOKS = {
    "light": {"width": 1280},
    "dark": {"width": 1280, "dark": True},
    "narrow": {"width": 390},
    "narrow-dark": {"width": 390, "dark": True},
    "wide": {"width": 1600},
    "no-script": {"width": 1280, "script": False},
}


def main() -> int:
    options = _arguments()
    if reason := missing():
        print(f"no pictures: {reason}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        pages = _pages(options.source, Path(folder))
        if options.readme:
            size = readme_picture(next(iter(pages.values())), options.readme)
            print(f"{options.readme}: {size:,} bytes")
            return 0 if size <= README_LIMIT else 1
        options.out.mkdir(parents=True, exist_ok=True)
        for name, page in pages.items():
            for path in pictures(page, options.out, name):
                print(path)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "source", nargs="?", type=Path, help="a diagnosis as JSON or as a page; made-up runs without it"
    )
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="folder for the pictures")
    parser.add_argument("--readme", type=Path, metavar="PNG", help="only the one for README, written here")
    return parser.parse_args()


def _pages(source: Path | None, folder: Path) -> dict[str, Path]:
    """The pages to be looked at, by name."""
    if source is not None and source.suffix == ".html":
        return {source.stem: source.resolve()}
    if source is not None:
        shown = {source.stem: from_document(json.loads(source.read_text(encoding="utf-8")))}
    else:
        shown = {"one": diagnosis(with_replay(run_diagnosis())), "twenty": sweep(20, 5000)}
    pages = {}
    for name, one in shown.items():
        pages[name] = folder / f"{name}.html"
        pages[name].write_text(HtmlReport().render(one), encoding="utf-8")
    return pages


def pictures(page: Path, out: Path, name: str) -> list[Path]:
    """One PNG a look, of the whole page, and the page as it is printed."""
    made = []
    for look, settings in LOOKS.items():
        path = out / f"{name}-{look}.png"
        with browser(**settings) as driver:  # type: ignore[arg-type]
            _open(driver, page)
            _draw_everything(driver, settings["width"])
            full_picture(driver, path)
        made.append(path)
    with browser() as driver:
        _open(driver, page)
        paper(driver, out / f"{name}-print.pdf")
    made.append(out / f"{name}-print.pdf")
    if shutil.which("pdftoppm"):
        command = ["pdftoppm", "-png", "-r", "70", str(made[-1]), str(out / f"{name}-print")]
        subprocess.run(command, check=True)
        made += sorted(out.glob(f"{name}-print-*.png"))
    return made


def readme_picture(page: Path, path: Path) -> int:
    """Verdict, advice and curves in light colours; returns the size in bytes."""
    with browser(width=README_WIDTH, height=README_HEIGHT) as driver:
        _open(driver, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        driver.save_screenshot(str(path))
    return path.stat().st_size


def _open(driver: Chrome, page: Path) -> None:
    load(driver, page.as_uri())
    time.sleep(0.8)


def _draw_everything(driver: Chrome, width: int) -> None:
    """Charts are drawn when they come into view, so the view is made as tall as the page."""
    size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    tall = {"width": width, "height": min(int(size["height"]), 16_000), "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", tall)
    time.sleep(1.0)


if __name__ == "__main__":
    sys.exit(main())
