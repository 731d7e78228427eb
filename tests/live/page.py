"""A turn and a permission of a real CLI in the page: seen, prompted and answered in a browser."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from selenium.webdriver import Chrome

from tests.browser.chromium import chromium, click, fill, shown
from tests.live.lab import Lab, came
from tests.live.replies import ASKS_FIRST

#: Seconds that a step may take to be seen.
_PATIENCE = 40.0


@dataclass(frozen=True, slots=True)
class Step:
    """What the page had to show, whether it did, and after how many seconds."""

    what: str
    right: bool
    seconds: float

    def __str__(self) -> str:
        return f"{'ok   ' if self.right else 'WRONG'} {self.seconds:5.2f} s  {self.what}"


def play(found: Lab) -> Iterator[Step]:
    """One prompt and its turn, and one whose command needs a permission, all from the page."""
    made = found.work / "from-the-page.txt"
    with chromium() as browser:
        browser.get(f"{found.settings.api_base_url}/#/agent/{found.agent_id}@{found.key.host}")
        yield _shows(browser, "#agent .state", "ready")
        _prompt(browser, "STUB:slow 3 seen in the page")
        yield _shows(browser, "#agent .state", "active")
        yield _shows(browser, ".screen", "seen in")
        yield _shows(browser, "#agent .state", "ready · last turn success")
        yield _shows(browser, ".said", "submitted")
        _prompt(browser, f"{ASKS_FIRST[found.tool]} touch {made.name}")
        yield _shows(browser, ".dialog h3", "Waits for you: approval")
        yield _shows(browser, "#agent .state", "blocked: approval")
        click(browser, ".dialog button")
        yield _shows(browser, ".said", "answered")
        yield _step("the command has run", made.exists)
        yield _shows(browser, "#agent .state", "ready · last turn success")


def _prompt(browser: Chrome, text: str) -> None:
    fill(browser, "#prompt", text)
    click(browser, ".prompt button")


def _shows(browser: Chrome, place: str, text: str) -> Step:
    return _step(f"{place} shows {text!r}", lambda: text in shown(browser, place))


def _step(what: str, condition: Callable[[], bool]) -> Step:
    began = time.monotonic()
    return Step(what, came(condition, _PATIENCE), time.monotonic() - began)
