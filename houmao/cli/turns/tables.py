"""Turns and fan-outs as a person reads them. Pure: API objects and the time in, lines out."""

from collections.abc import Iterator

from houmao.cli.client.http import Answer
from houmao.cli.render.output import Word, ago, card, paint, plain, table
from houmao.clock import parse_iso

STATUS_COLOURS = {
    "active": "cyan",
    "completed": "green",
    "failed": "red",
    "interrupted": "yellow",
    "abandoned": "red",
    "refused": "red",
    "unknown": "magenta",
}
#: What a turn is called that may still change.
RUNNING = ("active", "unknown")

_TURN_COLUMNS = ("WHEN", "TURN", "STATUS", "TOOK", "SAYS")
_FAN_OUT_COLUMNS = ("AGENT", "TURN", "STATUS", "SAYS")
#: Characters of an answer or error that a table shows.
_WIDTH = 60


def turn_lines(turn: Answer, now: float) -> Iterator[str]:
    """A card of one turn, and below it what the agent answered."""
    yield from card(
        [
            ("turn", f"{turn['turn_id']} (turn {turn['turn_index']} of {turn['agent_name']})"),
            ("status", status_word(turn["status"])),
            ("because", turn["error"] or ""),
            ("began", ago(turn["started_at_utc"], now)),
            ("took", took(turn, now)),
            ("interrupt", _asked_at(turn, now)),
            ("time limit", f"{turn['limit_seconds']} s" if turn["limit_seconds"] else ""),
            ("exit code", "" if turn["returncode"] is None else str(turn["returncode"])),
            ("conversation", turn["provider_session_id"] or ""),
            ("fan-out", turn["fan_out_id"] or ""),
            ("stdout", turn["stdout_path"] or ""),
            ("stderr", turn["stderr_path"] or ""),
        ]
    )
    if turn["answer"]:
        yield "answer"
        yield from (f"  {plain(line)}".rstrip() for line in turn["answer"].splitlines())


def verdict_line(turn: Answer, now: float) -> str:
    """How a turn ended, in one line."""
    who = f"turn {turn['turn_index']} of {plain(turn['agent_name'])}"
    return f"{turn['status']}: {who} took {took(turn, now)}"


def turn_table(agent: Answer, now: float) -> list[str]:
    """An agent's turns, newest first, or one sentence when there are none."""
    if not agent["turns"]:
        return [f"{plain(agent['agent_name'])} has had no turn yet"]
    rows = [
        [
            ago(turn["started_at_utc"], now),
            turn["turn_id"],
            status_word(turn["status"]),
            took(turn, now),
            says(turn),
        ]
        for turn in agent["turns"]
    ]
    return table(_TURN_COLUMNS, rows)


def fan_out_lines(found: Answer) -> Iterator[str]:
    """One row for each agent, and how many stand how."""
    rows = [
        [turn["agent_name"], turn["turn_id"] or "-", status_word(turn["status"]), says(turn)]
        for turn in found["turns"]
    ]
    yield from table(_FAN_OUT_COLUMNS, rows)
    yield count_line(found)


def count_line(found: Answer) -> str:
    """How many turns of a fan-out stand how."""
    counts = ", ".join(f"{count} {status}" for status, count in found["counts"].items() if count)
    return f"{found['fan_out_id']}: {counts}"


def fan_out_step(turn: Answer) -> str:
    """One agent's turn of a fan-out, once it has ended."""
    word = paint(status_word(turn["status"]))
    padding = " " * (max(map(len, STATUS_COLOURS)) - len(turn["status"]))
    return f"{word}{padding}  {plain(turn['agent_name'])}  {plain(says(turn))}".rstrip()


def status_word(status: str) -> Word:
    """A status in its colour."""
    return Word(status, STATUS_COLOURS.get(status))


def says(turn: Answer) -> str:
    """Why a turn went wrong, else what it answered, as far as a table has room."""
    line = " ".join(str(turn["error"] or turn["answer"] or "").split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def took(turn: Answer, now: float) -> str:
    """How long a turn ran, or has run so far, by times in whole seconds: `<1s`, `12s`, `3m 20s`."""
    end = parse_iso(turn["completed_at_utc"]) if turn["completed_at_utc"] else now
    seconds = max(0.0, end - parse_iso(turn["started_at_utc"]))
    if seconds < 1:
        return "<1s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def _asked_at(turn: Answer, now: float) -> str:
    return ago(turn["interrupt_requested_at_utc"], now)
