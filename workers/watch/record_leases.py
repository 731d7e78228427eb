"""Keeps the records of running agents from expiring, whoever published them.

An agent that was adopted has nobody else to answer for it; its running tool is the answer.
"""

from collections.abc import Iterable

from houmao import logs
from houmao.errors import HoumaoError
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord


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
