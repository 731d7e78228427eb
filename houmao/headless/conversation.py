"""Which conversation an agent's next turn continues. Pure."""

from houmao.headless.reading import ToolReport

#: What a tool says of a conversation that it was told to continue and does not have.
_UNKNOWN = {
    "claude": "No conversation found with session ID",
    "codex": "no rollout found for thread id",
    "gemini": "Invalid session identifier",
}


def is_lost(tool: str, told: ToolReport) -> bool:
    """Whether the tool says that it does not have the conversation: it never will again."""
    words = _UNKNOWN.get(tool)
    return words is not None and any(words in it for it in (told.error or "", *told.complaint))


def next_one(tool: str, former: str | None, told: ToolReport) -> str | None:
    """Id of the conversation that the next turn continues; None when it begins a new one.

    `former` is the one that this turn was told to continue.
    """
    return None if is_lost(tool, told) else told.session_id or former
