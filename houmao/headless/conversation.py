"""Which conversation an agent's next turn continues. Pure."""

from houmao.headless.reading import ToolReport
from houmao.tools.catalog import tool_named


def is_lost(tool: str, told: ToolReport) -> bool:
    """Whether the tool says that it does not have the conversation: it never will again."""
    headless = tool_named(tool).headless
    said = (told.error or "", *told.complaint)
    return headless is not None and any(headless.lost_conversation in it for it in said)


def next_one(tool: str, former: str | None, told: ToolReport) -> str | None:
    """Id of the conversation that the next turn continues; None when it begins a new one.

    `former` is the one that this turn was told to continue.
    """
    return None if is_lost(tool, told) else told.session_id or former
