"""What means an agent of an answer alone: two hosts may have one of the same id."""

from houmao.cli.client.http import Answer
from houmao.ids import AT


def whole_id(answer: Answer) -> str:
    """The agent's id and host; its id alone where an older server tells no host."""
    host = answer.get("host")
    return f"{answer['agent_id']}{AT}{host}" if host else str(answer["agent_id"])
