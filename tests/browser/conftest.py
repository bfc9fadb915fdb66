"""One browser for all tests of a module, and pages written where it can open them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from loglens.model.diagnosis import Diagnosis
from loglens.render.page.report import HtmlReport
from tests.browser.chromium import browser, complaints, missing, requests
from tests.browser.waiting import load

AXE = Path(__file__).parent / "vendor" / "axe.min.js.gz"
Open = Callable[..., Chrome]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chrome]:
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: on CI the page must be tested")
    if reason:
        pytest.skip(reason)
    with browser() as driver:
        yield driver


@pytest.fixture
def open_page(chromium: Chrome, tmp_path: Path) -> Iterator[Open]:
    """Writes a diagnosis as a page and opens it, `fragment` behind the `#`. At the end of the test: no request was
    made, and the console is empty."""

    def write_and_open(diagnosis: Diagnosis, fragment: str = "") -> Chrome:
        path = tmp_path / "report.html"
        path.write_text(HtmlReport().render(diagnosis), encoding="utf-8")
        # from another document: a change of the fragment alone would not load the page anew
        chromium.get("about:blank")
        chromium.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": 0, "y": 0})
        requests(chromium), complaints(chromium)
        load(chromium, path.as_uri() + (f"#{fragment}" if fragment else ""))
        return chromium

    yield write_and_open
    assert requests(chromium) == []
    assert complaints(chromium) == []


def violations(driver: Chrome) -> list[str]:
    """What axe-core objects to, one line each."""
    driver.execute_script(gzip.decompress(AXE.read_bytes()).decode())
    driver.set_script_timeout(120)
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations.flatMap("
        "(one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))));"
    )
    return [str(one) for one in found]
