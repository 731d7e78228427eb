"""Keeps the records of running agents true, whoever published them: their leases, their sessions.

An agent that was adopted has nobody else to answer for it; its running tool is the answer. Other
readers find an agent by its session's name, so its record and its manifest follow its pane.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from houmao import logs
from houmao.errors import HoumaoError, ManifestError, NotFound
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.manifest.file import update_manifest
from houmao.sessions.manifest.stored import ManifestChanges
from houmao.state.values import AgentIdentity


def renew(registry: Registry, records: Iterable[AgentRecord], now: float) -> None:
    """Extend each lease by its own length; one that cannot be extended is told and left alone."""
    log = logs.get("leases")
    for record in records:
        try:
            kept = registry.renew(record, now)
        except HoumaoError as error:
            log.warning("not_renewed", agent_id=record.agent_id, reason=error.message)
        else:
            log.info("renewed" if kept else "owner_changed", agent_id=record.agent_id)


def correct(registry: Registry, agents: Iterable[AgentIdentity]) -> None:
    """Write into each agent's record and manifest the session in which its pane is now."""
    log = logs.get("records")
    for agent in agents:
        session = agent.tmux_session_name
        try:
            # First: the record that still says the old session is what brings us here again.
            # A manifest that cannot be read has no reader whom it could mislead.
            with suppress(NotFound, ManifestError):
                update_manifest(Path(agent.manifest_path), ManifestChanges(session_name=session))
            registry.update(agent.agent_id, agent.generation_id, partial(_in, session))
        except HoumaoError as error:
            log.warning("not_corrected", agent_id=agent.agent_id, reason=error.message)
        else:
            log.info("moved", agent_id=agent.agent_id)


def _in(session_name: str, record: AgentRecord) -> AgentRecord:
    return replace(record, session_name=session_name)
