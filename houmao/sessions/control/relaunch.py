"""Starts a session's tool anew in its pane: same home, same tmux session, same agent.

The conversation begins again; name, id, manifest and count of turns stay.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from houmao.agents.assemble import load_manifest
from houmao.agents.backends import LOCAL
from houmao.agents.command_line import interactive_argv
from houmao.agents.folder import DefinitionFolder
from houmao.agents.launch import PreparationRequest, prepare
from houmao.agents.launch_plan import LaunchPlan
from houmao.errors import Conflict, Unavailable, UsageError
from houmao.registry.record import AgentRecord
from houmao.sessions.control.operations import ControlResult
from houmao.sessions.driving.observer import agent_pane_of
from houmao.sessions.driving.role_message import give_role
from houmao.sessions.manifest.file import update_manifest
from houmao.sessions.manifest.stored import ManifestChanges
from houmao.sessions.processes.provider import Provider, bring_up, write_script
from houmao.sessions.processes.script import EXIT_CODE_NAME, ProviderScript
from houmao.sessions.target import SessionTarget
from houmao.tmux import lifecycle, listing
from houmao.tmux.ending import Survivor, end_processes
from houmao.tmux.locate import find_pane
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable, ToolProcess
from houmao.tools.parts.role import RoleInjection


@dataclass(frozen=True, slots=True)
class _Relaunch:
    """How the tool is started this time; `plan` is None for an adopted session."""

    script: ProviderScript
    environ: Mapping[str, str]
    role: RoleInjection | None = None
    plan: LaunchPlan | None = None


def relaunch(target: SessionTarget, environ: Mapping[str, str], now: float) -> ControlResult:
    """End the tool in its pane and start it again as it was started, the role given anew.

    `environ` is the caller's. Raises HoumaoError; StartFailed leaves the session without tool.
    """
    stored = target.require_live().stored
    if stored.backend != LOCAL:
        raise UsageError(f"sessions on {stored.backend} cannot be relaunched yet")
    again = _adopted(target, environ) if stored.joined else _planned(target, environ)
    pane, _ = find_pane(target.panes, stored.tool, ProcessTable.read, stored.agent_id)
    if pane is None:
        raise Unavailable(f"tmux session {stored.session_name!r} has no pane")
    lifecycle.publish(target.address, pane.session_id, again.environ)
    process = _restart(target, pane, again.script)
    warning = _give_role(target, pane, again.role)
    _keep(target, again, process, role_applied=warning is None)
    _renew(target, now)
    what = f"{stored.tool} was started again in tmux session {stored.session_name!r}"
    return ControlResult("ok", "relaunch", f"{what}; {warning}" if warning else what)


def _planned(target: SessionTarget, environ: Mapping[str, str]) -> _Relaunch:
    stored = target.stored
    brain = load_manifest(Path(stored.brain_manifest_path))
    role = None
    if stored.role_name and stored.agent_def_dir:
        role = DefinitionFolder(Path(stored.agent_def_dir)).role(stored.role_name)
    plan = prepare(
        PreparationRequest(
            brain,
            LOCAL,
            Path(stored.working_directory),
            environ,
            role,
            mailbox=stored.mailbox,
        )
    )
    return _Relaunch(
        _script(target, interactive_argv(plan), environ), plan.environ(), plan.role_injection, plan
    )


def _adopted(target: SessionTarget, environ: Mapping[str, str]) -> _Relaunch:
    stored = target.stored
    if not stored.launch_args and not stored.launch_env:
        raise Conflict(
            f"agent {stored.agent_name!r} was joined without --launch-args, so that nobody knows "
            "how to start it; start it by hand and join it again"
        )
    script = _script(target, (stored.tool, *stored.launch_args), environ)
    return _Relaunch(script, stored.launch_variables(environ))


def _script(
    target: SessionTarget, argv: tuple[str, ...], environ: Mapping[str, str]
) -> ProviderScript:
    stored = target.stored
    return ProviderScript(
        tool=stored.tool,
        working_directory=stored.working_directory,
        argv=argv,
        exit_code_path=str(stored.root / EXIT_CODE_NAME),
        search_path=environ.get("PATH"),
    )


def _restart(target: SessionTarget, pane: Pane, script: ProviderScript) -> ToolProcess:
    before = _tree(pane.pid)
    path = write_script(target.stored.root, script)
    provider = Provider(target.address, pane.pane_id, target.stored.root, target.stored.tool)
    process = bring_up(provider, path)
    if left := end_processes(before):
        raise Survivor(f"process {left[0].pid} of the former {target.stored.tool} does not end")
    return process


def _tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def _give_role(target: SessionTarget, pane: Pane, role: RoleInjection | None) -> str | None:
    panes = [it for it in listing.panes(target.address) if it.pane_id == pane.pane_id]
    agent_pane = agent_pane_of(target.address, panes, target.stored.tool, target.stored.agent_id)
    return give_role(role, target.stored.agent_id, agent_pane, target.typing_lock())


def _keep(
    target: SessionTarget, again: _Relaunch, process: ToolProcess, *, role_applied: bool
) -> None:
    plan = again.plan
    changes = ManifestChanges(
        role_applied=role_applied,
        agent_pid=process.pid,
        launch_plan=plan.persisted() if plan else None,
        provenance=plan.launch_policy_provenance if plan else None,
    )
    update_manifest(target.stored.path, changes)


def _renew(target: SessionTarget, now: float) -> None:
    """A full lease from now on, of the length it had."""

    def anew(found: AgentRecord) -> AgentRecord:
        length = found.lease_expires_at - found.published_at
        return replace(found, published_at=now, lease_expires_at=now + length)

    target.registry.update(target.stored.agent_id, target.stored.generation_id, anew)
