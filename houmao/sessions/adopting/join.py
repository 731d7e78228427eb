"""Adopts an agent that somebody started in tmux by hand: publishes it, and touches nothing else.

No window is renamed, no process respawned, no key typed. Either everything is there
afterwards, session folder, tmux variables and registry record, or nothing of it.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from houmao.agents.backends import LOCAL
from houmao.config import Settings
from houmao.errors import Conflict, HoumaoError, UsageError
from houmao.ids import check_user_name, default_agent_id, is_safe_component
from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import JOINED_LEASE_SECONDS, AgentRecord
from houmao.sessions.adopting.adoptable_panes import (
    AdoptablePane,
    adoptable_panes,
    idle_pane,
    running_tool,
)
from houmao.sessions.adopting.adoption import Adoption
from houmao.sessions.adopting.folder import remove_folder, write_folder
from houmao.sessions.adopting.launch_options import LaunchOptions, checked
from houmao.sessions.generation import Generation
from houmao.sessions.identity import default_name
from houmao.sessions.tmux_session import TmuxSession, find_session, window_and_folder
from houmao.tmux.command import run
from houmao.tmux.lifecycle import mark
from houmao.tmux.process import ProcessTable
from houmao.tools.catalog import NAMES, headless_of, tool_named


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """What the operator asked for; None means to find out.

    Without `session_name` the tmux session around the caller is meant.
    """

    session_name: str | None = None
    tool: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    launch: LaunchOptions = field(default_factory=LaunchOptions)
    working_directory: str | None = None


def join(
    request: JoinRequest, settings: Settings, environ: Mapping[str, str], generation: Generation
) -> AgentRecord:
    """Publish the asked-for agent in `settings.registry_root` and return its record.

    Its session folder goes below `settings.runtime_root`. `environ` is the caller's; of it
    only tmux's own variables are read. Raises UsageError or Conflict with what to do,
    TmuxError when tmux does not answer, Unavailable when a folder cannot be written.
    """
    check(request)
    session = find_session(request.session_name, settings.tmux_socket, environ)
    place = _place(request, session)
    registry = Registry(settings.registry_root)
    published = _fresh_records(registry, generation.now)
    _refuse_second(published, place)
    root = _session_root(request, settings, place, generation)
    record = _record(request, place, published, root, generation)
    adoption = _adoption(request, session, place, record, root)
    with ExitStack() as undo:
        write_folder(adoption, root, settings.runtime_root)
        undo.callback(remove_folder, root)
        # tmux has one set of variables a session; an agent adopted before keeps them.
        if not any(it.session_name == session.name for it in published):
            undo.callback(_unset_variables, session, record)
            _set_variables(session, _variables(record))
        mark(session.address, place.pane.pane_id, record.agent_id)
        undo.callback(_withdraw, registry, record)
        registry.publish(record, generation.now)
        undo.pop_all()
    return record


def check(request: JoinRequest) -> None:
    """Raise UsageError for options that make no sense, before anything is looked at."""
    if request.tool is not None and request.tool not in NAMES:
        raise UsageError(f"--provider must be one of {', '.join(NAMES)}")
    if request.agent_id is not None and not is_safe_component(request.agent_id):
        raise UsageError(
            "--agent-id must begin with a letter or digit and hold only those, '-' and '_'"
        )
    if request.agent_name is not None:
        check_user_name(request.agent_name)
    checked(request.launch, request.tool)


def _place(request: JoinRequest, session: TmuxSession) -> AdoptablePane:
    found = adoptable_panes(session.panes, ProcessTable.read())
    if request.launch.headless and request.tool:
        return idle_pane(session.name, session.panes, found, request.tool)
    return running_tool(session.name, found, request.tool, session.own_pane_id)


def _fresh_records(registry: Registry, now: float) -> tuple[AgentRecord, ...]:
    records = (entry.record for entry in registry.entries())
    return tuple(record for record in records if record and record.is_fresh(now))


def _refuse_second(published: Iterable[AgentRecord], place: AdoptablePane) -> None:
    for record in published:
        if (record.session_name, record.tool) == (place.pane.session_name, place.tool):
            raise Conflict(
                f"the {place.tool} of tmux session {record.session_name!r} is already published "
                f"as agent {record.agent_name!r} ({record.agent_id}): use it under that name"
            )


def _session_root(
    request: JoinRequest, settings: Settings, place: AdoptablePane, generation: Generation
) -> Path:
    backend = _backend(request, place)
    session_id = f"joined-{backend}-{generation.session_suffix}"
    return settings.runtime_root / "sessions" / backend / session_id


def _backend(request: JoinRequest, place: AdoptablePane) -> str:
    return headless_of(place.tool).backend if request.launch.headless else LOCAL


def _record(
    request: JoinRequest,
    place: AdoptablePane,
    published: Iterable[AgentRecord],
    root: Path,
    generation: Generation,
) -> AgentRecord:
    names = [record.agent_name for record in published]
    name = (request.agent_name or "").strip() or default_name(
        place.tool, place.pane.session_name, names
    )
    return AgentRecord(
        agent_name=name,
        agent_id=request.agent_id or default_agent_id(name),
        generation_id=generation.generation_id,
        published_at=generation.now,
        lease_expires_at=generation.now + JOINED_LEASE_SECONDS,
        backend=_backend(request, place),
        tool=place.tool,
        manifest_path=str(root / "manifest.json"),
        session_name=place.pane.session_name,
        session_root=str(root),
        agent_def_dir=str(root / "agent-def"),
    )


def _adoption(
    request: JoinRequest,
    session: TmuxSession,
    place: AdoptablePane,
    record: AgentRecord,
    root: Path,
) -> Adoption:
    window_name, folder = window_and_folder(session, place.pane)
    variables = tool_named(place.tool).home_variables
    return Adoption(
        session_id=root.name,
        record=record,
        launch=request.launch,
        working_directory=request.working_directory or folder,
        window_index=place.pane.window_index,
        window_name=window_name,
        agent_pid=place.tool_pid,
        home_variable=variables[-1],
        home_path=_home(place.tool_pid or place.pane.pid, variables) or str(root / "tool-home"),
        brain_manifest_path=str(root / "brain_manifest.json"),
    )


def _home(pid: int, variables: Iterable[str]) -> str | None:
    """The home that the running process itself was given; its shell's may have changed since."""
    try:
        environ = psutil.Process(pid).environ()
    except (psutil.Error, OSError):
        return None
    return next((environ[name] for name in variables if environ.get(name)), None)


def _variables(record: AgentRecord) -> dict[str, str | None]:
    return {
        "HOUMAO_MANIFEST_PATH": record.manifest_path,
        "HOUMAO_AGENT_DEF_DIR": record.agent_def_dir,
        "HOUMAO_AGENT_ID": record.agent_id,
        "HOUMAO_TOOL": record.tool,
    }


def _unset_variables(session: TmuxSession, record: AgentRecord) -> None:
    # The reason for taking them back may be that tmux is gone; then they are gone as well.
    with suppress(HoumaoError):
        _set_variables(session, dict.fromkeys(_variables(record)))


def _set_variables(session: TmuxSession, values: Mapping[str, str | None]) -> None:
    """Set the session's variables in one call; None takes one away."""
    words: list[str] = []
    for name, value in values.items():
        words += [";"] if words else []
        words += ["set-environment", "-t", session.tmux_id]
        words += ["-u", name] if value is None else [name, value]
    run(session.address, *words)


def _withdraw(registry: Registry, record: AgentRecord) -> None:
    # What stopped the publication may be another's record in this place: only ours goes.
    def ours(entry: RegistryEntry) -> bool:
        found = entry.record
        return found is not None and found.generation_id == record.generation_id

    with suppress(HoumaoError):
        registry.remove_if(registry.entry(record.agent_id).path, ours)
