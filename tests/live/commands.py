"""Commands of the tools' own, asked for as such, and prompts while a person reads in copy mode.

Shows what is told and what the screen has then; a person judges. After each the agent must take an
ordinary prompt.
"""

import time
from collections.abc import Iterator

from houmao.cli.client.http import Refused
from houmao.requests.request import RequestOutcome
from houmao.track.state import TurnPhase
from tests.live.lab import Lab, came, is_ready
from tests.services import wait_until

#: Of each tool: one that only prints, one that opens a dialog, one that nobody knows, and its end.
COMMANDS = {
    "claude": ("/clear", "/status", "/model", "/nosuchcommand", "/help", "/exit"),
    "codex": ("/status", "/model", "/nosuchcommand", "/diff", "/new", "/quit"),
    "gemini": (
        "/about",
        "/stats",
        "/help",
        "/clear",
        "/model",
        "/theme",
        "/settings",
        "/compress",
        "/nosuchcommand",
        "/chat list",
        "/quit",
    ),
}
#: The shell mode and what is no command.
REFUSED = ("!ls", "hello", "/two\nlines")
_ROWS = 6


def play(found: Lab) -> Iterator[str]:
    """Everything in turn, a line each, with the rows at the screen's end."""
    yield _prompted(found, "to begin with")
    for command in REFUSED:
        yield _commanded(found, command)
    yield from _read_meanwhile(found)
    for command in COMMANDS[found.tool]:
        yield _commanded(found, command)
        yield "\n".join(f"    | {row}" for row in _last_rows(found))
        if command != COMMANDS[found.tool][-1]:
            _leave(found)
            yield _prompted(found, f"after {command[1:]}")


def _read_meanwhile(found: Lab) -> Iterator[str]:
    """A prompt, and an interrupt, while the pane is in copy mode."""
    found.tmux.run("copy-mode", "-t", f"={found.tool}:")
    yield "copy mode: " + _prompted(found, "a prompt that is typed in copy mode")
    found.submit("STUB:slow 15 an answer that is interrupted")
    wait_until(lambda: _works(found), "the turn runs", seconds=20)
    time.sleep(1)
    began = time.time()
    asked = found.post("houmao", "agents", found.agent_id, "interrupt")
    stopped = found.request(str(asked["request_id"]), began + 20)
    told = f"interrupt {stopped.outcome}, {time.time() - began:.2f} s: {stopped.detail}"
    came(lambda: is_ready(found), 10)
    found.tmux.run("send-keys", "-X", "-t", f"={found.tool}:", "cancel")
    yield f"copy mode: {told}; then {found.told().get('last_turn_result')}"
    _leave(found)


def _commanded(found: Lab, command: str) -> str:
    began, path = time.time(), ("houmao", "agents", found.agent_id, "requests")
    try:
        asked = found.post(*path, body={"prompt": command, "as": "command"}, deadline="30")
        request = found.request(str(asked["request_id"]), began + 40)
    except Refused as refused:
        return f"{command!r}: refused {refused.status} {refused.reason}: {refused.message}"
    return f"{command!r}: {request.outcome}, {time.time() - began:.2f} s: {request.detail}"


def _prompted(found: Lab, text: str) -> str:
    text = f"STUB:echo {text}"
    began, earlier = time.time(), found.witness.arrivals(text)
    request = found.request(found.submit(text, 30), began + 40)
    took = time.time() - began
    submitted = request.outcome is RequestOutcome.SUBMITTED
    came(lambda: found.witness.arrivals(text) > earlier, 10 if submitted else 1)
    arrived = found.witness.arrivals(text) - earlier
    return f"{text!r}: {request.outcome}, arrived {arrived}, {took:.2f} s: {request.detail}"


def _works(found: Lab) -> bool:
    state = found.state()
    return state is not None and state.tracked.phase is TurnPhase.ACTIVE


def _leave(found: Lab) -> None:
    """Close what the command has opened."""
    for _ in range(3):
        if came(lambda: is_ready(found), 3):
            break
        found.keys("Escape")
        if found.tool == "codex" and not came(lambda: is_ready(found), 1):
            # Its pager knows no Escape.
            found.keys("q")
    state = found.state()
    if state is not None and state.tracked.surface.editing_input.value == "yes":
        found.keys("C-u")
        time.sleep(0.5)


def _last_rows(found: Lab) -> list[str]:
    return [row for row in found.screen().splitlines() if row.strip()][-_ROWS:]
