"""What a page does in its own time is waited for, not slept for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from selenium.webdriver import Chrome


def wait_for(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """The first true value of `condition`, which is asked until the time is over."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return value


def load(driver: Chrome, address: str) -> None:
    """Opens a page and waits until it is whole: the driver may come back while a large one is still being read."""
    driver.get(address)
    wait_for(lambda: driver.execute_script("return document.readyState") == "complete", seconds=20)
