"""`houmao-mgr agents mail`: read and write an agent's mail. Needs no server.

It goes through the agent's gateway where one is attached, else straight to the files.
"""

from collections.abc import Sequence
from typing import Any

import click

from houmao import clock
from houmao.cli.client.http import Answer
from houmao.cli.lazy_group import examples
from houmao.cli.mail.options import binding_option, body_options
from houmao.cli.mail.way import MailWay, mail_option
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, Word, age, card, plain, pretty, table
from houmao.gateway.here import gateway_here
from houmao.mailbox import wire
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.binding import MailboxBinding
from houmao.mailbox.box import MailDraft
from houmao.mailbox.fields import harmless, reference, referred
from houmao.mailbox.reading import MailEntry
from houmao.mailbox.thread import transcript
from houmao.sessions.mail_environment import live_binding
from houmao.sessions.mailboxes import opened


@click.command()
@mail_option
@json_option
def status(output: CommandOutput, mail: MailWay) -> None:
    """Show which mailbox the agent has."""
    answer = mail.status()
    output.write(answer, card([(name, str(it)) for name, it in answer.items()]))


@click.command(epilog=examples("houmao-mgr agents mail check reviewer --unread-only --limit 5"))
@click.option("--unread-only", is_flag=True, help="Leave out what was marked as read.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the newest.")
@click.option("--since", metavar="TIME", help="Only from this ISO 8601 time on.")
@mail_option
@json_option
def check(output: CommandOutput, mail: MailWay, **wanted: Any) -> None:
    """List the inbox, the newest first. Nothing is marked as read by that."""
    answer = mail.check(**wanted)
    output.write(answer, _inbox_lines(answer["messages"]))


def _inbox_lines(found: Sequence[Answer]) -> list[str]:
    if not found:
        return ["no mail"]
    now = clock.now()
    rows = [
        (
            Word("new", "green") if it["unread"] else "",
            age(it["created_at_utc"], now),
            it["sender"]["address"],
            harmless(it["subject"]),
            it["message_ref"],
        )
        for it in found
    ]
    return table(("", "AGE", "FROM", "SUBJECT", "REF"), rows)


@click.command(
    epilog=examples(
        "houmao-mgr agents mail send coder --to reviewer@agents.localhost --subject Draft "
        "--body-content 'See it.'",
    )
)
@click.option("--to", multiple=True, required=True, metavar="ADDRESS", help="May be repeated.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="May be repeated.")
@click.option("--subject", required=True, metavar="TEXT")
@body_options
@mail_option
@json_option
def send(output: CommandOutput, mail: MailWay, **text: Any) -> None:
    """Send a message: all recipients get it, or nobody does."""
    answer = mail.send(MailDraft(**text))
    output.write(answer, [f"sent {answer['message']['message_ref']}"])


@click.command(
    epilog=examples("houmao-mgr agents mail reply reviewer --message-ref REF --body-content Fine")
)
@click.option("--message-ref", required=True, metavar="REF", help="What is answered.")
@body_options
@mail_option
@json_option
def reply(
    output: CommandOutput,
    mail: MailWay,
    message_ref: str,
    body: str,
    files: tuple[AttachedFile, ...],
) -> None:
    """Answer a message, in its thread."""
    answer = mail.reply(message_ref, body, files)
    output.write(answer, [f"sent {answer['message']['message_ref']}"])


@click.command(epilog=examples("houmao-mgr agents mail mark reviewer --message-ref REF --archived"))
@click.option("--message-ref", required=True, metavar="REF")
@click.option("--read/--unread", default=None, help="Read, when nothing is said.")
@click.option("--starred/--not-starred", default=None)
@click.option("--archived/--not-archived", default=None, help="Out of the inbox's list.")
@click.option("--deleted/--not-deleted", default=None, help="Out of the inbox's list.")
@binding_option
@json_option
def mark(
    output: CommandOutput, binding: MailboxBinding, message_ref: str, **flags: bool | None
) -> None:
    """Mark a message, by default as read. Its file and the others' mailboxes stay as they are."""
    box = opened(binding)
    said = {name: it for name, it in flags.items() if it is not None} or {"read": True}
    state = box.mark(message_ref, **said)
    known = ", ".join(name for name in ("read", "starred", "archived", "deleted") if state[name])
    output.write(wire.marked(box, referred(message_ref), state), [known or "unread"])


@click.command(epilog=examples("houmao-mgr agents mail read reviewer --message-ref REF"))
@click.option("--message-ref", required=True, metavar="REF")
@binding_option
@json_option
def read(output: CommandOutput, binding: MailboxBinding, message_ref: str) -> None:
    """Show a message. It is not marked as read by that."""
    entry = opened(binding).read(message_ref)
    output.write(wire.message(entry), _entry_lines(entry))


def _entry_lines(entry: MailEntry) -> list[str]:
    facts = [
        ("from", entry.sender.address),
        ("to", ", ".join(it.address for it in entry.to)),
        ("cc", ", ".join(it.address for it in entry.cc)),
        ("time", entry.created_at_utc),
        ("subject", harmless(entry.subject)),
        ("attached", ", ".join(it.path for it in entry.attachments)),
        ("ref", reference(entry.message_id)),
    ]
    return [*card(facts), "", *map(plain, map(harmless, entry.body.split("\n")))]


@click.command(epilog=examples("houmao-mgr agents mail thread reviewer --message-ref REF"))
@click.option("--message-ref", required=True, metavar="REF", help="Any message of it.")
@binding_option
@json_option
def thread(output: CommandOutput, binding: MailboxBinding, message_ref: str) -> None:
    """Show the whole thread of a message as text, the oldest first."""
    found = opened(binding).thread(message_ref)
    text = transcript(found)
    answer = {"message_count": len(found), "text": text}
    output.write(answer, map(plain, map(harmless, text.split("\n"))))


@click.command("resolve-live", epilog=examples("houmao-mgr agents mail resolve-live"))
def resolve_live() -> None:
    """Tell an agent its present mailbox and gateway, as JSON; its variables may be out of date."""
    answer: dict[str, Any] = {**live_binding(), "gateway": gateway_here()}
    click.echo(pretty(answer))
