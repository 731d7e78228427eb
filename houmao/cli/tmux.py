"""`houmao-mgr tmux`: what makes tmux itself a way to the agents."""

import click

from houmao.cli.lazy_group import examples

_BINDINGS = """\
# Lines for ~/.tmux.conf: prefix N goes to the next agent that waits for you, prefix A lists all.
bind-key N run-shell -b "houmao-mgr agents next 2>&1 || tmux display-message 'nobody waits'"
bind-key A display-popup -w 90% -h 60% -E "houmao-mgr agents list; read -r _"
"""


@click.group(epilog=examples("houmao-mgr tmux bindings >> ~/.tmux.conf"))
def tmux() -> None:
    """Reach the agents from within tmux."""


@tmux.command(
    epilog=examples(
        "houmao-mgr tmux bindings",
        "houmao-mgr tmux bindings >> ~/.tmux.conf && tmux source-file ~/.tmux.conf",
    )
)
def bindings() -> None:
    """Print key bindings for tmux: go to the next agent that waits, list all."""
    click.echo(_BINDINGS, nl=False)
