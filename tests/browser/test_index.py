"""The index of many runs as a reader has it: only rows in sight exist, filters answer, no network is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from loglens.render.page.index import index_page
from tests.browser.chromium import complaints, requests
from tests.browser.conftest import violations
from tests.browser.indexes import many
from tests.browser.waiting import load, wait_for

MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.html"
    path.write_text(index_page(many(10_000)), encoding="utf-8")
    return path


@pytest.fixture
def opened(chromium: Chrome, page: Path) -> Iterator[Chrome]:
    chromium.get("about:blank")
    requests(chromium), complaints(chromium)
    load(chromium, page.as_uri())
    yield chromium
    assert requests(chromium) == []
    assert complaints(chromium) == []


def rows(driver: Chrome) -> list[str]:
    return [one.text for one in driver.find_elements(By.CSS_SELECTOR, "#body .grid-row")]


def count(driver: Chrome) -> str:
    return driver.find_element(By.ID, "count").text


def test_ten_thousand_runs_weigh_little_and_few_rows_exist(opened: Chrome, page: Path) -> None:
    assert page.stat().st_size < MOST_BYTES
    assert 10 < len(rows(opened)) < 80
    assert count(opened) == "10,000"


def test_scrolling_brings_the_last_run(opened: Chrome) -> None:
    opened.execute_script("const s = document.getElementById('scroll'); s.scrollTop = s.scrollHeight;")
    drawn = "return [...document.querySelectorAll('#body .grid-row')].map(row => Number(row.ariaRowIndex));"
    places = wait_for(lambda: [place for place in [opened.execute_script(drawn)] if max(place, default=0) == 10_001])[0]
    assert len(places) < 80


def test_filters_narrow_and_are_kept_in_the_address(opened: Chrome) -> None:
    opened.find_element(By.ID, "filter").send_keys("team-2 seed0100")
    assert count(opened) == "10 of 10,000"
    opened.find_element(By.ID, "filter").send_keys(" -sweep-002")
    assert count(opened) == "9 of 10,000"
    opened.set_script_timeout(5)
    opened.execute_async_script("setTimeout(arguments[0], 300);")
    address = opened.current_url
    assert "team-2" in address
    opened.get("about:blank")
    load(opened, address)
    assert count(opened) == "9 of 10,000"


def test_a_tile_and_a_group_show_their_runs(opened: Chrome) -> None:
    tile = opened.find_element(By.CSS_SELECTOR, '[data-filter="state:stalled"]')
    wanted = tile.find_element(By.TAG_NAME, "strong").text
    tile.click()
    assert count(opened) == f"{wanted} of 10,000"
    group = opened.find_element(By.CSS_SELECTOR, "[data-group]")
    many_runs = group.find_element(By.XPATH, "../..").find_element(By.TAG_NAME, "strong").text.split(" ")[0]
    assert "," in many_runs
    group.click()
    assert count(opened) == f"{many_runs} of 10,000"
    assert "peak LR ≥ 3e-3" in opened.find_element(By.CSS_SELECTOR, ".group .shared").text


def test_names_are_shortened_but_never_where_they_differ(opened: Chrome) -> None:
    names = [one.text for one in opened.find_elements(By.CSS_SELECTOR, "#body .c-name bdi")]
    assert len(set(names)) == len(names)
    assert any("…" in one for one in names)


def test_a_column_sorts_both_ways(opened: Chrome) -> None:
    head = opened.find_element(By.CSS_SELECTOR, '[data-key="final"]')
    head.click()
    first = opened.find_element(By.CSS_SELECTOR, "#body .grid-row .c-final").text
    head.click()
    last = opened.find_element(By.CSS_SELECTOR, "#body .grid-row .c-final").text
    assert float(first) < float(last)


def test_nothing_is_out_of_reach_for_a_screen_reader(opened: Chrome) -> None:
    assert violations(opened) == []
