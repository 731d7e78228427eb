"""The `agents gateway` group: names of its commands and where they are."""

import click

from houmao.cli.lazy_group import LazyGroup, examples


@click.group(
    cls=LazyGroup,
    paths={
        "attach": "houmao.cli.gateway.life:attach",
        "detach": "houmao.cli.gateway.life:detach",
        "status": "houmao.cli.gateway.life:status",
        "prompt": "houmao.cli.gateway.control:prompt",
        "interrupt": "houmao.cli.gateway.control:interrupt",
        "send-keys": "houmao.cli.gateway.control:send_keys",
        "tui": "houmao.cli.gateway.tui:tui",
        "mail-notifier": "houmao.cli.gateway.notifier:notifier",
    },
    epilog=examples(
        "houmao-mgr agents gateway attach gpu",
        'houmao-mgr agents gateway prompt gpu --prompt "run the tests" --queue',
        "houmao-mgr agents gateway status gpu --json | jq .queue_depth",
    ),
)
def gateway() -> None:
    """Give an agent an address of its own, with a queue that outlives its process.

    Inside an agent's tmux session no AGENT is needed. With `--port` a server is asked to hand the
    call on; without it the agent is one of this machine.
    """
