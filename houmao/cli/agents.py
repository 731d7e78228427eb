"""The `agents` group: names of its commands and where they are."""

import click

from houmao.cli.lazy import LazyGroup, examples


@click.group(
    cls=LazyGroup,
    paths={
        "launch": "houmao.cli.launch:launch",
        "list": "houmao.cli.list:list_agents",
        "show": "houmao.cli.show:show",
        "state": "houmao.cli.state:state",
        "explain": "houmao.cli.explain:explain",
        "history": "houmao.cli.history:history",
        "watch": "houmao.cli.watch:watch",
        "record": "houmao.cli.record:record",
        "refresh": "houmao.cli.refresh:refresh",
        "prompt": "houmao.cli.prompt:prompt",
        "turn": "houmao.cli.turn:turn",
        "interrupt": "houmao.cli.interrupt:interrupt",
        "requests": "houmao.cli.requests:requests",
        "stop": "houmao.cli.stop:stop",
        "relaunch": "houmao.cli.launch:relaunch",
        "join": "houmao.cli.join:join",
        "cleanup": "houmao.cli.cleanup:cleanup",
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
