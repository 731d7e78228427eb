"""What agents cost: model and tokens as their tools wrote them down."""

from collections.abc import Mapping

from houmao.cli.client.http import Answer, Server
from houmao.errors import HoumaoError


def read_usage(server: Server, agent_id: str) -> Answer | None:
    """An agent's model and tokens; None where it has no journal that can be believed."""
    try:
        return server.get("houmao", "agents", agent_id, "usage")
    except HoumaoError:
        return None


def tokens(counts: Mapping[str, int]) -> str:
    """Tokens read and written."""
    cached = f" ({counts['cached']:,} cached)" if counts["cached"] else ""
    return f"{counts['input']:,} in{cached}, {counts['output']:,} out"
