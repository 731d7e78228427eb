"""Whatever an answer says, the page shows it as text: no text of any answer becomes markup."""

from functools import partial

from selenium.webdriver import Chrome

from tests.browser.chromium import click, complaints, wait_shown
from tests.browser.conftest import MARKUP
from tests.browser.poisoner import poisoner
from tests.integration.adopting import holder
from tests.integration.headless import Crew
from tests.services import wait_until

#: Every place of the page that shows a text of an answer, once an agent with a question is open.
PLACES = (
    "#rows th a", "#rows .state", "#rows .last", "#rows .tool", "#rows .host",
    "#agent h2", "#agent .state", ".whereabouts", ".why", ".screen",
    ".dialog h3", ".dialog pre", ".dialog button",
    ".answer", ".requests li", ".requests b", ".history li", "#hosts li",
)  # fmt: skip


def test_no_text_of_an_answer_becomes_markup(served: Crew, browser: Chrome) -> None:
    """Names, hosts, tools, folders, screens, questions, choices, answers, outcomes, reasons."""
    shows = holder(served)
    path = "/houmao/agents/gamma"
    for prompt in ("hello", "ask 0"):
        served.post(f"{path}/requests?wait=30", {"prompt": prompt}, **shows)
    wait_until(lambda: served.call("GET", f"{path}/dialog", **shows)[1]["dialog"], "it asks")
    with poisoner(served.server.settings.port, MARKUP, **shows) as address:
        browser.get(address)
        wait_shown(browser, "#rows", f"gamma{MARKUP}")
        for look in (_groups, _agent, _refusal):
            look(browser, address)
            assert harm(browser) == []
            assert complaints(browser) == []
        browser.get("about:blank")


def _groups(browser: Chrome, _: str) -> None:
    """What the table is grouped by."""
    for group in ("host", "tool", "folder", ""):
        browser.execute_script(
            "const it = document.getElementById('group'); it.value = arguments[0];"
            "it.dispatchEvent(new Event('change'))",
            group,
        )
        title = MARKUP if group else ""
        wait_until(partial(says, browser, "#rows .group th", title), f"grouped by {group}")


def _agent(browser: Chrome, _: str) -> None:
    """Everything of an agent, and what became of an act."""
    browser.execute_script(
        "location.hash = [...document.querySelectorAll('#rows th a')]"
        ".find((it) => it.textContent.startsWith('gamma')).hash"
    )
    wait_shown(browser, ".dialog button", MARKUP)
    browser.execute_script("document.querySelectorAll('details').forEach((it) => it.open = true)")
    for place in PLACES:
        wait_until(partial(says, browser, place, MARKUP), f"{place} shows markup")
    # Which also closes the question, for whoever comes after.
    click(browser, ".prompt button.quiet")
    wait_shown(browser, ".said", MARKUP, 30)


def _refusal(browser: Chrome, address: str) -> None:
    """What a server says against a secret."""
    browser.get("about:blank")
    browser.get(f"{address}/#code={MARKUP}")
    wait_shown(browser, "#refused", MARKUP)


def says(browser: Chrome, selector: str, text: str) -> bool:
    """Whether one of the elements, on the screen or not, has that text in it."""
    found = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((it) => it.textContent).join()",
        selector,
    )
    return text in str(found)


def harm(browser: Chrome) -> list[str]:
    """Elements that the page does not make by itself, and its title if a script took it."""
    found = browser.execute_script(
        "return [...document.querySelectorAll('img, iframe, object, embed, style, svg, base,"
        ' script:not([src="page/main.js"]), [onerror], [onload], [onclick]\')]'
        ".map((it) => it.outerHTML)"
    )
    return [*map(str, found), *(["title"] if "owned" in browser.title else [])]
