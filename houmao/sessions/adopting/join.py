"""Adopts an agent that somebody started in tmux by hand: publishes it, and touches nothing else.

No window is renamed, no process respawned, no key typed. Either everything is there
afterwards, session folder, the pane's mark and registry record, or nothing of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import psutil

from houmao.agents.backends import LOCAL
from houmao.config import Settings
from houmao.errors import Conflict, HoumaoError, UsageError
from houmao.ids import check_user_name, default_agent_id, is_safe_component
from houmao.registry.files import Registry, RegistryEntry
from houmao.registry.record import JOINED_LEASE_SECONDS, AgentRecord, NotedPane
from houmao.registry.scan import LivePlaces, scan
from houmao.sessions.adopting.adoptable_panes import (
    AdoptablePane,
    adoptable_panes,
    idle_pane,
    inhabitants,
    running_tool,
)
from houmao.sessions.adopting.adoption import Adoption
from houmao.sessions.adopting.folder import remove_folder, write_folder
from houmao.sessions.adopting.launch_options import LaunchOptions, checked
from houmao.sessions.generation import Generation
from houmao.sessions.headless.ownership import agents_of, own_agent
from houmao.sessions.identity import default_name
from houmao.sessions.places import live_places
from houmao.sessions.processes.ending import ADOPTED_PREFIX
from houmao.sessions.tmux_session import TmuxSession, find_session, server_meant
from houmao.tmux import lifecycle
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.panes import Pane
from houmao.tmux.process import ProcessTable
from houmao.tools.catalog import NAMES, headless_of, tool_named

#: What tmux calls windows after, beside the tools.
_PROGRAMS = frozenset({"bash", "fish", "node", "sh", "zsh"})


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """What the operator asked for; None means to find out.

    Without `session_name` and `pane_id` the tmux session around the caller is meant.
    """

    session_name: str | None = None
    tool: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    launch: LaunchOptions = field(default_factory=LaunchOptions)
    working_directory: str | None = None
    pane_id: str | None = None
    window: str | None = None
    #: Name or path of the tmux server's socket.
    socket: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an agent is adopted: the tmux server, and who is published already."""

    address: TmuxAddress
    settings: Settings
    registry: Registry
    live: tuple[AgentRecord, ...]
    #: Where agents may live.
    places: LivePlaces

    def in_session(self, pane: Pane) -> Iterator[AgentRecord]:
        """The live agents of the session that the pane is in."""
        here = (pane.socket, pane.session_name)
        return (it for it in self.live if self.places.place_of(it) == here)


def join(
    request: JoinRequest, settings: Settings, environ: Mapping[str, str], generation: Generation
) -> AgentRecord:
    """Publish the asked-for agent in `settings.registry_root` and return its record.

    Its session folder goes below `settings.runtime_root`. `environ` is the caller's; of it
    only tmux's own variables are read. Raises UsageError or Conflict with what to do,
    TmuxError when tmux does not answer, Unavailable when a folder cannot be written.
    """
    check(request)
    # A session or pane that is not named is the one around the caller, whatever is watched.
    named = request.session_name is not None or request.pane_id is not None
    server = server_meant(request.socket if named else None, settings.tmux_socket, environ)
    session = find_session(request.session_name, server, environ, request.pane_id)
    around = surroundings(server, settings, generation.now)
    place = _place(request, session, around)
    return adopt(request, place, around, generation)


def surroundings(address: TmuxAddress, settings: Settings, now: float) -> Surroundings:
    """Who is published and lives at this moment. Raises TmuxError, Unavailable."""
    registry = Registry(settings.registry_root)
    places = live_places(registry, TmuxAddress(settings.tmux_socket))
    live = scan(registry.entries(), places, now).live
    return Surroundings(address, settings, registry, live, places)


def adopt(
    request: JoinRequest, place: AdoptablePane, around: Surroundings, generation: Generation
) -> AgentRecord:
    """Publish the agent in that pane. Raises Conflict, TmuxError and Unavailable."""
    root = _session_root(request, around.settings, place, generation)
    record = _record(request, place, around.live, root, generation)
    with ExitStack() as undo:
        write_folder(_adoption(request, place, record, root), root, around.settings.runtime_root)
        undo.callback(remove_folder, root)
        # tmux has one set of variables a session; an agent adopted before keeps them.
        first = not any(around.in_session(place.pane))
        variables = _variables(record) if first else {}
        undo.callback(_forget, around.address, place.pane, variables)
        _tell_tmux(around.address, place.pane, record.agent_id, variables)
        undo.callback(_withdraw, around.registry, record)
        _make_room(around, record)
        if request.launch.headless:
            _own(around.settings, record, generation, undo)
        around.registry.publish(record, generation.now)
        undo.pop_all()
    return record


def _own(settings: Settings, record: AgentRecord, generation: Generation, undo: ExitStack) -> None:
    """The host's turn process runs its turns from now on."""
    tracked = generation.random_hex[-12:]
    undo.callback(agents_of(settings).forget, tracked)
    own_agent(record, tracked, agents_of(settings))


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


def _place(request: JoinRequest, session: TmuxSession, around: Surroundings) -> AdoptablePane:
    panes = [it for it in session.panes if _is_asked_for(request, it)]
    if not panes:
        raise UsageError(f"tmux session {session.name!r} has no window {request.window!r}")
    found = adoptable_panes(panes, ProcessTable.read())
    if request.launch.headless and request.tool:
        _refuse(it for it in around.in_session(panes[0]) if it.tool == request.tool)
        _check_server(panes[0], around.places.watched)
        return idle_pane(session.name, panes, found, request.tool)
    known = inhabitants(found, around.live, around.places.watched)
    own = request.pane_id or session.own_pane_id
    place = running_tool(session.name, found, request.tool, own, known)
    _refuse(record for pane_id, record in known.items() if pane_id == place.pane.pane_id)
    return place


def _check_server(pane: Pane, watched: str) -> None:
    # Turns are run by a process that knows of one tmux server.
    if pane.socket != watched:
        raise UsageError(
            f"tmux session {pane.session_name!r} is on the server at {pane.socket}, and turns are "
            f"run on the one at {watched or 'the default socket'}; make a session there, or set "
            "HOUMAO_TMUX_SOCKET to that server"
        )


def _is_asked_for(request: JoinRequest, pane: Pane) -> bool:
    here = request.pane_id in (None, pane.pane_id)
    return here and request.window in (None, pane.window_name, str(pane.window_index))


def _refuse(inhabitants: Iterable[AgentRecord]) -> None:
    for record in inhabitants:
        raise Conflict(
            f"the {record.tool} of tmux session {record.session_name!r} is already published "
            f"as agent {record.agent_name!r} ({record.agent_id}): use it under that name"
        )


def _make_room(around: Surroundings, record: AgentRecord) -> None:
    """Take away the record of an agent of this id whose pane is gone: this one is its successor."""
    former = around.registry.load(record.agent_id)
    if former is not None and former.agent_id not in {it.agent_id for it in around.live}:
        around.registry.remove(former.agent_id, former.generation_id)


def _session_root(
    request: JoinRequest, settings: Settings, place: AdoptablePane, generation: Generation
) -> Path:
    backend = _backend(request, place)
    session_id = f"{ADOPTED_PREFIX}{backend}-{generation.session_suffix}"
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
    pane = place.pane
    # A window that is called after a program, as tmux does by itself, tells nothing.
    named = pane.window_name not in {pane.command, place.tool, *_PROGRAMS}
    window = (pane.window_name,) if named else ()
    name = (request.agent_name or "").strip() or default_name(
        place.tool, pane.session_name, names, (*window, PurePath(pane.folder).name)
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
        session_name=pane.session_name,
        pane=NotedPane(pane.pane_id, pane.socket),
        session_root=str(root),
        agent_def_dir=str(root / "agent-def"),
    )


def _adoption(
    request: JoinRequest, place: AdoptablePane, record: AgentRecord, root: Path
) -> Adoption:
    variables = tool_named(place.tool).home_variables
    return Adoption(
        session_id=root.name,
        record=record,
        launch=request.launch,
        working_directory=request.working_directory or _folder(place),
        window_index=place.pane.window_index,
        window_name=place.pane.window_name,
        agent_pid=place.tool_pid,
        home_variable=variables[-1],
        home_path=_home(place.tool_pid or place.pane.pid, variables) or str(root / "tool-home"),
        brain_manifest_path=str(root / "brain_manifest.json"),
    )


def _folder(place: AdoptablePane) -> str:
    # tmux tells none of a process that it catches between two programs.
    if place.pane.folder:
        return place.pane.folder
    try:
        return psutil.Process(place.tool_pid or place.pane.pid).cwd()
    except psutil.Error:
        raise Conflict(
            f"what runs in pane {place.pane.pane_id} has no folder now; join again"
        ) from None


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


def _forget(address: TmuxAddress, pane: Pane, variables: Mapping[str, str | None]) -> None:
    # The reason for taking it back may be that tmux is gone; then all of it is gone as well.
    with suppress(HoumaoError):
        _tell_tmux(address, pane, None, dict.fromkeys(variables))


def _tell_tmux(
    address: TmuxAddress, pane: Pane, agent_id: str | None, variables: Mapping[str, str | None]
) -> None:
    """Mark the pane and set its session's variables, in one call; None takes one away."""
    words = lifecycle.marking(pane.pane_id, agent_id)
    for name, value in variables.items():
        words += [";", "set-environment", "-t", pane.session_id]
        words += ["-u", name] if value is None else [name, value]
    run(address, *words)


def _withdraw(registry: Registry, record: AgentRecord) -> None:
    # What stopped the publication may be another's record in this place: only ours goes.
    def ours(entry: RegistryEntry) -> bool:
        found = entry.record
        return found is not None and found.generation_id == record.generation_id

    with suppress(HoumaoError):
        registry.remove_if(registry.entry(record.agent_id).path, ours)
