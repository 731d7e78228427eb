"""`houmao-mgr agents show`: who an agent is, where it lives, and what its screen shows."""

from collections.abc import Iterator

import click

from houmao import clock, config
from houmao.cli.agents.usage import read_usage, tokens
from houmao.cli.client.http import Answer, Server, Unreachable
from houmao.cli.lazy_group import examples
from houmao.cli.options import AgentReference, agent_options, json_option, server_options
from houmao.cli.render.agent_state import (
    Situation,
    after,
    flat,
    headless_word,
    last_turn_word,
    state_word,
)
from houmao.cli.render.output import CommandOutput, Word, card, plain
from houmao.errors import HoumaoError

#: Lines of the screen that are printed, counted from its last line that is not blank.
_SCREEN_LINES = 40


@click.command(
    epilog=examples(
        "houmao-mgr agents show gpu",
        "houmao-mgr agents show gpu --screen",
        "houmao-mgr agents show gpu --json | jq .detail.probe_snapshot.pane_id",
    )
)
@agent_options()
@click.option("--screen", is_flag=True, help="Print what the screen shows, too.")
@server_options
@json_option
def show(server: Server, output: CommandOutput, who: AgentReference, screen: bool) -> None:
    """Show who an agent is, where it lives and how to get to it.

    Without a server, an agent of this machine is looked at here and now.
    """
    found, here = shown(server, who), config.load().host_id
    answer = {**found, "usage": read_usage(server, who.exact(found["identity"]))}
    output.write(answer, show_lines(answer, clock.now(), here, screen=screen))


def shown(server: Server, who: AgentReference) -> Answer:
    """The detail view, the server's or our own. Raises HoumaoError."""
    try:
        answer = server.get("houmao", "agents", who.text, "managed-state", "detail")
    except Unreachable as away:
        # Imported here: what looks at screens costs start-up time that others must not pay.
        from houmao.cli.agents.without_server import local_detail

        try:
            return local_detail(who)
        except HoumaoError:
            raise away from None
    who.check(answer["identity"]["agent_id"], answer["identity"]["agent_name"])
    return answer


def show_lines(answer: Answer, now: float, here: str, *, screen: bool) -> Iterator[str]:
    """A card of the identity, and the screen when it was asked for; `here` is the own host."""
    identity, summary, detail = answer["identity"], answer["summary_state"], answer["detail"]
    last, session = summary["last_turn"], identity["tmux_session_name"]
    usage, host = answer.get("usage"), str(identity.get("host") or "")
    yield from card(
        [
            ("agent", identity["agent_name"]),
            ("id", identity["agent_id"]),
            ("tool", identity["tool"]),
            ("state", _state_word(summary, detail)),
            ("last turn", last_turn_word(last["result"], last["updated_at_utc"], now)),
            *(_usage_rows(usage) if usage else ()),
            ("session", session),
            ("host", host),
            ("attach", _attach(session, "" if host in ("", here) else host)),
            ("pane", _pane(detail)),
            ("manifest", identity["manifest_path"]),
            ("session root", identity["session_root"] or ""),
            ("mailbox", (summary["mailbox"] or {}).get("address", "")),
            ("gateway", _gateway(summary["gateway"])),
        ]
    )
    if screen:
        yield from _screen_lines(detail)


def _usage_rows(usage: Answer) -> Iterator[tuple[str, str]]:
    yield "model", usage["model"] or ""
    yield "conversation", usage["conversation_id"] or ""
    yield "last turn's tokens", tokens(usage["last_turn"])
    yield "all tokens", tokens(usage["conversation"])


def _state_word(summary: Answer, detail: Answer) -> Word:
    if detail["transport"] == "tui":
        return state_word(after(Situation(), flat({**summary, **detail})))
    return headless_word(summary)


def _attach(session: str, other_host: str) -> str:
    """The command that goes to a session; over ssh when a host is named."""
    # Quoted for zsh, too, which takes a word that begins with `=` for a command's path.
    command = f"tmux attach-session -t '={session}'"
    return f'ssh -t {other_host} "{command}"' if other_host else command


def _pane(detail: Answer) -> str:
    probe = detail.get("probe_snapshot")
    return f"{probe['pane_id']}, process {probe['pane_pid']}" if probe else ""


def _gateway(gateway: Answer | None) -> str:
    if gateway is None:
        return ""
    where = f"{gateway['gateway_host']}:{gateway['gateway_port']}"
    return f"{gateway['gateway_health']} at {where}, {gateway['queue_depth']} queued"


def _screen_lines(detail: Answer) -> Iterator[str]:
    surface = detail.get("parsed_surface")
    if surface is None:
        yield "screen: cannot be read now"
        return
    lines = surface["normalized_projection_text"].rstrip().splitlines()[-_SCREEN_LINES:]
    yield "screen"
    yield from (f"  {plain(line)}".rstrip() for line in lines)
