"""What an agent is about in one word, which agents come first, and which are meant. Pure.

First come those that need a person: who waits for an answer, who cannot be seen, who holds a
half-typed text, who is done and was not looked at; then who could take a prompt; last who works
by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from houmao.cli.render.agent_state import Situation, headless_word, situation, state_word


class StateKind(StrEnum):
    """The kinds of state in the order in which they need a person."""

    BLOCKED = "blocked"
    DOWN = "down"
    DRAFT = "draft"
    DONE = "done"
    READY = "ready"
    ACTIVE = "active"
    UNKNOWN = "unknown"


_ORDER = {kind: place for place, kind in enumerate(StateKind)}
#: How the words of a state begin, by the kind that they tell.
_WORDS = (
    ("blocked", StateKind.BLOCKED),
    ("down", StateKind.DOWN),
    ("cannot", StateKind.DOWN),
    ("draft", StateKind.DRAFT),
    ("done", StateKind.DONE),
    ("ready", StateKind.READY),
    ("active", StateKind.ACTIVE),
)


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """Which agents are meant; empty says nothing against any."""

    states: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    #: Only agents that work in this folder or below it.
    folder: str | None = None

    def fits(self, agent: dict[str, Any]) -> bool:
        """Whether an agent of a fleet is meant."""
        state_fits = not self.states or kind_of(agent).value in self.states
        host_fits = not self.hosts or agent.get("host") in self.hosts
        tool_fits = not self.tools or agent["tool"] in self.tools
        return state_fits and host_fits and tool_fits and self._is_below(agent)

    def _is_below(self, agent: dict[str, Any]) -> bool:
        found = (agent["state"] or {}).get("folder") or ""
        return self.folder is None or PurePath(found).is_relative_to(self.folder)


def kind_of(agent: dict[str, Any]) -> StateKind:
    """The kind of state of an agent of a fleet."""
    if agent.get("headless") is not None:
        return _kind(headless_word(agent["headless"]).text)
    return kind_of_situation(situation(agent["state"])) if agent["state"] else StateKind.UNKNOWN


def kind_of_situation(now: Situation) -> StateKind:
    """The kind of state that a situation is."""
    return _kind(state_word(now).text)


def ranked(agents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Agents by how much they need a person, and within that who has waited longest."""
    return sorted(agents, key=lambda agent: (_ORDER[kind_of(agent)], since(agent)))


def since(agent: dict[str, Any]) -> str:
    """Since when nothing about the agent has changed, as text that can be compared."""
    state = agent["state"]
    return str(state["stability"]["stable_since_utc"] or "") if state else ""


def _kind(words: str) -> StateKind:
    return next((kind for begin, kind in _WORDS if words.startswith(begin)), StateKind.UNKNOWN)
