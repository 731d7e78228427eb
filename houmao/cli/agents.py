"""The `agents` group: names of its commands and where they are."""

import click

from houmao.cli.lazy import LazyGroup, examples


@click.group(
    cls=LazyGroup,
    paths={
        "list": "houmao.cli.list:list_agents",
        "show": "houmao.cli.show:show",
        "state": "houmao.cli.state:state",
        "explain": "houmao.cli.explain:explain",
        "history": "houmao.cli.history:history",
        "watch": "houmao.cli.watch:watch",
        "refresh": "houmao.cli.refresh:refresh",
        "join": "houmao.cli.join:join",
        "cleanup": "houmao.cli.cleanup:cleanup",
    },
    epilog=examples(
        "houmao-mgr agents list",
        "houmao-mgr agents state gpu",
        "houmao-mgr agents watch --json | jq .turn_phase",
    ),
)
def agents() -> None:
    """See, follow, adopt and clean up agents.

    AGENT is an agent's name or id; `--agent-name` and `--agent-id` say which one is meant.
    """
