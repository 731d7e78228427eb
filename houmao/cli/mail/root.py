"""`houmao-mgr mailbox`: a mailbox root and everybody in it. Needs no server."""

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click

from houmao import clock, config
from houmao.cli.lazy_group import examples
from houmao.cli.options import Command, json_option
from houmao.cli.render.output import CommandOutput, card, table
from houmao.errors import UsageError
from houmao.mailbox import reading, registration, schema, wire
from houmao.mailbox.admin import (
    DEACTIVATE,
    END_MODES,
    MODES,
    SAFE,
    Application,
    EndedRules,
    deregister,
)
from houmao.mailbox.admin import cleanup as clean_up
from houmao.mailbox.admin import register as register_address
from houmao.mailbox.fields import check_address, default_address, harmless
from houmao.mailbox.fields import since as since_time
from houmao.mailbox.founding import init_root, verify_index
from houmao.mailbox.message import Participant
from houmao.mailbox.reading import LogFilter, LogLine
from houmao.mailbox.registration import MailRegistration
from houmao.mailbox.repair import RepairWish
from houmao.mailbox.repair import repair as repair_index
from houmao.mailbox.root import MailRoot, open_root
from houmao.mailbox.scripts import birthmark
from houmao.mailbox.search import search

_FOLDER = click.Path(path_type=Path, file_okay=False)


def root_option(opened: Callable[[Path], MailRoot]) -> Callable[[Command], Command]:
    """Add `--mailbox-root`; the command gets `root: MailRoot`."""

    def decorate(command: Command) -> Command:
        @click.option(
            "--mailbox-root",
            type=_FOLDER,
            help="The root; else $HOUMAO_GLOBAL_MAILBOX_DIR, else ~/.houmao/mailbox.",
        )
        @wraps(command)
        def wrapper(*args: Any, mailbox_root: Path | None, **kwargs: Any) -> Any:
            path = Path.cwd() / (mailbox_root or config.mailbox_root())
            return command(*args, root=opened(path), **kwargs)

        return wrapper

    return decorate


@click.command(epilog=examples("houmao-mgr mailbox init --mailbox-root ~/team/mail"))
@root_option(init_root)
@json_option
def init(output: CommandOutput, root: MailRoot) -> None:
    """Make a root, or complete one; whatever is there stays."""
    answer = {"ok": True, "mailbox_root": str(root.path)}
    output.write(answer, [f"mailbox root {root.path} is ready"])


@click.command(epilog=examples("houmao-mgr mailbox status --json"))
@root_option(open_root)
@json_option
def status(output: CommandOutput, root: MailRoot) -> None:
    """Show who is registered in a root, and how many messages it holds."""
    verify_index(root)
    found, messages = _survey(root)
    output.write(_status(root, found, messages), _status_lines(root, found, messages))


def _survey(root: MailRoot) -> tuple[tuple[MailRegistration, ...], int]:
    with schema.reading(root.index) as db:
        count = db.execute("SELECT count(*) FROM messages").fetchone()[0]
        return registration.find(db, "true"), count


def _status(root: MailRoot, found: tuple[MailRegistration, ...], messages: int) -> dict[str, Any]:
    return {
        "mailbox_root": str(root.path),
        "protocol_version": 1,
        "message_count": messages,
        "registrations": [
            {
                "registration_id": it.registration_id,
                "address": it.address,
                "owner_principal_id": it.owner_principal_id,
                "status": it.status,
                "mailbox_kind": it.mailbox_kind,
                "mailbox_path": it.mailbox_path,
            }
            for it in found
        ],
    }


def _status_lines(
    root: MailRoot, found: tuple[MailRegistration, ...], messages: int
) -> Iterator[str]:
    yield from card((("root", str(root.path)), ("messages", str(messages))))
    if found:
        rows = [(it.address, it.owner_principal_id, it.status) for it in found]
        yield from table(("ADDRESS", "OWNER", "STATUS"), rows)


@click.command(
    epilog=examples(
        "houmao-mgr mailbox register --address coder@agents.localhost",
        "houmao-mgr mailbox register --principal-id AGENTSYS-coder --mode stash",
    )
)
@click.option("--address", metavar="ADDRESS", help="By default PRINCIPAL@agents.localhost.")
@click.option("--principal-id", metavar="ID", help="Its owner; by default the address' first part.")
@click.option("--mode", type=click.Choice(MODES), default=SAFE, show_default=True)
@root_option(init_root)
@json_option
def register(
    output: CommandOutput,
    root: MailRoot,
    address: str | None,
    principal_id: str | None,
    mode: str,
) -> None:
    """Give an address to a principal.

    When somebody else has it, `safe` refuses, `stash` keeps the old mailbox aside, and `force`
    removes it; messages stay in any case.
    """
    owner = _owner(address, principal_id)
    answer = register_address(root, Application(owner, mode), birthmark())
    output.write(answer, [f"{owner.address} belongs to {owner.principal_id}"])


def _owner(address: str | None, principal_id: str | None) -> Participant:
    if address is None and principal_id is None:
        raise UsageError("whose mailbox? give --address or --principal-id, or both")
    principal = principal_id or str(address).partition("@")[0]
    return Participant(principal, address or default_address(principal))


@click.command(epilog=examples("houmao-mgr mailbox unregister --address old@agents.localhost"))
@click.option("--address", required=True, metavar="ADDRESS")
@click.option("--mode", type=click.Choice(END_MODES), default=DEACTIVATE, show_default=True)
@root_option(open_root)
@json_option
def unregister(output: CommandOutput, root: MailRoot, address: str, mode: str) -> None:
    """End a registration: `deactivate` keeps its mailbox, `purge` removes it. Messages stay."""
    address = check_address("address", address)
    answer = deregister(root, address, mode, clock.now())
    output.write(answer, [f"{address} is {answer['resulting_status']}"])


@click.command(epilog=examples("houmao-mgr mailbox repair"))
@click.option("--cleanup-staging/--no-cleanup-staging", default=True, show_default=True)
@click.option("--quarantine-staging/--remove-staging", default=True, show_default=True)
@root_option(open_root)
@json_option
def repair(
    output: CommandOutput, root: MailRoot, cleanup_staging: bool, quarantine_staging: bool
) -> None:
    """Make the index anew from the message files.

    What is known of who has read what is kept; leftovers of cut-off sends are put aside.
    """
    wish = RepairWish(cleanup_staging, quarantine_staging)
    answer = repair_index(root, wish, birthmark())
    output.write(answer, card([(name, str(it)) for name, it in answer.items() if name != "ok"]))


def ended_options(command: Command) -> Command:
    """Add the options for ended registrations; the command gets `rules` and `dry_run`."""

    @click.option(
        "--inactive-older-than-seconds", "inactive", type=click.FloatRange(min=0), default=0
    )
    @click.option(
        "--stashed-older-than-seconds", "stashed", type=click.FloatRange(min=0), default=0
    )
    @click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
    @wraps(command)
    def wrapper(*args: Any, inactive: float, stashed: float, **kwargs: Any) -> Any:
        return command(*args, rules=EndedRules(clock.now(), inactive, stashed), **kwargs)

    return wrapper


@click.command(
    epilog=examples("houmao-mgr mailbox cleanup --inactive-older-than-seconds 86400 --dry-run")
)
@ended_options
@root_option(open_root)
@json_option
def cleanup(output: CommandOutput, root: MailRoot, rules: EndedRules, dry_run: bool) -> None:
    """Remove ended registrations with their mailboxes; never active ones, never messages."""
    clear(output, root, rules, dry_run=dry_run)


def clear(output: CommandOutput, root: MailRoot, rules: EndedRules, *, dry_run: bool) -> None:
    """Clean up and say what became of each registration."""
    verdicts = clean_up(root, rules, dry_run=dry_run)
    output.write(_cleaned(root, verdicts, dry_run=dry_run), _cleanup_lines(verdicts))


Verdicts = tuple[tuple[MailRegistration, str], ...]


def _cleaned(root: MailRoot, verdicts: Verdicts, *, dry_run: bool) -> dict[str, Any]:
    lists = {"planned": "planned", "applied": "removed", "blocked": "", "preserved": "preserved"}
    actions = {
        f"{name}_actions": [_action(it, verdict) for it, verdict in verdicts if verdict == wanted]
        for name, wanted in lists.items()
    }
    return {
        "dry_run": dry_run,
        "scope": {"kind": "mailbox", "mailbox_root": str(root.path)},
        "resolution": {"authority": "mailbox_index"},
        **actions,
        "summary": {name.replace("actions", "count"): len(it) for name, it in actions.items()},
    }


def _action(it: MailRegistration, verdict: str) -> dict[str, Any]:
    keep = verdict == "preserved"
    return {
        "artifact_kind": "mailbox_registration",
        "path": it.mailbox_entry_path,
        "proposed_action": "keep" if keep else "remove",
        "reason": f"the registration is {it.status}" + (" or not old enough" if keep else ""),
        "details": {"address": it.address, "registration_id": it.registration_id},
    }


def _cleanup_lines(verdicts: Verdicts) -> list[str]:
    if not verdicts:
        return ["nobody is registered"]
    rows = [(verdict, it.address, it.owner_principal_id, it.status) for it, verdict in verdicts]
    return table(("OUTCOME", "ADDRESS", "OWNER", "STATUS"), rows)


@click.command(
    epilog=examples(
        "houmao-mgr mailbox log --limit 20",
        "houmao-mgr mailbox log --to reviewer@agents.localhost --since 2026-03-27T00:00:00Z",
        "houmao-mgr mailbox log --words 'kernel draft'",
    )
)
@click.option("--from", "sender", metavar="ADDRESS", help="Only what this one wrote.")
@click.option("--to", "recipient", metavar="ADDRESS", help="Only what this one got.")
@click.option("--since", metavar="TIME", help="Only from this ISO 8601 time on.")
@click.option("--words", metavar="TEXT", help="Only messages that hold all of these words.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@root_option(open_root)
@json_option
def log(output: CommandOutput, root: MailRoot, words: str | None, **filters: Any) -> None:
    """Show who wrote to whom, the newest first."""
    lines = logged(root, words, **filters)
    answer = {"message_count": len(lines), "messages": [wire.log_line(it) for it in lines]}
    output.write(answer, log_lines(lines))


def logged(
    root: MailRoot, words: str | None, *, since: str | None, limit: int, **addresses: Any
) -> tuple[LogLine, ...]:
    """What the filters leave of the log. Raises UsageError for words beside other filters."""
    if words is not None:
        if since or any(addresses.values()):
            raise UsageError("--words goes with --limit alone; leave the other filters out")
        return search(root, words, limit)
    return reading.log(
        root, LogFilter(since=since_time(since) if since else None, limit=limit, **addresses)
    )


def log_lines(lines: tuple[LogLine, ...]) -> list[str]:
    """A table of the log."""
    if not lines:
        return ["no message fits"]
    rows = [
        (
            it.created_at_utc,
            it.sender,
            ", ".join(it.recipients),
            harmless(it.subject),
            it.message_id,
        )
        for it in lines
    ]
    return table(("TIME", "FROM", "TO", "SUBJECT", "REF"), rows)
