"""`houmao-mgr agents cleanup`: remove what dead agents left in the registry."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from houmao import clock, config
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, Word, table
from houmao.errors import HoumaoError
from houmao.headless.files import AgentFiles
from houmao.registry.cleanup import (
    GRACE_SECONDS,
    CleanupAction,
    CleanupOutcome,
    CleanupRules,
    clean,
    plan,
)
from houmao.registry.files import LIVE_AGENTS, Registry
from houmao.sessions.headless.cleanup import clean_ended, plan_ended
from houmao.sessions.places import live_places
from houmao.tmux.address import TmuxAddress

_COLOURS = {"removed": "green", "planned": "yellow", "failed": "red"}


@click.group(
    cls=LazyGroup,
    paths={"mailbox": "houmao.cli.mail.mailbox:cleanup"},
    invoke_without_command=True,
    epilog=examples(
        "houmao-mgr agents cleanup --dry-run",
        "houmao-mgr agents cleanup",
        "houmao-mgr agents cleanup mailbox gpu --dry-run",
    ),
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.option(
    "--grace-seconds",
    type=click.FloatRange(min=0),
    default=GRACE_SECONDS,
    show_default=True,
    help="Keep records whose lease ended less than this long ago.",
)
@click.option("--turns", is_flag=True, help="Also remove the turns that headless agents left.")
@click.option("--no-tmux-check", is_flag=True, help="Judge by leases alone; do not ask tmux.")
@click.option(
    "--registry-root",
    type=click.Path(path_type=Path, file_okay=False),
    help="The registry, when it is not the configured one.",
)
@json_option
@click.pass_context
def cleanup(ctx: click.Context, /, output: CommandOutput, **options: Any) -> None:
    """Remove registry records of agents that are gone. Needs no server.

    A record goes when it is unusable, when its lease ended longer ago than the grace, or
    when its pane or its tmux session is gone. Everything about a live agent stays. The turns of
    headless agents stay after their agent's end, too, until --turns removes them.
    """
    if ctx.invoked_subcommand is None:
        _clean_registry(output, **options)


def _clean_registry(
    output: CommandOutput,
    *,
    dry_run: bool,
    grace_seconds: float,
    turns: bool,
    no_tmux_check: bool,
    registry_root: Path | None,
) -> None:
    registry = open_registry(registry_root)
    # When tmux cannot be asked, that is no proof that nothing runs.
    watched = TmuxAddress(config.load().tmux_socket)
    places = None if no_tmux_check else live_places(registry, watched)
    rules = CleanupRules(clock.now(), places, grace_seconds)
    actions = (plan if dry_run else clean)(registry, rules)
    actions += _left_turns(dry_run=dry_run) if turns else ()
    output.write(report(actions, registry.root, dry_run=dry_run), cleanup_lines(actions))
    if any(action.outcome is CleanupOutcome.FAILED for action in actions):
        raise HoumaoError("not everything could be removed; the reasons are listed above")


def _left_turns(*, dry_run: bool) -> tuple[CleanupAction, ...]:
    settings = config.load()
    files = AgentFiles(settings.managed_agents_root, settings.all_managed_agents)
    return (plan_ended if dry_run else clean_ended)(files)


def report(actions: Sequence[CleanupAction], root: Path, *, dry_run: bool) -> Mapping[str, Any]:
    """The verdicts in four lists with a count for each."""
    lists = {
        "planned_actions": CleanupOutcome.PLANNED,
        "applied_actions": CleanupOutcome.REMOVED,
        "blocked_actions": CleanupOutcome.FAILED,
        "preserved_actions": CleanupOutcome.PRESERVED,
    }
    sorted_out = {
        name: [_action(action) for action in actions if action.outcome is outcome]
        for name, outcome in lists.items()
    }
    return {
        "dry_run": dry_run,
        "scope": {"kind": "registry", "registry_root": str(root)},
        "resolution": {"authority": "registry"},
        **sorted_out,
        "summary": {name.replace("actions", "count"): len(it) for name, it in sorted_out.items()},
    }


def _action(action: CleanupAction) -> Mapping[str, Any]:
    keep = action.outcome is CleanupOutcome.PRESERVED
    is_record = action.path.parent.name == LIVE_AGENTS
    return {
        "artifact_kind": "registry_record" if is_record else "headless_turns",
        "path": str(action.path),
        "proposed_action": "keep" if keep else "remove",
        "reason": action.reason,
        "details": {"agent_id": action.agent_id},
    }


def cleanup_lines(actions: Sequence[CleanupAction]) -> Iterator[str]:
    """A table of the verdicts, or one sentence for an empty registry."""
    if not actions:
        yield "the registry is empty"
        return
    yield from table(("OUTCOME", "AGENT ID", "WHY"), [_row(action) for action in actions])


def _row(action: CleanupAction) -> list[str | Word]:
    outcome = action.outcome.value
    return [Word(outcome, _COLOURS.get(outcome)), action.agent_id, action.reason]


def open_registry(registry_root: Path | None) -> Registry:
    """The registry at this root, or where settings say it is. Raises ConfigError."""
    return Registry(config.load(registry_root=registry_root).registry_root)
