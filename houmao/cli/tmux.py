"""`houmao-mgr tmux`: what makes tmux itself a way to the agents."""

import click

from houmao import config, settings_file
from houmao.cli.lazy_group import examples
from houmao.cli.settings import checked

_BINDINGS = """\
# Lines for ~/.tmux.conf: prefix N goes to the next agent that waits for you, prefix A lists all.
bind-key N run-shell -b "houmao-mgr agents next 2>&1 || tmux display-message 'nobody waits'"
bind-key A display-popup -w 90% -h 60% -E "houmao-mgr agents list; read -r _"
"""

_STATUS = """\
# Lines for ~/.tmux.conf; the options are kept by the running server and cost nothing to show.
set -g status-right "#{@houmao} | %H:%M"
set -g window-status-format "#I:#W#{?@houmao_window, [#{@houmao_window}],}"
# Also: @houmao_session of a session, @houmao_state of a pane.
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


@tmux.command(epilog=examples("houmao-mgr tmux status on", "houmao-mgr tmux status off"))
@click.argument("wanted", type=click.Choice(["on", "off"]))
def status(wanted: str) -> None:
    """Keep the agents' states in tmux's own options, for its status line; off removes them all."""
    on = wanted == "on"
    path = config.load().settings_file
    settings_file.change(path, "tmux.status", "true" if on else "false", checked)
    click.echo(_STATUS if on else "the options are removed within a second or two", nl=not on)
