"""The `agents` group: names of its commands and where they are."""

import click

from houmao.cli.lazy_group import LazyGroup, examples


@click.group(
    cls=LazyGroup,
    paths={
        "launch": "houmao.cli.agents.launch:launch",
        "attach": "houmao.cli.agents.attach:attach",
        "next": "houmao.cli.agents.attach:next_agent",
        "wait": "houmao.cli.agents.wait:wait",
        "top": "houmao.cli.agents.top:top",
        "list": "houmao.cli.agents.list:list_agents",
        "show": "houmao.cli.agents.show:show",
        "state": "houmao.cli.agents.state:state",
        "explain": "houmao.cli.agents.explain:explain",
        "answer": "houmao.cli.agents.answer:answer",
        "history": "houmao.cli.agents.history:history",
        "watch": "houmao.cli.agents.watch:watch",
        "record": "houmao.cli.recordings.record:record",
        "refresh": "houmao.cli.agents.state:refresh",
        "seen": "houmao.cli.agents.state:seen",
        "prompt": "houmao.cli.agents.prompt:prompt",
        "turn": "houmao.cli.turns.group:turn",
        "mail": "houmao.cli.mail.groups:mail",
        "mailbox": "houmao.cli.mail.groups:mailbox",
        "dialog": "houmao.cli.agents.dialog:dialog",
        "reply": "houmao.cli.agents.dialog:reply",
        "interrupt": "houmao.cli.agents.control:interrupt",
        "requests": "houmao.cli.agents.requests:requests",
        "stop": "houmao.cli.agents.control:stop",
        "relaunch": "houmao.cli.agents.launch:relaunch",
        "join": "houmao.cli.agents.join:join",
        "leave": "houmao.cli.agents.leave:leave",
        "cleanup": "houmao.cli.agents.cleanup:cleanup",
        "gateway": "houmao.cli.gateway.group:gateway",
    },
    epilog=examples(
        "houmao-mgr agents list",
        "houmao-mgr agents state gpu",
        'houmao-mgr agents prompt gpu --prompt "run the tests" --wait',
        "houmao-mgr agents watch --json | jq .turn_phase",
    ),
)
def agents() -> None:
    """Launch, see, follow, ask, adopt and stop agents.

    AGENT is an agent's name or id; `--agent-name` and `--agent-id` say which one is meant.
    """
