"""A real Chromium without a window, and how a test waits for what a page shows."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

from tests.services import absent, wait_until

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Errors after which it is certain that nothing was pressed; any other may come after a press.
_NOT_PRESSED = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
#: Seconds for which something must not move before it is pressed: two frames and more.
_STILL_SECONDS = 0.05


@contextmanager
def chromium(size: str = "1280,900", *, dark: bool = False) -> Iterator[Chrome]:
    """A browser with an empty profile; fails the test where there is none."""
    driver = which("chromedriver")
    if driver is None or which("chromium") is None:
        absent("Chromium: install the packages chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = str(which("chromium"))
    for argument in (*_ARGUMENTS, f"--window-size={size}"):
        options.add_argument(argument)
    if dark:
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def shown(browser: Chrome, selector: str) -> str:
    """Text of the first element that the selector finds; empty without one."""
    try:
        found = browser.find_elements(By.CSS_SELECTOR, selector)
        return found[0].text if found else ""
    except StaleElementReferenceException:
        return ""


def wait_shown(browser: Chrome, selector: str, text: str, seconds: float = 15) -> None:
    """Return once the element shows that text."""
    deadline = time.monotonic() + seconds
    while text not in (found := shown(browser, selector)):
        if time.monotonic() > deadline:
            page = shown(browser, "body")
            pytest.fail(f"{selector} shows {found!r}, not {text!r}; the page:\n{page}")
        time.sleep(0.02)


def click(browser: Chrome, selector: str) -> None:
    """Press what the selector finds, as soon as it can be pressed."""
    wait_until(_pressed(browser, selector), f"{selector} can be pressed", 15)


def _pressed(browser: Chrome, selector: str) -> Callable[[], bool]:
    def press() -> bool:
        try:
            found = browser.find_element(By.CSS_SELECTOR, selector)
            # What moves while it is pressed is missed, and nobody says so.
            before = found.rect
            time.sleep(_STILL_SECONDS)
            if found.rect != before:
                return False
            found.click()
        except _NOT_PRESSED:
            return False
        return True

    return press


def fill(browser: Chrome, selector: str, text: str) -> None:
    """Type into a field."""
    browser.find_element(By.CSS_SELECTOR, selector).send_keys(text)


def complaints(browser: Chrome) -> list[str]:
    """What the browser has logged of scripts and policies; answers that are errors left out."""
    logged: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    texts = [str(it["message"]) for it in logged if it["level"] == "SEVERE"]
    return [it for it in texts if "Failed to load resource" not in it]


def screenshot(browser: Chrome, folder: Path | None, name: str) -> None:
    """Keep a picture of the page, where pictures are wanted."""
    if folder:
        browser.save_screenshot(str(folder / f"{name}.png"))
