"""`houmao-mgr agents mailbox`: which mailbox a running agent has. Needs no server."""

from dataclasses import replace

import click

from houmao.cli.lazy_group import examples
from houmao.cli.mail.options import binding_option, session_option
from houmao.cli.mail.root import clear, ended_options
from houmao.cli.options import json_option, mailbox_options
from houmao.cli.render.output import CommandOutput, card
from houmao.cli.sessions.commands import new_generation
from houmao.mailbox.admin import DEACTIVATE, END_MODES, MODES, SAFE, EndedRules
from houmao.mailbox.binding import MailboxBinding, MailboxOptions
from houmao.mailbox.root import open_root
from houmao.sessions.mailboxes import Rebinding, bound, rebind, unbind
from houmao.sessions.target import SessionTarget


@click.command()
@session_option
@json_option
def status(output: CommandOutput, target: SessionTarget) -> None:
    """Show the mailbox an agent has."""
    stored = target.stored
    known = bound(stored).document()
    answer = {
        "schema_version": 1,
        "tracked_agent_id": stored.agent_id,
        "agent_id": stored.agent_id,
        "agent_name": stored.agent_name,
        **known,
    }
    output.write(answer, card([("agent", stored.agent_name), *known.items()]))


@click.command(epilog=examples("houmao-mgr agents mailbox register reviewer --mode stash"))
@click.option("--mode", type=click.Choice(MODES), default=SAFE, show_default=True)
@mailbox_options(transport=False)
@session_option
@json_option
def register(
    output: CommandOutput, target: SessionTarget, mailbox: MailboxOptions, mode: str
) -> None:
    """Give a running agent a mailbox.

    Commands find it at once; the agent's own variables have it after `agents relaunch`.
    """
    _tell(output, rebind(target, mailbox, mode, new_generation()))


@click.command(epilog=examples("houmao-mgr agents mailbox unregister reviewer --mode purge"))
@click.option("--mode", type=click.Choice(END_MODES), default=DEACTIVATE, show_default=True)
@session_option
@json_option
def unregister(output: CommandOutput, target: SessionTarget, mode: str) -> None:
    """Take an agent's mailbox away: `deactivate` keeps its files, `purge` removes them."""
    _tell(output, unbind(target, mode))


def _tell(output: CommandOutput, done: Rebinding) -> None:
    answer = done.answer()
    names = ("agent_name", "address", "filesystem_root", "activation_state")
    output.write(answer, card([(name, str(answer[name] or "")) for name in names]))


@click.command(epilog=examples("houmao-mgr agents cleanup mailbox reviewer --dry-run"))
@ended_options
@binding_option
@json_option
def cleanup(
    output: CommandOutput, binding: MailboxBinding, rules: EndedRules, dry_run: bool
) -> None:
    """Remove what an agent's address left: stashed and ended mailboxes, never the one it has."""
    own = replace(rules, address=binding.address)
    clear(output, open_root(binding.root), own, dry_run=dry_run)
