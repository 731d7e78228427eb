"""The page in a real browser, before a real server with agents on real screens."""

import subprocess
import sys
from pathlib import Path

from selenium.webdriver import Chrome

from tests.browser.chromium import click, complaints, fill, screenshot, shown, wait_shown
from tests.browser.conftest import MARKUP
from tests.integration.adopting import holder
from tests.integration.headless import Crew
from tests.integration.serving import environment
from tests.services import wait_until


def mgr(found: Crew, *words: str) -> str:
    """What a command of ours prints."""
    program = str(Path(sys.executable).with_name("houmao-mgr"))
    environ = environment(found.server.settings)
    return subprocess.check_output([program, *words], env=environ, text=True).strip()


def sign_in(browser: Chrome, found: Crew, role: str = "act") -> str:
    """Open a link, as whoever started the server would; the link."""
    link = mgr(found, "token", "link", "--role", role)
    browser.get("about:blank")
    browser.get(link)
    wait_shown(browser, "#link", "live")
    return link


def open_agent(browser: Chrome, name: str) -> None:
    wait_shown(browser, "#rows", name)
    href = browser.execute_script(
        "return [...document.querySelectorAll('#rows th a')]"
        ".find((it) => it.textContent === arguments[0]).hash",
        name,
    )
    browser.execute_script("location.hash = arguments[0]", href)
    wait_shown(browser, "#agent h2", name)


def row(name: str) -> str:
    """The row whose link leads to the agent; its key begins with an id, hence by text."""
    return f"#rows tr[data-name='{name}']"


def test_nobody_sees_anything_without_signing_in(
    served: Crew, browser: Chrome, pictures: Path | None
) -> None:
    """A wrong secret opens nothing, a link opens once."""
    browser.get(served.server.settings.api_base_url)
    browser.delete_all_cookies()
    browser.refresh()
    wait_shown(browser, "#sign-in", "Sign in")
    assert "alpha" not in browser.page_source
    fill(browser, "#secret", "guessed")
    click(browser, "#sign-in button")
    wait_shown(browser, "#refused", "no token of this server")
    link = sign_in(browser, served)
    wait_shown(browser, row("alpha"), "alpha")
    assert "code" not in browser.current_url
    screenshot(browser, pictures, "fleet")
    browser.delete_all_cookies()
    browser.get("about:blank")
    browser.get(link)
    wait_shown(browser, "#refused", "no token of this server")


def test_a_turn_is_seen_as_it_happens(served: Crew, browser: Chrome) -> None:
    """Active while it runs, ready and its verdict after it, without a reload."""
    sign_in(browser, served)
    for word in ("active", "ready", "success", "active"):
        wait_shown(browser, row("alpha"), word)


def send(browser: Chrome, text: str) -> None:
    """Type a prompt into the page, and see that it left the agent's composer."""
    fill(browser, "#prompt", text)
    click(browser, ".prompt button")
    wait_shown(browser, ".said", "submitted", 40)


def test_a_prompt_is_typed_and_markup_stays_text(
    served: Crew, browser: Chrome, pictures: Path | None
) -> None:
    """Into the agent's own screen, which is seen here; its folder's name is markup, too."""
    sign_in(browser, served)
    open_agent(browser, "gamma")
    wait_shown(browser, "#agent", MARKUP)
    send(browser, f"{MARKUP} hello")
    wait_shown(browser, ".screen", "<img src=x")
    screenshot(browser, pictures, "agent")
    assert "owned" not in browser.title
    assert browser.execute_script("return document.images.length") == 0
    assert complaints(browser) == []


def test_a_question_is_answered(served: Crew, browser: Chrome, pictures: Path | None) -> None:
    """It is shown with its choices, and the turn goes on after the answer."""
    sign_in(browser, served)
    open_agent(browser, "gamma")
    send(browser, "ask 0")
    wait_shown(browser, ".dialog h3", "Waits for you: approval")
    wait_shown(browser, row("gamma"), "blocked: approval")
    screenshot(browser, pictures, "question")
    click(browser, ".dialog button")
    wait_shown(browser, ".said", "answered", 40)
    wait_until(lambda: shown(browser, ".dialog h3") == "", "the question is gone")
    assert complaints(browser) == []


def test_a_turn_without_a_screen_tells_its_events(
    served: Crew, browser: Chrome, pictures: Path | None
) -> None:
    """As they come, and its end."""
    sign_in(browser, served)
    served.launch("hana", **holder(served))
    open_agent(browser, "hana")
    fill(browser, "#prompt", "hello there")
    click(browser, ".prompt button")
    wait_shown(browser, ".turns", "completed", 40)
    wait_shown(browser, "#agent .state", "ready · last turn success")
    wait_shown(browser, ".answer div", "", 40)
    wait_until(lambda: len(events(browser)) > 1, "the turn's events are told")
    screenshot(browser, pictures, "turn")
    assert complaints(browser) == []


def events(browser: Chrome) -> list[str]:
    """What the page tells of a turn without a screen."""
    found = browser.execute_script(
        "return [...document.querySelectorAll('[aria-label=\\'Events of a turn\\'] div')]"
        ".map((it) => it.textContent)"
    )
    return [str(it) for it in found]


def test_a_turn_is_interrupted(served: Crew, browser: Chrome) -> None:
    """And the page says so."""
    sign_in(browser, served)
    open_agent(browser, "beta")
    send(browser, "turn 60")
    wait_shown(browser, "#agent .state", "active")
    # Before it has answered anything, Claude puts the prompt back into its composer.
    wait_shown(browser, ".screen", "turn 60\n●")
    click(browser, ".prompt button.quiet")
    wait_shown(browser, ".said", "interrupted", 40)
    wait_shown(browser, "#agent .state", "interrupted")


def test_a_turn_is_done_until_somebody_has_seen_it(served: Crew, browser: Chrome) -> None:
    """Who opens its agent has; who may only read changes nothing for others."""
    sign_in(browser, served, "read")
    shows = holder(served)
    served.post("/houmao/agents/beta/requests?wait=30&wait_for=turn", {"prompt": "hello"}, **shows)
    wait_shown(browser, row("beta"), "done")
    open_agent(browser, "beta")
    wait_shown(browser, "#agent .state", "done")
    sign_in(browser, served)
    wait_shown(browser, row("beta"), "done")
    open_agent(browser, "beta")
    wait_shown(browser, "#agent .state", "ready")
    wait_shown(browser, row("beta"), "ready")


def test_who_may_only_read(served: Crew, browser: Chrome) -> None:
    """Sees all, and is told why nothing is typed."""
    sign_in(browser, served, "read")
    open_agent(browser, "beta")
    fill(browser, "#prompt", "hello")
    click(browser, ".prompt button")
    wait_shown(browser, ".said", "may read only")


def test_the_server_is_lost_and_regained(served: Crew, browser: Chrome) -> None:
    """The page says so, and goes on from where it was."""
    sign_in(browser, served)
    old = served.server.child("web")
    served.kill("web")
    wait_until(lambda: served.server.child("web") not in (None, old), "it is started again", 20)
    lost = "return document.getElementById('link').dataset.losses > 0"
    wait_until(lambda: bool(browser.execute_script(lost)), "the loss is told", 20)
    wait_shown(browser, "#link", "live", 20)
    for word in ("active", "ready"):
        wait_shown(browser, row("alpha"), word)


def test_a_phone(served: Crew, browser: Chrome, pictures: Path | None) -> None:
    """Nothing is wider than the screen, and an agent takes all of it."""
    browser.set_window_size(400, 800)
    sign_in(browser, served)
    open_agent(browser, "beta")
    wide = "return document.documentElement.scrollWidth > innerWidth"
    assert not browser.execute_script(wide)
    assert shown(browser, "#fleet") == ""
    screenshot(browser, pictures, "phone")
    browser.set_window_size(1280, 900)
