"""What agents did today: turns, failures, how long they worked and waited for a person."""

from houmao.cli.client.http import Answer, Server
from houmao.cli.render.output import Word

COLUMNS = ("TURNS", "FAILED", "WORKED", "WAITED")


def read_today(server: Server) -> dict[tuple[str, str], Answer]:
    """The tally of every agent with a screen, by host and id. Raises what `Server.get` raises."""
    told = server.get("houmao", "today")["agents"]
    return {(it["host"], it["agent_id"]): it for it in told}


def cells(tally: Answer | None) -> tuple[str | Word, ...]:
    """An agent's row under `COLUMNS`."""
    if tally is None:
        return ("-",) * len(COLUMNS)
    failed = tally["failed"]
    return (
        str(tally["turns"]),
        Word(str(failed), "red") if failed else "0",
        span(tally["worked_seconds"]),
        span(tally["waited_seconds"]),
    )


def span(seconds: float) -> str:
    """A length of time in its two largest units: `1h05m`, `3m20s`, `12s`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"
