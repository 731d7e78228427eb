"""Starts an agent in a tmux session of its own: everything is there afterwards, or nothing is.

The order: plan, folder, tmux session with its variables, tool, manifest, registry record.
What a failed start shows of the pane is the tool's own complaint.
"""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from houmao import config
from houmao.agents.assemble import load_manifest
from houmao.agents.backends import LOCAL, check_backend
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.command_line import interactive_argv
from houmao.agents.folder import DefinitionFolder
from houmao.agents.launch import PreparationRequest, prepare
from houmao.agents.launch_plan import LaunchPlan
from houmao.agents.parts import Role
from houmao.config import Settings
from houmao.errors import Conflict, HoumaoError, NotFound, Unavailable, UsageError
from houmao.gateway_files.folder import ANYWHERE, GatewayListener
from houmao.headless.files import AgentFiles
from houmao.mailbox.binding import MailboxBinding, MailboxOptions
from houmao.registry.agent_lock import TYPING, AgentLock
from houmao.registry.files import Registry
from houmao.registry.record import LEASE_SECONDS, AgentRecord, NotedPane
from houmao.sessions.adopting.folder import remove_folder
from houmao.sessions.driving.observer import agent_pane_of
from houmao.sessions.driving.role_message import give_role
from houmao.sessions.gateway_offer import offer_gateway
from houmao.sessions.generation import Generation
from houmao.sessions.headless.ownership import agents_of, own_agent
from houmao.sessions.identity import Identity, RequestedIdentity, identify, session_name
from houmao.sessions.mailboxes import mailbox_of, open_mailbox, told_mailbox
from houmao.sessions.manifest.document import (
    MANIFEST_NAME,
    NEW,
    Conversation,
    Posture,
    SessionFacts,
    manifest,
)
from houmao.sessions.manifest.file import write_manifest
from houmao.sessions.places import live_places
from houmao.sessions.processes.ending import end_agent, withdraw
from houmao.sessions.processes.provider import Provider, bring_up, write_script
from houmao.sessions.processes.script import EXIT_CODE_NAME, ProviderScript
from houmao.sessions.variables import (
    MANIFEST_PATH,
    Publication,
    session_environment,
    spellings,
)
from houmao.tmux import lifecycle, listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import Pane
from houmao.tmux.process import ToolProcess


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What the caller asked for; folders are absolute. `role` None is a brain without one."""

    brain_manifest: Path
    definitions: Path
    working_directory: Path
    role: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    session_name: str | None = None
    backend: str = LOCAL
    #: What a headless agent's turns are kept under; needed for one.
    tracked_agent_id: str | None = None
    mailbox: MailboxOptions = field(default_factory=MailboxOptions)
    #: Where its gateways shall listen, if the blueprint says so.
    gateway: GatewayListener = ANYWHERE


@dataclass(frozen=True, slots=True)
class Started:
    """A running agent; `warnings` are sentences for the person who started it."""

    record: AgentRecord
    canonical_name: str
    plan: LaunchPlan
    job_dir: Path
    warnings: tuple[str, ...]

    def answer(self) -> dict[str, object]:
        """What is told of it, as a JSON object; what does not apply is absent."""
        known = {
            "session_manifest": self.record.manifest_path,
            "backend": self.record.backend,
            "tool": self.record.tool,
            "agent_identity": self.canonical_name,
            "agent_name": self.record.agent_name,
            "agent_id": self.record.agent_id,
            "tmux_session_name": self.record.session_name,
            "job_dir": str(self.job_dir),
            "mailbox": self.plan.mailbox,
            "launch_policy_provenance": self.plan.launch_policy_provenance,
            "launch_policy": self.plan.metadata.get("launch_policy"),
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Session:
    """A session about to be: decided, and nothing of it made yet."""

    identity: Identity
    plan: LaunchPlan
    brain: BrainManifest
    record: AgentRecord
    root: Path
    job_dir: Path
    address: TmuxAddress
    registry: Registry
    tracked_agent_id: str


def start(
    request: StartRequest, settings: Settings, environ: Mapping[str, str], generation: Generation
) -> Started:
    """Start the asked-for agent, publish it, return it.

    Raises HoumaoError with what to do; StartFailed when the tool did not come up.
    """
    session = _decide(request, settings, environ, generation)
    with ExitStack() as undo:
        open_mailbox(session.plan.mailbox, session.record.manifest_path, undo)
        pane = _container(session, request.working_directory, undo)
        _publish_variables(session, pane, environ)
        if request.backend == LOCAL:
            process = _run(session, pane, environ)
            warning = _give_role(session, pane)
            _write(session, pane, process, role_applied=warning is None)
        else:
            warning = None
            _write(session, pane, None, role_applied=False)
            _own(session, pane, agents_of(settings), undo)
        offer_gateway(session.root / MANIFEST_NAME, request.gateway)
        undo.callback(_withdraw, session)
        noted = NotedPane(pane.pane_id, pane.socket)
        session.registry.publish(replace(session.record, pane=noted), generation.now)
        undo.pop_all()
    warnings = (*session.identity.warnings, *filter(None, (warning,)))
    return Started(
        session.record, session.identity.canonical, session.plan, session.job_dir, warnings
    )


def _decide(
    request: StartRequest, settings: Settings, environ: Mapping[str, str], generation: Generation
) -> _Session:
    brain = load_manifest(request.brain_manifest)
    backend = _checked_backend(request, brain)
    role = DefinitionFolder(request.definitions).role(request.role) if request.role else None
    wanted = RequestedIdentity(
        request.agent_name, request.agent_id, brain.agent_name, brain.agent_id
    )
    identity = identify(wanted, brain.tool, request.role)
    address = TmuxAddress(settings.tmux_socket)
    registry = Registry(settings.registry_root)
    _clear_place(registry, address, identity.agent_id, generation.now)
    mailbox = mailbox_of(request.mailbox, brain.mailbox, identity.name, generation, environ)
    plan = _plan(request, brain, role, environ, mailbox)
    root = settings.runtime_root / "sessions" / backend / f"{backend}-{generation.session_suffix}"
    record = AgentRecord(
        agent_name=identity.name,
        agent_id=identity.agent_id,
        generation_id=generation.generation_id,
        published_at=generation.now,
        lease_expires_at=generation.now + LEASE_SECONDS,
        backend=backend,
        tool=brain.tool,
        manifest_path=str(root / MANIFEST_NAME),
        session_name=request.session_name or session_name(identity, generation.now),
        session_root=str(root),
        agent_def_dir=str(request.definitions),
        mailbox=told_mailbox(mailbox),
    )
    job_dir = config.jobs_root(request.working_directory, environ) / root.name
    tracked = request.tracked_agent_id or ""
    return _Session(identity, plan, brain, record, root, job_dir, address, registry, tracked)


def _checked_backend(request: StartRequest, brain: BrainManifest) -> str:
    backend = check_backend(request.backend, brain.tool)
    if backend != LOCAL and request.tracked_agent_id is None:
        raise UsageError(
            f"sessions on {backend} are started by the server, which runs their turns; leave "
            f"--backend out to run {brain.tool} with its screen in tmux"
        )
    return backend


def _plan(
    request: StartRequest,
    brain: BrainManifest,
    role: Role | None,
    environ: Mapping[str, str],
    mailbox: MailboxBinding | None,
) -> LaunchPlan:
    if not request.working_directory.is_dir():
        raise NotFound(f"the working directory {request.working_directory} does not exist")
    if shutil.which(brain.executable, path=environ.get("PATH")) is None:
        raise NotFound(
            f"the program {brain.executable!r} is not on the PATH; install {brain.tool} first"
        )
    return prepare(
        PreparationRequest(
            brain,
            request.backend,
            request.working_directory,
            environ,
            role,
            mailbox=mailbox.document() if mailbox else None,
        )
    )


def _clear_place(registry: Registry, address: TmuxAddress, agent_id: str, now: float) -> None:
    """Refuse a second agent of this id; take away the record of one whose session has gone."""
    found = registry.load(agent_id)
    if found is None or not found.is_fresh(now):
        return
    if live_places(registry, address).place_of(found) is not None:
        raise Conflict(
            f"agent {found.agent_name!r} ({agent_id}) runs already in tmux session "
            f"{found.session_name!r}; stop it or give this one another name"
        )
    registry.remove(agent_id, found.generation_id)


def _container(session: _Session, folder: Path, undo: ExitStack) -> Pane:
    """Folders and the tmux session, which `undo` takes away again."""
    for own in (session.root, session.job_dir):
        _make(own)
        undo.callback(remove_folder, own)
    # By this a session is known whose start was cut off before it was published.
    known_by = dict.fromkeys(spellings(MANIFEST_PATH), session.record.manifest_path)
    pane = lifecycle.create(session.address, session.record.session_name, folder, known_by)
    undo.callback(_end, session)
    lifecycle.mark(session.address, pane.pane_id, session.record.agent_id)
    return pane


def _publish_variables(session: _Session, pane: Pane, environ: Mapping[str, str]) -> None:
    record = session.record
    publication = Publication(
        manifest_path=record.manifest_path,
        agent_def_dir=str(record.agent_def_dir),
        agent_id=record.agent_id,
        tool=record.tool,
        job_dir=str(session.job_dir),
    )
    variables = session_environment(environ, session.plan.environ(), publication)
    lifecycle.publish(session.address, pane.session_id, variables)


def _run(session: _Session, pane: Pane, environ: Mapping[str, str]) -> ToolProcess:
    plan = session.plan
    script = ProviderScript(
        tool=plan.tool,
        working_directory=str(plan.working_directory),
        argv=interactive_argv(plan),
        exit_code_path=str(session.root / EXIT_CODE_NAME),
        search_path=environ.get("PATH"),
    )
    path = write_script(session.root, script)
    return bring_up(Provider(session.address, pane.pane_id, session.root, plan.tool), path)


def _give_role(session: _Session, pane: Pane) -> str | None:
    panes = [it for it in listing.panes(session.address) if it.pane_id == pane.pane_id]
    agent_pane = agent_pane_of(session.address, panes, session.record.tool, session.record.agent_id)
    lock = AgentLock(session.registry.root, session.record.agent_id, TYPING)
    return give_role(session.plan.role_injection, session.record.agent_id, agent_pane, lock)


def _own(session: _Session, pane: Pane, agents: AgentFiles, undo: ExitStack) -> None:
    """A shell in the pane until the first turn, and the word that this host runs the turns."""
    shell = "exec ${SHELL:-/bin/sh} -l"
    lifecycle.respawn_kept(session.address, pane.pane_id, ("/bin/sh", "-c", shell))
    undo.callback(agents.forget, session.tracked_agent_id)
    own_agent(session.record, session.tracked_agent_id, agents)


def _write(
    session: _Session, pane: Pane, process: ToolProcess | None, *, role_applied: bool
) -> None:
    role = session.plan.role_injection
    facts = SessionFacts(
        session_id=session.root.name,
        record=session.record,
        working_directory=str(session.plan.working_directory),
        window_index=pane.window_index,
        window_name=lifecycle.SURFACE_WINDOW,
        agent_pid=process.pid if process else None,
        brain_manifest_path=str(session.brain.path),
        posture=Posture("runtime_launch_plan"),
        launch_plan=session.plan.persisted(),
        launch_policy_provenance=session.plan.launch_policy_provenance,
        role_name=role.role_name if role else None,
        role_applied=role_applied,
        conversation=Conversation(NEW) if session.tracked_agent_id else None,
        backend_state={
            "registry_root": str(session.registry.root),
            "job_dir": str(session.job_dir),
        },
    )
    write_manifest(session.root / MANIFEST_NAME, manifest(facts))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Unavailable(f"folder {folder} cannot be made: {error.strerror}") from error


def _end(session: _Session) -> None:
    # What stopped the start may be tmux itself; it is the first error that counts.
    with suppress(HoumaoError):
        end_agent(session.address, session.record)


def _withdraw(session: _Session) -> None:
    with suppress(HoumaoError):
        withdraw(session.registry, session.record)
