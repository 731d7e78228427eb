"""The `houmao-mgr` command: which commands there are, and the one catch of Houmao's errors.

Knows no command's code; each is imported when it is asked for.
"""

from typing import Any

import click

from houmao import config
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.render.output import plain
from houmao.errors import HoumaoError


class Root(LazyGroup):
    """The top group; where every HoumaoError ends."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command; tell an error in one sentence."""
        try:
            return super().invoke(ctx)
        except HoumaoError as error:
            # The only message of several lines ends with what a tool showed in its pane.
            text = "\n".join(map(plain, error.message.splitlines()))
            click.echo(f"Error: {text}", err=True)
            ctx.exit(error.exit_code)


@click.group(
    cls=Root,
    paths={
        "agents": "houmao.cli.agents.group:agents",
        "hosts": "houmao.cli.hosts:hosts",
        "server": "houmao.cli.server:server",
        "build-brain": "houmao.cli.build_brain:build_brain",
        "brains": "houmao.cli.build_brain:brains",
        "start-session": "houmao.cli.sessions.commands:start_session",
        "send-prompt": "houmao.cli.sessions.send_prompt:send_prompt",
        "stop-session": "houmao.cli.sessions.commands:stop_session",
        "interrupt": "houmao.cli.sessions.commands:interrupt",
        "send-keys": "houmao.cli.sessions.commands:send_keys",
        "mailbox": "houmao.cli.mail.groups:root",
        "project": "houmao.cli.project:project",
        "tmux": "houmao.cli.tmux:tmux",
        "config": "houmao.cli.settings:config_group",
        "service": "houmao.cli.service.commands:service",
        "doctor": "houmao.cli.doctor:doctor",
        "explain": "houmao.cli.explain:explain",
        "replay": "houmao.cli.recordings.replay:replay",
        "token": "houmao.cli.token:tokens",
        "signs": "houmao.cli.signs:signs",
        "demo": "houmao.cli.demo:demo",
    },
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "houmao-mgr agents list              every agent and what it is doing",
        "houmao-mgr agents watch             follow all changes live",
        "houmao-mgr agents state gpu         one agent, with the reasons",
        "houmao-mgr server status            is the server running?",
        "houmao-mgr demo                     see it all without having an agent",
    ),
)
@click.version_option(package_name="houmao")
@click.option(
    "--no-color", is_flag=True, help="Plain text on a terminal too, as NO_COLOR asks for."
)
@click.pass_context
def main(ctx: click.Context, no_color: bool) -> None:
    """Watch and manage the coding agents in this machine's tmux sessions."""
    if no_color or config.environment().get("NO_COLOR"):
        ctx.color = False
