"""An agent's situation in a word or two: what the API's fields mean to a person.

Pure: API objects and a clock reading in, words out. The order of the rules is the order in
which they matter: what cannot be seen comes before what was last seen, and a person's
attention before the agent's own work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from houmao.cli.render.output import Word, ago

_SEEN = ("available", "unknown")

#: What a person should do about each kind of dialog.
ADVICE = {
    "approval": "it asks for permission to go on; answer in its pane",
    "trust": "it asks whether to trust the folder; answer in its pane",
    "menu": "a menu is open; choose or close it in its pane",
    "dialog": "a dialog is open; answer or close it in its pane",
    "login": "it wants a login; sign in in its pane",
    "usage_limit": "its usage limit is reached; it goes on when the limit resets",
    "shell_mode": "its composer is in shell mode; what is typed would run as a command",
}

RESULT_COLOURS = {"success": "green", "interrupted": "yellow", "known_failure": "red"}


@dataclass(frozen=True, slots=True)
class Situation:
    """The public fields of one agent's state that the words are made of."""

    availability: str = "unknown"
    transport_state: str = "unknown"
    process_state: str = "unknown"
    turn_phase: str = "unknown"
    blocked_on: str | None = None
    editing_input: str = "unknown"
    pending_input: str = "unknown"
    last_turn_result: str = "none"
    #: Told by states and not by events, which follow from what the agent does.
    unseen: bool = False


def flat(state: Mapping[str, Any]) -> dict[str, Any]:
    """The nested object of a state route under the flat names that events use."""
    diagnostics, last = state["diagnostics"], state["last_turn"]
    problems = {name: _problem(diagnostics[name]) for name in ("probe_error", "parse_error")}
    return {
        **diagnostics,
        **problems,
        **state["surface"],
        "turn_phase": state["turn"]["phase"],
        "last_turn_result": last["result"],
        "last_turn_source": last.get("source"),
    }


def _problem(problem: Mapping[str, Any] | None) -> str | None:
    return f"{problem['kind']}: {problem['message']}" if problem else None


def situation(state: Mapping[str, Any]) -> Situation:
    """Of the nested object of a state route."""
    return after(Situation(), {**flat(state), "unseen": state.get("unseen", False)})


def after(before: Situation, changed: Mapping[str, Any]) -> Situation:
    """The situation once the flat fields of an event hold; fields it does not name stay."""
    known = {f.name for f in fields(Situation)}
    told = {"unseen": False, **changed}
    return replace(before, **{name: value for name, value in told.items() if name in known})


def state_word(now: Situation) -> Word:
    """What the agent is doing, as one table cell."""
    return _unseen_word(now) or _blocked_word(now) or _phase_word(now)


def _unseen_word(now: Situation) -> Word | None:
    if now.availability in _SEEN:
        return None
    if now.process_state == "unsupported_tool":
        return Word("unsupported tool", "magenta")
    if now.transport_state == "tmux_missing":
        return Word("down: no tmux session", "red")
    if now.process_state == "tui_down":
        return Word("down", "red")
    return Word("cannot be seen", "red")


def _blocked_word(now: Situation) -> Word | None:
    # A menu over a running turn keeps nobody waiting.
    if not now.blocked_on or (now.blocked_on, now.turn_phase) == ("menu", "active"):
        return None
    return Word(f"blocked: {spaced(now.blocked_on)}", "yellow")


def _phase_word(now: Situation) -> Word:
    if now.turn_phase == "active":
        return Word("active, prompt queued" if now.pending_input == "yes" else "active", "cyan")
    if now.editing_input == "yes":
        return Word("draft typed", "yellow")
    if now.turn_phase == "ready":
        return Word("done", "blue") if now.unseen else Word("ready", "green")
    return Word("unknown", "magenta")


def headless_word(now: Mapping[str, Any] | None) -> Word:
    """What a headless agent is doing; `now` is None when no server of ours runs its turns."""
    if now is None:
        return Word("run by nobody here", "magenta")
    if now["turn"]["phase"] == "active":
        return Word("active", "cyan")
    if now["availability"] == "available":
        return Word("ready", "green")
    kinds = [problem["kind"] for problem in now["diagnostics"]]
    return Word(f"cannot run: {spaced(kinds[0])}" if kinds else "cannot run", "red")


def last_turn_word(result: str, updated_at: str | None, now: float) -> Word:
    """How the latest finished turn ended and how long ago, `-` before the first."""
    if result == "none":
        return Word("-")
    return Word(
        f"{result_text(result)} {ago(updated_at, now)}".rstrip(), RESULT_COLOURS.get(result)
    )


def result_text(result: str) -> str:
    """`known_failure` is `failure` to people."""
    return spaced(result.removeprefix("known_"))


def spaced(name: str) -> str:
    """An API value as words."""
    return name.replace("_", " ")
