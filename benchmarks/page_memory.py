"""Does an open page grow? `python -m benchmarks.page_memory [--agents 500] [--minutes 60]`.

A real headless Chromium shows a fleet of which a few agents always work, and the view of one. Every
minute its garbage is collected, and a line says what is left: the script's heap, the nodes and
where in the document they stand, listeners, and the proportional memory of the server's web
processes. Nodes that stand nowhere are kept by a script. The last line is the slope of the second
half.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression

from selenium.webdriver import Chrome

from benchmarks import listing
from benchmarks.measure import private_server
from benchmarks.pages import opened
from benchmarks.processes import proportional_bytes, roles
from benchmarks.puppets import Fleet
from houmao.clock import monotonic
from tests.browser.chromium import chromium

#: Share of the agents that works at any moment, in turns of so many seconds.
_WORKING, _TURN_SECONDS = 0.02, 3
_MINUTE, _CALM_SECONDS = 60.0, 3.0
_MIB = 1024 * 1024
#: Nodes below each element that a selector finds, those of a whole document last.
_COUNTED = """
const count = (root) => {
  const walk = document.createNodeIterator(root);
  let nodes = 0;
  while (walk.nextNode()) nodes += 1;
  return nodes;
};
return [...arguments].map((it) => count(document.querySelector(it) ?? document.createTextNode("")));
"""
_PARTS = {"rows": "#rows", "history": ".history", "screen": ".screen", "agent": "#agent"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What was there after so many minutes; memory in MiB."""

    minute: float
    heap: float
    nodes: int
    parts: dict[str, int]
    listeners: int
    web: float

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {count}" for name, count in self.parts.items())
        return (
            f"{self.minute:5.1f} min  heap {self.heap:.2f} MiB  nodes {self.nodes} ({parts})"
            f"  listeners {self.listeners}  web {self.web:.0f} MiB"
        )


def sample(browser: Chrome, minute: float, web: Sequence[int]) -> Sample:
    """What is there once the garbage is gone."""
    # Nodes that scripts have let go are collected by the one after.
    for _ in range(2):
        browser.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    told = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    found = {it["name"]: it["value"] for it in told}
    counted = browser.execute_script(_COUNTED, *_PARTS.values(), "html")
    return Sample(
        minute,
        found["JSHeapUsedSize"] / _MIB,
        int(found["Nodes"]),
        dict(zip((*_PARTS, "document"), counted, strict=True)),
        int(found["JSEventListeners"]),
        sum(proportional_bytes(pid) for pid in web) / _MIB,
    )


def slope(samples: Sequence[Sample]) -> str:
    """How fast the second half grows, an hour."""
    half = samples[len(samples) // 2 :]
    minutes = [it.minute for it in half]
    heap = linear_regression(minutes, [it.heap for it in half]).slope
    web = linear_regression(minutes, [it.web for it in half]).slope
    return f"an hour at that pace: heap {heap * 60:+.2f} MiB, web {web * 60:+.2f} MiB"


def main() -> None:
    """Watch one page and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args()
    with private_server() as (settings, folder, server), chromium() as browser:
        fleet = Fleet(settings, folder)
        puppets = fleet.open(options.agents)
        with fleet.playing(puppets, lambda _: ""):
            time.sleep(_CALM_SECONDS)
        fleet.publish(puppets)
        listing.await_listed(settings, {it.agent_id for it in puppets}, 120.0)
        with fleet.playing(puppets, lambda it: f"mix {it.name} {_WORKING:g} {_TURN_SECONDS}"):
            opened(browser, settings, options.agents)
            browser.execute_script("location.hash = document.querySelector('#rows th a').hash")
            browser.execute_cdp_cmd("Performance.enable", {})
            web = [pid for pid, role in roles(server).items() if role == "web"]
            began, samples = monotonic(), []
            while (minute := (monotonic() - began) / 60) < options.minutes:
                samples.append(sample(browser, minute, web))
                print(samples[-1], flush=True)
                time.sleep(_MINUTE)
        print(slope(samples))


if __name__ == "__main__":
    main()
