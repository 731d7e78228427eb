"""`houmao-mgr agents state`, `agents refresh` and `agents seen`: one agent's state as a card."""

from collections.abc import Iterator

import click

from houmao import clock
from houmao.cli.agents.headless import headless_card, instead_of
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import (
    ADVICE,
    Situation,
    last_turn_word,
    situation,
    spaced,
    state_word,
)
from houmao.cli.render.output import CommandOutput, Word, ago, card, plain


@click.command(
    epilog=examples(
        "houmao-mgr agents state gpu",
        "houmao-mgr agents state --agent-id ef83ad2c9bc544c579d1f5d1c3b8dfc8",
        "houmao-mgr agents state gpu --json | jq -r .turn.phase",
    )
)
@agent_options()
@server_options
@json_option
def state(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Tell what an agent is doing, since when, what blocks it.

    The evidence names the rules that decided and the rows of the screen they read. A headless
    agent has no screen: its turns tell.
    """
    answer = read_agent(server, who, "state")
    tell(server, output, answer)


def tell(server: Server, output: CommandOutput, answer: Answer) -> None:
    """Print an agent's state, by its turns when it has no screen."""
    headless = instead_of(server, answer)
    if headless is not None:
        output.write(headless, headless_card(headless, clock.now()))
    else:
        output.write(answer, state_lines(answer, clock.now()))


def state_lines(state: Answer, now: float) -> Iterator[str]:
    """The card, and below it the evidence the state was read from."""
    current, last = situation(state), state["last_turn"]
    yield from card(
        [
            ("agent", f"{state['agent_name']} ({state['agent_id']})"),
            ("state", state_word(current)),
            ("because", reason(state, current)),
            ("since", ago(state["stability"]["stable_since_utc"], now)),
            ("last turn", last_turn_word(last["result"], last["updated_at_utc"], now)),
            ("takes input", state["surface"]["accepting_input"]),
            ("seen", ago(state.get("seen_at"), now)),
        ]
    )
    if evidence := state.get("evidence"):
        yield "evidence"
        yield from (f"  {line}" for item in evidence for line in _evidence_lines(item))


def reason(state: Answer, current: Situation) -> str | Word:
    """What stands in the way of a prompt, as far as anything does."""
    diagnostics = state["diagnostics"]
    for problem in (diagnostics["probe_error"], diagnostics["parse_error"]):
        if problem:
            return Word(f"{spaced(problem['kind'])}: {problem['message']}")
    if current.transport_state == "tmux_missing":
        return "its tmux session is not running"
    if current.process_state == "tui_down":
        return "its program no longer runs in the pane"
    if current.blocked_on:
        return ADVICE.get(current.blocked_on, "it waits for an answer in its pane")
    if current.editing_input == "yes":
        return "somebody typed text that was not sent"
    return ""


def _evidence_lines(item: Answer) -> Iterator[str]:
    rows = ",".join(map(str, item["rows"]))
    yield plain(item["rule"]) + (f" (row {rows})" if rows else "")
    if item["excerpt"]:
        yield f"  {plain(item['excerpt'])}"


@click.command(
    epilog=examples(
        "houmao-mgr agents refresh gpu",
        "tmux send-keys -t '=gpu:' Escape && houmao-mgr agents refresh gpu --json",
    )
)
@agent_options()
@server_options
@json_option
def refresh(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Look at an agent's screen now and tell its state after that.

    States are kept current without this; it is for scripts that must know that what they
    did a moment ago is already in the answer.
    """
    answer = server.post("houmao", "agents", who.text, "refresh")
    who.check(answer["agent_id"], answer["agent_name"])
    tell(server, output, answer)


@click.command(epilog=examples("houmao-mgr agents seen gpu"))
@agent_options()
@server_options
@json_option
def seen(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Say that you have seen how an agent's last turn ended: it is `ready`, no longer `done`.

    A pane that is in front in an attached terminal is seen without this.
    """
    agent = who.exact(read_agent(server, who))
    tell(server, output, server.post("houmao", "agents", agent, "seen"))
