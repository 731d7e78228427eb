"""The page in front of a fleet: `python -m benchmarks.pages [--agents 50] [--pages 200]`.

When a paint is seen in the document of a real headless Chromium; how long ordinary reads take
without any open page and with many, which are clients that follow every event and nothing else; and
whether each of them was told every event. Needs the packages chromium and chromium-driver.
"""

import argparse
import os
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from selenium.webdriver import Chrome

from benchmarks import listing
from benchmarks.followers import Tally, counted, following
from benchmarks.measure import private_server
from benchmarks.puppets import Act, Fleet, Puppet
from benchmarks.stats import Judgement, Sighting, Spread, judge, spread
from houmao.clock import monotonic, now
from houmao.config import Settings
from tests.browser.chromium import chromium

#: Reads a second of the client whose waits are measured.
READS_PER_SECOND = 50.0
_CALM_SECONDS = 3.0
#: Notes how long the page's scripts took for each batch of changes; before any of them runs.
_BATCHES = """
window.batches = [];
const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => frame((at) => {
  const began = performance.now();
  act(at);
  window.batches.push(performance.now() - began);
});
"""
#: Notes in the page each change of a row, and tasks that took long.
_OBSERVER = """
window.batches = [];
window.seen = [];
const note = (row) => window.seen.push([row.dataset.name,
  performance.timeOrigin + performance.now(), row.dataset.kind,
  row.querySelector('.last')?.textContent]);
new MutationObserver((changes) => {
  for (const it of changes) {
    const row = it.target.closest?.('tr') ?? it.target.parentElement?.closest('tr');
    if (row?.dataset.name) note(row);
  }
}).observe(document.getElementById('rows'),
  { subtree: true, childList: true, characterData: true, attributes: true });
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((it) => it.duration)))
  .observe({ type: 'longtask' });
"""


@dataclass(frozen=True, slots=True)
class PageFigures:
    """What was measured; times in seconds, `long_tasks` in milliseconds."""

    first_view: float
    shown: Judgement
    #: What scripts took for each batch of changes, and what whole tasks took above 50.
    scripts: Spread | None
    long_tasks: list[float]
    alone: Spread | None
    crowded: Spread | None
    #: What the open pages were told of all events.
    told: Tally


def reads(settings: Settings, agent: str, seconds: float) -> Spread | None:
    """How long a client waits that reads now and then."""
    connection = HTTPConnection("127.0.0.1", settings.port, timeout=30)
    waits, end = [], monotonic() + seconds
    while (asked := monotonic()) < end:
        connection.request("GET", f"/houmao/agents/{agent}/state")
        connection.getresponse().read()
        waits.append(monotonic() - asked)
        time.sleep(1 / READS_PER_SECOND)
    connection.close()
    return spread(waits)


def sightings(browser: Chrome) -> list[Sighting]:
    """What the page showed, on the clock of the puppets."""
    apart = now() - monotonic()
    found: list[Any] = browser.execute_script("return window.seen")
    words = {"active": "active", "ready": "ready", "failed": "ready"}
    return [
        Sighting(name, at / 1000 - apart, words.get(kind, "unknown"), last or "none")
        for name, at, kind, last in found
    ]


def opened(browser: Chrome, settings: Settings, agents: int) -> float:
    """Seconds until the page shows the whole fleet."""
    began = monotonic()
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _BATCHES})
    browser.get(settings.api_base_url)
    count = "return document.querySelectorAll('#rows tr[data-name]').length"
    while int(browser.execute_script(count)) < agents:
        if monotonic() - began > 60:
            raise RuntimeError("the page does not show the fleet")
    return monotonic() - began


def measured(agents: int, pages: int, seconds: float) -> PageFigures:
    """One fleet, one browser, many followers."""
    with private_server() as (settings, folder, _), chromium() as browser:
        fleet = Fleet(settings, folder)
        puppets = fleet.open(agents)
        with fleet.playing(puppets, lambda _: ""):
            time.sleep(_CALM_SECONDS)
        fleet.publish(puppets)
        listing.await_listed(settings, {it.agent_id for it in puppets}, 120.0)
        first = opened(browser, settings, agents)
        with fleet.playing(puppets, mix(agents)) as act:
            time.sleep(_CALM_SECONDS)
            shown, scripts, tasks = seen(browser, act, seconds)
            browser.get("about:blank")
            alone = reads(settings, puppets[0].agent_id, seconds)
            with following(settings.port, pages) as crowd:
                crowded = reads(settings, puppets[0].agent_id, seconds)
                told = counted(settings, crowd)
        return PageFigures(first, shown, scripts, tasks, alone, crowded, told)


def mix(agents: int) -> Any:
    """A tenth of them works at any moment, and at least one."""
    share = max(0.1, min(0.5, 1 / agents))

    def script(puppet: Puppet) -> str:
        return f"mix {puppet.name} {share:g} 3"

    return script


def seen(browser: Chrome, act: Act, seconds: float) -> tuple[Judgement, Spread | None, list[float]]:
    """What the page showed of the turns in that time, its scripts for it and its long tasks."""
    browser.execute_script(_OBSERVER)
    began = monotonic()
    time.sleep(seconds)
    until = monotonic()
    time.sleep(_CALM_SECONDS)
    marks = [it for it in act.marks() if began <= it.at <= until]
    tasks: list[float] = browser.execute_script("return window.tasks")
    batches: list[float] = browser.execute_script("return window.batches")
    scripts = spread(it / 1000 for it in batches)
    return judge(marks, sightings(browser), until), scripts, tasks


def milliseconds(found: Spread | None) -> str:
    """A spread for a person."""
    if found is None:
        return "none"
    told = (found.p50, found.p95, found.p99, found.worst)
    return f"{found.count}: " + " / ".join(f"{it * 1000:.1f}" for it in told)


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    before = os.getloadavg()[0]
    found = measured(options.agents, options.pages, options.seconds)
    print(f"load {before:.1f} to {os.getloadavg()[0]:.1f}; count: p50/p95/p99/worst in ms")
    print(f"first view of {options.agents} agents: {found.first_view * 1000:.0f} ms")
    print(f"painted to page, begin: {milliseconds(spread(found.shown.begin))}")
    print(f"painted to page, end: {milliseconds(spread(found.shown.end))}")
    print(f"turns {found.shown.turns}, missed {found.shown.missed}")
    print(f"scripts for a batch of changes: {milliseconds(found.scripts)}")
    longest = max(found.long_tasks, default=0)
    print(f"tasks above 50 ms: {len(found.long_tasks)}, longest {longest:.0f}")
    print(f"reads without pages: {milliseconds(found.alone)}")
    print(f"reads with {options.pages} pages: {milliseconds(found.crowded)}")
    print(f"all pages together: {found.told}")


if __name__ == "__main__":
    main()
