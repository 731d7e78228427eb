"""Agents as their routes tell them: who they are, all of them, what each did. Pure."""

from collections.abc import Iterable, Mapping

from houmao.api.http.answers import Wire
from houmao.api.observation.projection import entry, observed, state
from houmao.ids import AgentKey
from houmao.state.values import AgentIdentity, AgentState, History, Observation


def agent_list(agents: Iterable[AgentIdentity]) -> Wire:
    """All live agents in the order given."""
    return {"agents": [summary(agent) for agent in agents]}


def fleet(found: Iterable[Observation], headless: Mapping[AgentKey, Wire], now: float) -> Wire:
    """All live agents in the order given, each with its state, null before the first look.

    `headless` is what the headless ones among them are doing, by agent.
    """
    return {
        "agents": [
            {
                **summary(it.identity),
                "state": state(it, now) if it.state else None,
                "headless": headless.get(it.identity.key),
            }
            for it in found
        ]
    }


def today(found: Iterable[Observation], now: float) -> Wire:
    """What each agent that was seen did today."""
    return {"agents": [_tally(it.identity, it.state, now) for it in found if it.state]}


def _tally(agent: AgentIdentity, state: AgentState, now: float) -> Wire:
    tally = state.today.until(now, state.tracked)
    return {
        "agent_id": agent.agent_id,
        "agent_name": agent.agent_name,
        "host": agent.host,
        "day": tally.day,
        "turns": tally.turns,
        "failed": tally.failed,
        "worked_seconds": round(tally.worked_seconds, 3),
        "waited_seconds": round(tally.waited_seconds, 3),
    }


def summary(agent: AgentIdentity) -> Wire:
    """Who an agent is; an absent session root is an empty text here."""
    return {
        "agent_id": agent.agent_id,
        "agent_name": agent.agent_name,
        "generation_id": agent.generation_id,
        "tool": agent.tool,
        "backend": agent.backend,
        "tmux_session_name": agent.tmux_session_name,
        "manifest_path": agent.manifest_path,
        "session_root": agent.session_root or "",
        "has_gateway": agent.gateway_host is not None and agent.gateway_port is not None,
        "has_mailbox": agent.mailbox_transport is not None,
        "published_at": agent.published_at,
        "lease_expires_at": agent.lease_expires_at,
        "host": agent.host,
        "tmux_socket": agent.tmux_socket,
    }


def history(found: History) -> Wire:
    """The agent's recent changes. Raises Unavailable when it was not observed yet."""
    observed(found.identity, found.state)
    return {
        "agent_id": found.identity.agent_id,
        "agent_name": found.identity.agent_name,
        "entries": [entry(each) for each in found.entries],
    }
