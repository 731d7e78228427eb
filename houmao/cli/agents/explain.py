"""`houmao-mgr agents explain`: why an agent is said to be what it is said to be."""

from collections.abc import Iterable, Iterator

import click

from houmao import clock
from houmao.cli.agents.headless import headless_card, instead_of
from houmao.cli.agents.state import reason
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import last_turn_word, situation, spaced, state_word
from houmao.cli.render.output import CommandOutput, ago, card, plain, table


@click.command(
    epilog=examples(
        "houmao-mgr agents explain gpu",
        "houmao-mgr agents explain gpu --json | jq '.evidence[].rows'",
        "houmao-mgr agents explain gpu --json | jq -r '.needed_for_ready[].how'",
    )
)
@agent_options()
@server_options
@json_option
def explain(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Tell why an agent is said to be what it is said to be.

    The rule that decided, the rows of the screen it read, how old all that is, what will
    happen by itself, the latest changes, and what has to change for the agent to be ready.
    """
    answer = read_agent(server, who, "explain")
    headless = instead_of(server, answer["state"])
    if headless is not None:
        output.write(headless, headless_card(headless, clock.now()))
    else:
        output.write(answer, explain_lines(answer, clock.now()))


def explain_lines(told: Answer, now: float) -> Iterator[str]:
    """The card, and a paragraph for each part of the explanation that says something."""
    yield from _card(told, now)
    parts = {
        f"evidence, {_age(told['capture_age_seconds'])} old": _evidence(told["evidence"]),
        "goes on beside the turn": _evidence(told["background"]),
        "will happen by itself unless the screen changes": _expected(told["expected"]),
        "latest changes": _recent(told["recent"], now),
        "needed for ready": _needed(told["needed_for_ready"]),
    }
    for title, lines in parts.items():
        shown = [f"  {line}".rstrip() for line in lines]
        if shown:
            yield from ("", title, *shown)


def _card(told: Answer, now: float) -> list[str]:
    state, last = told["state"], told["state"]["last_turn"]
    current, phase = situation(state), told["phase_reason"]
    because = reason(state, current) or (_reason(phase) if phase else "")
    return card(
        [
            ("agent", f"{told['agent_name']} ({told['agent_id']})"),
            ("tool", f"{told['tool']} {told['tool_version'] or 'of unknown version'}"),
            ("read by", _detector(told)),
            ("without", _journal(told)),
            ("state", state_word(current)),
            ("because", because),
            ("since", ago(state["stability"]["stable_since_utc"], now)),
            ("last turn", last_turn_word(last["result"], last["updated_at_utc"], now)),
            ("which is", _reason(told["last_turn_reason"]) if told["last_turn_reason"] else ""),
            ("seen", ago(state["seen_at"], now)),
        ]
    )


def _detector(told: Answer) -> str:
    known = "fallback_detector" not in told["notes"]
    return f"{told['detector']}{'' if known else ': no profile knows this version'}"


def _journal(told: Answer) -> str:
    """Why the screen is the only witness, empty while it is not."""
    problem = told.get("no_journal_because")
    return f"the tool's own journal: {problem}" if problem else ""


def _reason(found: Answer) -> str:
    return f"{found['means']} ({spaced(found['rule'])}, {_age(found['age_seconds'])} ago)"


def _evidence(found: Iterable[Answer]) -> Iterator[str]:
    for item in found:
        yield plain(spaced(item["rule"]) + _origin(item.get("sign")))
        for row in item["rows"]:
            yield plain(f"{row['row']:4} | {row['text']}")
        if not item["rows"] and item["excerpt"]:
            yield plain(f"     | {item['excerpt']}")


def _origin(sign: str | None) -> str:
    """Which line of which file of signs says how it looks; nothing for a shape."""
    file, _, line = (sign or "").partition(":")
    named = {"own": "your own signs", "shipped": "Houmao's signs"}.get(file)
    return f" (line {line} of {named})" if named else ""


def _expected(found: Iterable[Answer]) -> Iterator[str]:
    for item in found:
        yield f"in {item['in_seconds']:.1f} s: {item['means']}"


def _recent(found: Iterable[Answer], now: float) -> list[str]:
    rows = [
        [
            ago(item["recorded_at_utc"], now),
            spaced(item["summary"]),
            " ".join(item["changed_fields"]),
        ]
        for item in found
    ]
    return table(("WHEN", "WHAT", "CHANGED"), rows) if rows else []


def _needed(found: Iterable[Answer]) -> Iterator[str]:
    for item in found:
        yield plain(f"{item['how']} ({item['field']} is {item['now']})")


def _age(seconds: float | None) -> str:
    """Seconds as a person says them: one decimal below ten, none above."""
    if seconds is None:
        return "an unknown time"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
