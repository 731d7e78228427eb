"""Which session is meant by a name, an id or a manifest: found in the registry and in tmux.

Reading only. What is found agrees with itself: the manifest exists and names the session in
which it was found.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from houmao.config import Settings
from houmao.errors import (
    AmbiguousName,
    HoumaoError,
    NotFound,
    Unavailable,
    UsageError,
)
from houmao.ids import NAME_PREFIXES, aliases, name_part
from houmao.own_signs import OwnSigns
from houmao.registry.agent_lock import TYPING, AgentLock
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.manifest.file import load
from houmao.sessions.manifest.stored import StoredManifest
from houmao.sessions.places import address_of
from houmao.sessions.tmux_session import TmuxSession, find_session, server_meant
from houmao.sessions.variables import MANIFEST_PATH, spellings
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.panes import Pane
from houmao.tools.catalog import HEADLESS_BACKENDS


@dataclass(frozen=True, slots=True)
class SessionTarget:
    """A session to control; `record` is None when the registry does not publish it."""

    stored: StoredManifest
    record: AgentRecord | None
    registry: Registry
    address: TmuxAddress
    panes: tuple[Pane, ...]
    #: The user's own signs, by which its screen is read.
    signs: OwnSigns

    def require_live(self) -> "SessionTarget":
        """Itself; Unavailable when its tmux session has gone."""
        if not self.panes:
            raise Unavailable(
                f"tmux session {self.stored.session_name!r} of agent {self.stored.agent_name!r} "
                "does not run; start the agent again, or remove it with stop-session"
            )
        return self

    def require_screen(self) -> "SessionTarget":
        """Itself; UsageError for an agent without a screen, else as `require_live`."""
        if self.stored.backend in HEADLESS_BACKENDS:
            name = self.stored.agent_name
            raise UsageError(
                f"{name} is headless: it has no screen to type into, and the server runs its "
                f"turns. While that runs, `houmao-mgr agents turn submit {name}` gives it work "
                f"and `houmao-mgr agents interrupt {name}` ends a turn"
            )
        return self.require_live()

    def typing_lock(self) -> AgentLock:
        """The lock that every writer takes while it types into this agent's pane."""
        return AgentLock(self.registry.root, self.stored.agent_id, TYPING)

    def announced(self) -> AgentRecord:
        """The session's record, else what it would say."""
        found = self.stored
        if self.record is not None:
            return replace(self.record, session_name=found.session_name)
        return AgentRecord(
            agent_name=found.agent_name,
            agent_id=found.agent_id,
            generation_id=found.generation_id,
            published_at=0.0,
            lease_expires_at=0.0,
            backend=found.backend,
            tool=found.tool,
            manifest_path=str(found.path),
            session_name=found.session_name,
            session_root=str(found.root),
            agent_def_dir=found.agent_def_dir,
        )


def resolve(reference: str, settings: Settings, now: float) -> SessionTarget:
    """The session that is meant.

    Raises NotFound, AmbiguousName, ManifestError, and TmuxError when tmux cannot be asked.
    """
    address = TmuxAddress(settings.tmux_socket)
    registry = Registry(settings.registry_root)
    by_path = is_path(reference)
    found = _by_path(reference) if by_path else _by_name(reference, registry, address, now)
    return _target(found, registry, address, settings)


def current(settings: Settings, environ: Mapping[str, str]) -> SessionTarget:
    """The session of the tmux pane around the caller, else of the tmux session.

    Raises UsageError, NotFound, TmuxError.
    """
    session = find_session(None, server_meant(None, None, environ), environ)
    registry = Registry(settings.registry_root)
    found = _in_pane(session, registry)
    if found is None:
        paths = _manifests(session.address).get(session.name, ())
        found = next(_usable(session.name, paths), None)
    if found is None:
        raise NotFound(f"tmux session {session.name!r} holds no agent; name one")
    return _target(found, registry, session.address, settings)


def _in_pane(session: TmuxSession, registry: Registry) -> StoredManifest | None:
    """The agent that lives in the caller's own pane: one session may hold several."""
    own = next((it for it in session.panes if it.pane_id == session.own_pane_id), None)
    record = registry.load(own.agent_id) if own is not None else None
    return load(Path(record.manifest_path)) if record is not None else None


def _target(
    found: StoredManifest, registry: Registry, address: TmuxAddress, settings: Settings
) -> SessionTarget:
    own = _own_registry(found) or registry
    record = own.load(found.agent_id)
    ours = record is not None and record.generation_id == found.generation_id
    address = address_of(record, address) if ours else address
    panes = tuple(it for it in listing.panes(address) if _is_of(found, it))
    signs = OwnSigns(settings.signs_root)
    return SessionTarget(found, record if ours else None, own, address, panes, signs)


def _is_of(found: StoredManifest, pane: Pane) -> bool:
    """Whether the agent may live there: its own pane may have been moved to another session."""
    return pane.session_name == found.session_name or pane.agent_id == found.agent_id


def is_path(reference: str) -> bool:
    """Whether a reference is the path of a manifest and no name."""
    return bool(set(reference) & set("/\\")) or reference.endswith(".json")


def _by_path(reference: str) -> StoredManifest:
    return load(Path(os.path.expanduser(reference)))


def _by_name(
    reference: str, registry: Registry, address: TmuxAddress, now: float
) -> StoredManifest:
    record = registry.load(reference)
    if record is not None and record.is_fresh(now):
        return load(Path(record.manifest_path))
    live = _manifests(address)
    steps: tuple[Callable[[], Iterable[StoredManifest]], ...] = (
        lambda: _in_session_called(name_part(reference), live),
        lambda: _in_any_session(reference, live),
        lambda: _in_registry(reference, registry, now),
    )
    for step in steps:
        found = {it.agent_id: it for it in step()}
        if len(found) > 1:
            raise AmbiguousName(reference, tuple(sorted(found)))
        if found:
            return next(iter(found.values()))
    raise NotFound(
        f"no session answers to {reference!r}; start one with `houmao-mgr start-session`, "
        "or name its manifest.json"
    )


def _manifests(address: TmuxAddress) -> Mapping[str, tuple[str, ...]]:
    """Sessions by name, with the manifests they publish."""
    return {it.name: it.values for it in listing.sessions(address, spellings(MANIFEST_PATH))}


def _in_session_called(bare: str, live: Mapping[str, tuple[str, ...]]) -> Iterator[StoredManifest]:
    for prefix in NAME_PREFIXES:
        yield from _usable(prefix + bare, live.get(prefix + bare, ()))


def _in_any_session(
    reference: str, live: Mapping[str, tuple[str, ...]]
) -> Iterator[StoredManifest]:
    wanted = aliases(reference)
    for session, paths in live.items():
        for found in _usable(session, paths):
            if aliases(found.agent_name) & wanted:
                yield found


def _in_registry(reference: str, registry: Registry, now: float) -> Iterator[StoredManifest]:
    wanted = aliases(reference)
    for entry in registry.entries():
        record = entry.record
        if record and record.is_fresh(now) and aliases(record.agent_name) & wanted:
            yield load(Path(record.manifest_path))


def _usable(session: str, paths: Iterable[str]) -> Iterator[StoredManifest]:
    """The manifests among these that are about this very session, each once."""
    for path in dict.fromkeys(paths):
        with suppress(HoumaoError):
            found = load(Path(path))
            if found.session_name == session:
                yield found


def _own_registry(found: StoredManifest) -> Registry | None:
    """The registry the session was published in, which may be another than the caller's."""
    root = (found.document.get("backend_state") or {}).get("registry_root")
    return Registry(Path(root)) if isinstance(root, str) and Path(root).is_absolute() else None
