"""`houmao-mgr config`: the user's settings file, shown, changed and explained."""

from collections.abc import Iterator

import click

from houmao import config, settings_file
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, table
from houmao.errors import ConfigError
from houmao.notices.notice import NoticeKind
from houmao.notices.rules import NotifySettings, notify_settings
from houmao.settings_file import Document

_KINDS = ", ".join(f'"{kind}"' for kind in NoticeKind)
_EXPLAINED = f"""\
# What ~/.houmao/config.toml may hold (HOUMAO_CONFIG_FILE names another file).
# It is read again whenever it changes; no process has to be restarted.

[tmux]
status = false              # states in tmux's own options, for status lines and window lists

[notify]
quiet = "22:00-07:00"       # nothing is told between these times of this machine's day
idle_minutes = 30           # what `idle` means

[[notify.rule]]             # as many rules as you like
name = "phone"              # how logs call it
on = [{_KINDS}]
                            # what is told; without it, all of these
agents = ["review*"]        # patterns of agents' names; without it, all
folders = ["/srv/code/*"]
command = 'notify-me "$HOUMAO_NOTICE_TEXT"'
                            # a line for sh: HOUMAO_NOTICE_KIND, _AGENT_NAME, _REASON, _FOLDER …
                            # are set, and all of it is on standard input as JSON
webhook = "https://example.org/hook"
secret_file = "~/.houmao/webhook.secret"
                            # signs what goes to the webhook
desktop = true              # a notification of the desktop
bell = true                 # the bell of every terminal on tmux
tmux = true                 # a message in tmux
"""


@click.group(
    "config",
    epilog=examples(
        "houmao-mgr config show",
        "houmao-mgr config explain >> ~/.houmao/config.toml",
        "houmao-mgr config set notify.quiet 22:00-07:00",
    ),
)
def config_group() -> None:
    """Your settings: who is told what, and how."""


@config_group.command(epilog=examples("houmao-mgr config show --json"))
@json_option
def show(output: CommandOutput) -> None:
    """Show the settings as they are, and name the first mistake in them."""
    path = config.load().settings_file
    document = settings_file.read(path)
    notify = checked(document)
    output.write({"file": str(path), "settings": document}, _lines(str(path), notify))


@config_group.command("set", epilog=examples("houmao-mgr config set notify.idle_minutes 10"))
@click.argument("name")
@click.argument("value")
def set_value(name: str, value: str) -> None:
    """Change one setting; the rest of the file stays as it is, comments too."""
    path = config.load().settings_file
    settings_file.change(path, name, value, checked)
    click.echo(f"{name} is set in {path}")


@config_group.command(epilog=examples("houmao-mgr config explain"))
def explain() -> None:
    """Print every setting with what it means, as a file to begin with."""
    click.echo(_EXPLAINED, nl=False)


def checked(document: Document) -> NotifySettings:
    """The settings of a document. Raises ConfigError for what cannot be."""
    for name in document.keys() - {"notify", "tmux"}:
        raise ConfigError(f"{name}: unknown; `houmao-mgr config explain` tells what there is")
    status = document.get("tmux", {})
    if not isinstance(status, dict) or not isinstance(status.get("status", False), bool):
        raise ConfigError("tmux.status: must be true or false")
    return notify_settings(document)


def _lines(path: str, notify: NotifySettings) -> Iterator[str]:
    yield path
    if not notify.rules:
        yield "nobody is told of anything; `houmao-mgr config explain` shows how to change that"
        return
    rows = [
        [rule.name, " ".join(rule.on), " ".join(rule.agents) or "all", " ".join(rule.channels)]
        for rule in notify.rules
    ]
    yield from table(("RULE", "ON", "AGENTS", "BY"), rows)
