"""One agent's day: idle, a turn, an interrupt, the exit; and what a person is shown of it."""

import time
from collections.abc import Iterator

from houmao.state import keys
from tests.live.lab import Lab, clear
from tests.services import wait_until

#: Tools that one Ctrl-C ends at an empty composer; the others take two.
_LEAVE_AT_ONCE = ("codex", "opencode")


def play(found: Lab) -> Iterator[str]:
    """Go through it; what `houmao-mgr` and `redis-cli` print on the way."""
    yield from _shown(found, "agents", "list")
    found.send("STUB:slow 3 words that stream for a while")
    wait_until(lambda: _phase(found) == "active", "the turn is seen", seconds=10)
    yield from _shown(found, "agents", "list")
    wait_until(lambda: _result(found) == "success", "the turn has succeeded", seconds=20)
    found.send("STUB:slow 20 an answer nobody waits for")
    wait_until(lambda: _phase(found) == "active", "the turn is seen", seconds=10)
    time.sleep(3)
    found.interrupt()
    wait_until(lambda: _result(found) == "interrupted", "the interrupt is seen", seconds=10)
    yield from _shown(found, "agents", "state", found.tool)
    yield from _left(found)
    yield from _shown(found, "agents", "list")
    yield from _shown(found, "agents", "history", found.tool)
    yield f"$ redis-cli HGETALL {keys.state(found.key)}"
    yield from (f"{name}: {value}" for name, value in found.told().items())


def _left(found: Lab) -> Iterator[str]:
    clear(found)
    for _ in range(1 if found.tool in _LEAVE_AT_ONCE else 2):
        found.keys("C-c")
        time.sleep(0.3)
    wait_until(lambda: _availability(found) == "tui_down", "its end is seen", seconds=20)
    yield f"({found.tool} has ended)"


def _shown(found: Lab, *words: str) -> Iterator[str]:
    yield f"$ houmao-mgr {' '.join(words)}"
    yield found.manager(*words).rstrip()


def _phase(found: Lab) -> str:
    state = found.state()
    return state.tracked.phase.value if state else "unknown"


def _result(found: Lab) -> str:
    return found.told().get("last_turn_result", "none")


def _availability(found: Lab) -> str:
    return found.told().get("availability", "unknown")
