"""Which turn is meant, and how it is seen through to its end. Shared by the commands about turns.

An outage only makes the wait longer: a turn runs on without its server, and without us.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from houmao.cli.client.http import Answer, Server
from houmao.cli.client.waiting import Failed, WaitCallbacks, wait_for
from houmao.cli.options import AgentReference, Command, chosen
from houmao.errors import NotFound, UsageError

#: What ids of fan-outs begin with.
FAN_OUT = "fan-"


@dataclass(frozen=True, slots=True)
class TurnReference:
    """A turn as a person named it; without an id the agent's latest is meant."""

    who: AgentReference
    turn_id: str | None

    def path(self, server: Server) -> tuple[str, ...]:
        """The turn's route, below which its events and outputs are. Raises NotFound, Refused."""
        if self.turn_id is not None:
            # Not asked who that is: the turns of an agent that was stopped stay.
            return ("houmao", "agents", self.who.text, "turns", self.turn_id)
        found = read_turns(server, self.who, limit=1)
        if not found["turns"]:
            name = found["agent_name"]
            raise NotFound(
                f"{name} has had no turn yet; give it one with "
                f'`houmao-mgr agents turn submit {name} --prompt "..."`'
            )
        return turn_path(found, found["turns"][0]["turn_id"])


def turn_options(command: Command) -> Command:
    """Add `[AGENT] [TURN_ID]`, `--agent-name` and `--agent-id`.

    The command gets `which: TurnReference`.
    """

    @click.argument("words", nargs=-1, metavar="[AGENT] [TURN_ID]")
    @click.option("--agent-name", metavar="NAME", help="The agent's name.")
    @click.option("--agent-id", metavar="ID", help="The agent's id, when names are shared.")
    @wraps(command)
    def wrapper(
        *args: Any,
        words: tuple[str, ...],
        agent_name: str | None,
        agent_id: str | None,
        **kwargs: Any,
    ) -> Any:
        return command(*args, which=which(words, agent_name, agent_id), **kwargs)

    return wrapper


def which(words: tuple[str, ...], agent_name: str | None, agent_id: str | None) -> TurnReference:
    """The turn that the words and options mean. Raises UsageError."""
    named = agent_name is not None or agent_id is not None
    agent, rest = (None, words) if named else (words[0] if words else None, words[1:])
    if len(rest) > 1:
        raise UsageError("name one agent and one turn, as in `... rev 9f2c41d07b6e`")
    who = chosen(agent, agent_name, agent_id, required=True)
    assert who is not None
    return TurnReference(who, rest[0] if rest else None)


def read_turns(server: Server, who: AgentReference, limit: int) -> Answer:
    """The headless agent that is meant, with its latest turns. Raises NotFound, Refused."""
    found = server.get("houmao", "agents", who.text, "turns", limit=limit)
    who.check(str(found["agent_id"]), str(found["agent_name"]))
    return found


def turn_path(agent: Answer, turn_id: str) -> tuple[str, ...]:
    """The route of an agent's turn."""
    return ("houmao", "agents", str(agent["tracked_agent_id"]), "turns", turn_id)


def follow_events(
    server: Server, path: tuple[str, ...], callbacks: WaitCallbacks
) -> Iterator[Answer]:
    """Every event of a turn, from the first on, until it has ended."""
    after, running = 0, True
    while running:
        found = wait_for(server, (*path, "events"), callbacks, after=after)
        for entry in found["entries"]:
            after = entry["number"]
            yield entry
        running = found["status"] == "active"


def judge(turn: Answer) -> None:
    """Return for a turn that completed. Raises Failed."""
    if turn["status"] != "completed":
        raise Failed(f"{turn['status']}: {turn['error'] or 'no reason was told'}")
