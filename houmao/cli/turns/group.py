"""The `agents turn` group: names of its commands and where they are."""

import click

from houmao.cli.lazy_group import LazyGroup, examples


@click.group(
    cls=LazyGroup,
    paths={
        "submit": "houmao.cli.turns.submit:submit",
        "status": "houmao.cli.turns.status:status",
        "events": "houmao.cli.turns.output:events",
        "stdout": "houmao.cli.turns.output:stdout",
        "stderr": "houmao.cli.turns.output:stderr",
    },
    epilog=examples(
        'houmao-mgr agents turn submit rev --prompt "Review the latest commit" --wait',
        "houmao-mgr agents turn status rev            its latest turn",
        "houmao-mgr agents turn events rev --follow   what it tells, as it comes",
        'houmao-mgr agents turn submit --all --prompt "Pull and run the tests"',
    ),
)
def turn() -> None:
    """Give headless agents work and see what came of it.

    A headless agent runs its tool once for each prompt; that run is a turn. TURN_ID is what
    `submit` printed; without it the agent's latest turn is meant.
    """
