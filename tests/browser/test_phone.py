"""The page on a phone: what is wrong and what to do stand beside each other, and nothing lies beyond the edge."""

from __future__ import annotations

from dataclasses import replace

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.browser.conftest import Open, violations
from tests.diagnoses import sweep

PHONE = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}


def test_advice_and_verdict_of_every_run_are_in_sight(open_page: Open, chromium: Chrome) -> None:
    many = sweep(6)
    long_name = "experiments/2026-10/bert-base/sweep-of-learning-rates/seed-17/version_0"
    many = replace(many, runs=(replace(many.runs[0], run=long_name, name=long_name), *many.runs[1:]))
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        driver = open_page(many)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 400
        for name in ("run", "verdict", "cause", "sure", "rate", "advice", "final"):
            cells = driver.find_elements(By.CSS_SELECTOR, f"#runs .{name}-cell")
            assert len(cells) == 6
            for one in cells:
                assert one.is_displayed()
                assert one.rect["x"] >= 0
                assert one.rect["x"] + one.rect["width"] <= 400
        (shown,) = [one for one in driver.find_elements(By.CSS_SELECTOR, "#runs a[title]") if one.is_displayed()]
        assert shown.get_attribute("title") == long_name
        assert "…" in shown.text
        assert shown.text.startswith("experiments/")
        assert shown.text.endswith("version_0")
        words = driver.find_elements(By.CSS_SELECTOR, "#runs .pick-word")
        assert all(one.text == "overlay" for one in words)
        assert violations(driver) == []
    finally:
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE | {"width": 1280, "mobile": False})


@pytest.mark.parametrize("width", [700, 1280])
def test_on_a_wide_screen_the_boxes_say_what_they_are_for(open_page: Open, chromium: Chrome, width: int) -> None:
    size = PHONE | {"width": width, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        driver = open_page(sweep(3))
        head = driver.find_element(By.CSS_SELECTOR, "#runs thead .pick-head")
        assert head.text == "Overlay"
        assert head.rect["height"] < 30, "the word stands on one line"
        assert driver.find_element(By.CSS_SELECTOR, ".tools-head").text == "Show"
        table = driver.find_element(By.ID, "runs")
        box = driver.find_element(By.CSS_SELECTOR, ".all-runs .scroll")
        if width == 1280:
            assert table.rect["width"] <= box.rect["width"] + 1
    finally:
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size | {"width": 1280})


def test_the_filter_finds_a_name_whose_middle_is_not_shown(open_page: Open) -> None:
    many = sweep(3)
    name = "experiments/2026-10/bert-base/hidden-in-the-middle/of-a-long-name/seed-17"
    many = replace(many, runs=(replace(many.runs[0], run=name, name=name), *many.runs[1:]))
    driver = open_page(many)
    driver.find_element(By.ID, "filter").send_keys("hidden-in-the-middle")
    rows = [one for one in driver.find_elements(By.CSS_SELECTOR, "#runs tbody tr") if one.is_displayed()]
    assert len(rows) == 1
