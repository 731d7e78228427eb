"""Whom events are about, as far as they are this host's agents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from houmao.ids import AgentKey
from houmao.state import keys
from houmao.state.values import FleetEvent

#: How the fleet's stream calls it that an agent is no more.
GONE = "agent_gone"


@dataclass(frozen=True, slots=True)
class Subjects:
    """The agents of one host, as Redis knows them."""

    redis: Redis
    host: str

    def of(self, event: FleetEvent) -> AgentKey | None:
        """The agent whose state or turn an event tells; None for any other event."""
        if "turn_id" in event.fields:
            # Turns tell no host.
            tracked = event.fields.get("tracked_agent_id", "")
            host = self.redis.hget(keys.headless(tracked), "host")
        else:
            known = "turn_phase" in event.fields or event.fields.get("summary") == GONE
            host = event.fields.get("host") if known else None
        return AgentKey(self.host, event.agent_id) if host == self.host else None

    def about(self, agent: AgentKey) -> Mapping[str, str]:
        """Its name, tool and folder, as far as they are known."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(keys.agent(agent))
            pipe.hgetall(keys.state(agent))
            identity, state = pipe.execute()
        return cast(Mapping[str, str], identity | state)

    def states(self) -> dict[str, Mapping[str, str]]:
        """The present states, by agent id."""
        ids = sorted(map(str, self.redis.smembers(keys.host_agents(self.host))))
        with self.redis.pipeline(transaction=False) as pipe:
            for agent_id in ids:
                pipe.hgetall(keys.state(AgentKey(self.host, agent_id)))
            return dict(zip(ids, pipe.execute(), strict=True))
