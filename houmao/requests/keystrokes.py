"""The keys that a request becomes in its tool, and what its user should know of them. Pure."""

from houmao.requests.request import Request, RequestKind, RequestOutcome
from houmao.tools.catalog import tool_named
from houmao.tools.parts.profile import observed
from houmao.tools.parts.texts import as_one_paste

_QUOTED = "; it is so long that the tool shows it to its model as quoted text"


def keystrokes(tool: str, version: str | None, request: Request) -> str:
    """What is sent for the request's text, without Enter; a command is not kept from being one."""
    if request.kind is RequestKind.RUN_COMMAND:
        return as_one_paste(request.text)
    return tool_named(tool).texts.keystrokes(request.text, observed(version))


def remark(tool: str, version: str | None, request: Request, outcome: RequestOutcome) -> str:
    """What to add to the detail of that outcome; mostly nothing."""
    quoted = tool_named(tool).texts.quoted(request.text, observed(version))
    return _QUOTED if quoted and outcome is RequestOutcome.SUBMITTED else ""
