"""Operations on agents of this host that run: a gateway attached or detached, a tool started anew.

They are what the command line does on this machine, with this process's environment as the
caller's.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from houmao import clock, config
from houmao.config import Settings
from houmao.errors import HoumaoError
from houmao.gateway.attaching import AttachOptions, attach, detach
from houmao.requests.operation import AgentOperation
from houmao.sessions.control.relaunch import relaunch
from houmao.sessions.target import SessionTarget, resolve

_OPERATIONS: Mapping[AgentOperation, Callable[[SessionTarget, Settings], Mapping[str, Any]]] = {
    AgentOperation.ATTACH_GATEWAY: lambda it, settings: attach(it, settings, AttachOptions()),
    AgentOperation.DETACH_GATEWAY: detach,
    AgentOperation.RELAUNCH: lambda it, _: relaunch(it, config.environment(), clock.now()).answer(),
}


def operate(settings: Settings, reference: str, operation: AgentOperation) -> Mapping[str, str]:
    """What it `told`, in JSON; or why it `failed`, with the `status` of that."""
    try:
        target = resolve(reference, settings, clock.now())
        return {"told": json.dumps(_OPERATIONS[operation](target, settings))}
    except HoumaoError as error:
        return {"failed": error.message, "status": str(error.answer_status)}
