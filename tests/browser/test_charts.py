"""The charts in a browser: zoom, keys, axes, scales, and their state in the address."""

from __future__ import annotations

import json
import time

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from loglens.model.results.what_if import WhatIfLaw
from tests.browser.conftest import Open
from tests.browser.waiting import wait_for
from tests.diagnoses import diagnosis, run_diagnosis, sweep, with_replay, with_what_if
from tests.render.edges import EDGES, paused


def plot(driver: Chrome, panel: str = "loss") -> WebElement:
    found = driver.find_element(By.CSS_SELECTOR, f'[data-panel="{panel}"] .plot')
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
    wait_for(lambda: found.find_elements(By.TAG_NAME, "canvas"))
    return found


def fragment(driver: Chrome) -> str:
    time.sleep(0.3)  # the address is written a moment after the last change
    return str(driver.execute_script("return location.hash"))


def zoom(driver: Chrome) -> tuple[int, int] | None:
    parts = [part for part in fragment(driver).lstrip("#").split("&") if part.startswith("z1=")]
    if not parts:
        return None
    low, high = parts[0].removeprefix("z1=").split(":")
    return int(low), int(high)


def readout(driver: Chrome) -> str:
    return driver.find_element(By.CSS_SELECTOR, "[data-readout]").text


def announced(driver: Chrome) -> str:
    return str(driver.execute_script("return document.getElementById('announce').textContent"))


def ink(driver: Chrome, panel: str = "loss") -> str:
    """A fingerprint of the canvas: changes when what is drawn changes."""
    script = f"return document.querySelector('[data-panel=\"{panel}\"] canvas').toDataURL()"
    return str(hash(driver.execute_script(script)))


def test_a_drag_zooms_all_charts_and_a_double_click_brings_the_whole_run_back(open_page: Open) -> None:
    driver = open_page(diagnosis(run_diagnosis()))
    over = plot(driver).find_element(By.CLASS_NAME, "u-over")
    plot(driver, "grad")
    before = ink(driver, "grad")
    plot(driver)
    ActionChains(driver).move_to_element_with_offset(over, -100, 0).click_and_hold().move_by_offset(
        200, 0
    ).release().perform()
    low, high = zoom(driver) or (0, 0)
    assert 0 < low < 299 < high < 599
    assert ink(driver, "grad") != before
    assert driver.find_element(By.CSS_SELECTOR, '[data-tool="reset"]').is_enabled()
    ActionChains(driver).double_click(over).perform()
    assert zoom(driver) is None


def test_shift_drag_moves_the_view_and_keeps_its_width(open_page: Open) -> None:
    driver = open_page(diagnosis(run_diagnosis()), "z1=200:300")
    over = plot(driver).find_element(By.CLASS_NAME, "u-over")
    chain = ActionChains(driver).move_to_element(over).key_down(Keys.SHIFT).click_and_hold()
    chain.move_by_offset(-100, 0).release().key_up(Keys.SHIFT).perform()
    low, high = zoom(driver) or (0, 0)
    assert low > 200
    assert high - low == pytest.approx(100, abs=2)


def test_sideways_wheel_moves_and_wheel_with_control_zooms(open_page: Open) -> None:
    driver = open_page(diagnosis(run_diagnosis()), "z1=200:300")
    plot(driver)
    send = (
        "document.querySelector('.u-over').dispatchEvent(new WheelEvent('wheel',"
        "{{deltaX: {}, deltaY: {}, ctrlKey: {}, clientX: 600, clientY: 300, cancelable: true}}))"
    )
    driver.execute_script(send.format(120, 0, "false"))
    moved = zoom(driver) or (0, 0)
    assert moved[0] > 200
    driver.execute_script(send.format(0, -200, "true"))
    closer = zoom(driver) or (0, 0)
    assert closer[1] - closer[0] < moved[1] - moved[0]
    driver.execute_script(send.format(0, 100, "false"))
    assert zoom(driver) == closer, "a plain wheel scrolls the page"


def test_the_keyboard_does_what_the_mouse_does(open_page: Open) -> None:
    driver = open_page(diagnosis(run_diagnosis()))
    chart = plot(driver)
    chart.send_keys(Keys.HOME)
    wait_for(lambda: announced(driver).startswith("Step 0,"))
    chart.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    wait_for(lambda: announced(driver).startswith("Step 2,"))
    assert "train loss 2.5" in readout(driver)
    assert "LR" in readout(driver)
    chart.send_keys("n")
    wait_for(lambda: "in 1: Loss spike" in announced(driver))
    low, high = zoom(driver) or (0, 0)
    assert low < 300 < 324 < high
    chart.send_keys("-")
    wider = zoom(driver) or (0, 0)
    assert wider[1] - wider[0] == pytest.approx(2 * (high - low), abs=2)
    chart.send_keys("0")
    assert zoom(driver) is None


def test_a_finding_shows_its_place_and_the_address_keeps_it(open_page: Open) -> None:
    driver = open_page(diagnosis(run_diagnosis()))
    driver.find_element(By.CSS_SELECTOR, '[data-go="r1-loss_spike-420-444"]').click()
    low, high = zoom(driver) or (0, 0)
    assert low < 420 < 444 < high < 520
    assert fragment(driver).startswith("#r1-loss_spike-420-444&")
    wait_for(lambda: "in 2: Loss spike" in readout(driver))


def test_the_address_brings_everything_back(open_page: Open) -> None:
    driver = open_page(diagnosis(paused()), "r1-loss_spike-300-324&log=1&axis=time&smooth=0.6&z1=250:350")
    assert driver.find_element(By.CSS_SELECTOR, '[data-tool="log"]').is_selected()
    assert driver.find_element(By.CSS_SELECTOR, '[data-tool="axis"][value="time"]').is_selected()
    assert driver.find_element(By.CSS_SELECTOR, '[data-tool="smooth"]').get_property("value") == "0.6"
    assert zoom(driver) == (250, 350)
    finding = driver.find_element(By.ID, "r1-loss_spike-300-324")
    wait_for(lambda: driver.execute_script("return arguments[0].getBoundingClientRect().top", finding) < 900)


@pytest.mark.parametrize(
    "broken", ["z1=a:b", "z1=9:1", "smooth=x&log=", "axis=none", "%E0%A4%A", "&&&=", "sort=x", "runs=,"]
)
def test_a_broken_address_is_no_broken_page(open_page: Open, broken: str) -> None:
    driver = open_page(diagnosis(), broken)
    assert plot(driver).is_displayed()


def test_scale_axis_smoothing_and_keys_redraw_the_charts(open_page: Open) -> None:
    driver = open_page(diagnosis(paused()))
    plot(driver)
    lowest = plot(driver, "grad")  # the one that carries the x axis
    seen = {ink(driver, "grad")}
    for selector in ('[data-tool="log"]', '[data-tool="axis"][value="epoch"]', '[data-tool="axis"][value="time"]'):
        driver.execute_script("arguments[0].click()", driver.find_element(By.CSS_SELECTOR, selector))
        now = ink(driver, "grad")
        assert now not in seen, selector
        seen.add(now)
    assert lowest.is_displayed()
    seen = {ink(driver)}
    driver.find_element(By.CSS_SELECTOR, '[data-tool="smooth"]').send_keys(*[Keys.ARROW_RIGHT] * 30)
    now = ink(driver)
    assert now not in seen
    seen.add(now)
    key = driver.find_element(By.CSS_SELECTOR, '.key[data-role="train-loss"]')
    key.click()
    assert key.get_attribute("aria-pressed") == "false"
    assert ink(driver) not in seen


def test_only_charts_in_view_are_drawn(open_page: Open) -> None:
    driver = open_page(sweep(20))
    time.sleep(0.5)
    canvases = driver.find_elements(By.TAG_NAME, "canvas")
    assert len(canvases) < 5
    plot(driver)
    assert driver.find_elements(By.CSS_SELECTOR, '[data-panel="loss"] canvas')


def test_a_replay_is_drawn(open_page: Open) -> None:
    driver = open_page(diagnosis(with_replay(run_diagnosis())))
    chart = plot(driver, "replay")
    chart.send_keys(Keys.END)
    line = driver.find_element(By.CSS_SELECTOR, "[data-replay-readout]")
    wait_for(lambda: line.text.startswith("Step 339"))
    assert "control" in line.text
    assert "quarter" in line.text


@pytest.mark.parametrize(("law", "end"), [("annealing", "Step 599"), ("time_rescale", "Step 599")])
def test_a_what_if_is_drawn_beside_the_run(open_page: Open, law: WhatIfLaw, end: str) -> None:
    driver = open_page(diagnosis(with_what_if(run_diagnosis(), law, last=599.0 if law == "annealing" else 150.0)))
    chart = plot(driver, "what-if")
    chart.send_keys(Keys.END)
    line = driver.find_element(By.CSS_SELECTOR, "[data-what-if-readout]")
    wait_for(lambda: line.text.startswith(end))
    for said in ("this run", "at most", "at least", "predicted"):
        assert said in line.text


@pytest.mark.parametrize("name", EDGES)
def test_the_page_holds_at_the_edges_of_what_can_be_drawn(open_page: Open, name: str) -> None:
    driver = open_page(EDGES[name](), "log=1&smooth=0.5")
    driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    for kind in ("loss", "grad"):
        if driver.find_elements(By.CSS_SELECTOR, f'[data-panel="{kind}"] .plot'):
            chart = plot(driver, kind)
            chart.send_keys(Keys.HOME, Keys.ARROW_RIGHT, "+", "n", "0")
            driver.execute_script(
                "for (const box of document.querySelectorAll('[data-tool=log]')) if (box.checked) box.click()"
            )
    assert driver.find_element(By.TAG_NAME, "h1").text


def test_steps_beyond_what_floats_hold_are_named_exactly(open_page: Open) -> None:
    driver = open_page(EDGES["steps above 2^53"]())
    plot(driver).send_keys(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    wait_for(lambda: announced(driver).startswith("Step 4,611,686,018,427,387,906"))


def test_curves_arrive_in_the_browser_as_they_were(open_page: Open) -> None:
    one = run_diagnosis()
    driver = open_page(diagnosis(one))
    chart = plot(driver)
    chart.send_keys(Keys.HOME, *[Keys.ARROW_RIGHT] * 7)
    wait_for(lambda: announced(driver).startswith("Step 7,"))
    loss = one.curves[0].values[7]
    assert f"train loss {json.loads(f'{loss:.4g}')}" in announced(driver)
