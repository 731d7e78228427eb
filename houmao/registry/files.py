"""The registry's folders on disk: reading every record safely, changing one at a time.

Readers take no lock and trust nothing they find; writers hold a lock per agent id, because
a worker, the command line and a server may publish at once. Which records are live is not
decided here.
"""

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from houmao import clock
from houmao.errors import Conflict, RecordError, Unavailable, UsageError
from houmao.files import replace_text
from houmao.ids import is_safe_component
from houmao.registry.file_cache import FileCache
from houmao.registry.record import AgentRecord, FutureVersion, NotedPane, parse, to_json

RECORD_NAME = "record.json"
#: Which pane the record's agent was given; published readers of records do not know it.
PANE_NAME = "pane.json"
#: Name of the folder of the agents' folders.
LIVE_AGENTS = "live_agents"
#: A record is a few hundred bytes; a larger file is somebody's mistake or worse.
MAX_RECORD_BYTES = 256 * 1024
#: Nobody holds a lock for longer than it takes to write one small file.
LOCK_SECONDS = 5.0


class RecordProblem(StrEnum):
    """Why a folder holds no usable record."""

    MISSING = "missing"
    HALF_WRITTEN = "half_written"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    SYMLINK = "symlink"
    FUTURE_VERSION = "future_version"
    WRONG_FOLDER = "wrong_folder"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """What one folder holds: either a record, or a problem with its reason."""

    path: Path
    record: AgentRecord | None = None
    problem: RecordProblem | None = None
    reason: str = ""

    @property
    def agent_id(self) -> str:
        """The folder's name, always printable."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")


class Registry:
    """The shared registry below `root`; folders are created by the first publication."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Folder of the agents' folders.
        self.agents = root / LIVE_AGENTS
        self._untouched = FileCache(_read, RECORD_NAME)

    def entries(self) -> tuple[RegistryEntry, ...]:
        """Every agent folder, sorted by name, usable or not; empty without a registry.

        Raises Unavailable when the registry exists but cannot be listed, since taking that
        for an empty one would end every agent.
        """
        if self.agents.is_symlink():
            return ()
        try:
            with os.scandir(self.agents) as found:
                names = sorted(e.name for e in found if e.is_symlink() or e.is_dir())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise Unavailable(
                f"registry {self.agents} cannot be listed: {error.strerror}"
            ) from error
        return self._untouched.read_all((self.agents / name for name in names), clock.now())

    def entry(self, agent_id: str) -> RegistryEntry:
        """The one folder of this agent id; UsageError when it can name no folder."""
        return _read(self._folder(agent_id))

    def load(self, agent_id: str) -> AgentRecord | None:
        """The usable record of this agent id, fresh or not."""
        return self.entry(agent_id).record if is_safe_component(agent_id) else None

    def named(self, agent_name: str, now: float) -> tuple[AgentRecord, ...]:
        """Every fresh record that stores exactly this name."""
        records = (entry.record for entry in self.entries())
        return tuple(r for r in records if r and r.agent_name == agent_name and r.is_fresh(now))

    def publish(self, record: AgentRecord, now: float) -> None:
        """Make `record` the agent's record; the same generation may do so again and again.

        Raises RecordError for an unusable record or an unusable one in its place, Conflict
        when another generation's fresh record is there, Unavailable when the lock is not free.
        """
        text = to_json(record)
        if not record.is_fresh(now):
            raise RecordError("lease_expires_at: is already past; give the record a new lease")
        with self._locked(record.agent_id):
            self._check_free(record, now)
            self._write(record.agent_id, text)
            if record.pane is not None:
                self._note_pane(record, record.pane)
            # A publisher that takes no lock may have renamed its own file after ours.
            if self.load(record.agent_id) != replace(parse(text), pane=record.pane):
                raise Conflict(f"agent id {record.agent_id} was taken by another publisher")

    def update(
        self,
        agent_id: str,
        generation_id: str,
        change: Callable[[AgentRecord], AgentRecord],
    ) -> AgentRecord | None:
        """The record after `change`, made from what is on disk now and not from a stale copy.

        None, and nothing written, when the record is gone or of another generation: then
        the caller no longer owns the agent.
        """
        with self._locked(agent_id):
            found = self.load(agent_id)
            if found is None or found.generation_id != generation_id or found.ended:
                return None
            changed = change(found)
            if changed != found:
                self._write(agent_id, to_json(changed))
            return changed

    def renew(self, record: AgentRecord, now: float) -> AgentRecord | None:
        """Extend the lease by its own length when less than half of it is left.

        Returns the record on disk, None when its owner has changed (see `update`).
        """
        return self.update(record.agent_id, record.generation_id, lambda found: renewed(found, now))

    def remove(self, agent_id: str, generation_id: str | None = None) -> bool:
        """Remove the agent's folder; False when absent or of another generation than asked.

        A broken record belongs to nobody and goes; one of a newer Houmao belongs to another.
        """

        def asked_for(entry: RegistryEntry) -> bool:
            if generation_id is None or entry.record is None:
                return generation_id is None or entry.problem is not RecordProblem.FUTURE_VERSION
            return entry.record.generation_id == generation_id

        return self.remove_if(self._folder(agent_id), asked_for)

    def remove_if(self, folder: Path, condition: Callable[[RegistryEntry], bool]) -> bool:
        """Remove a folder that `entries` named, if the condition holds while it is locked."""
        with self._locked(folder.name):
            if not os.path.lexists(folder) or not condition(_read(folder)):
                return False
            _discard(folder)
            return True

    def _folder(self, agent_id: str) -> Path:
        if not is_safe_component(agent_id):
            raise UsageError(
                "agent id must begin with a letter or digit and hold only those, '-' and '_'"
            )
        return self.agents / agent_id

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        # The locks live beside live_agents, since a removed folder would take its lock along.
        locks = self.root / "locks"
        lock_name = name if is_safe_component(name) else "unusual-names"
        try:
            locks.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(locks / f"{lock_name}.lock", timeout=LOCK_SECONDS, mode=0o600):
                yield
        except Timeout:
            raise Unavailable(
                f"registry entry {lock_name} is being changed by another process; try again"
            ) from None
        except OSError as error:
            raise Unavailable(
                f"registry {self.root} cannot be changed: {error.strerror}"
            ) from error

    def _check_free(self, record: AgentRecord, now: float) -> None:
        entry = self.entry(record.agent_id)
        found = entry.record
        if entry.problem not in (
            None,
            RecordProblem.MISSING,
            RecordProblem.HALF_WRITTEN,
            RecordProblem.SYMLINK,
        ):
            raise RecordError(
                f"agent id {record.agent_id} has an unusable record ({entry.reason}); "
                "remove it with `houmao-mgr admin cleanup registry`"
            )
        if found and found.generation_id != record.generation_id and found.is_fresh(now):
            raise Conflict(
                f"agent id {record.agent_id} already belongs to a running agent in tmux session "
                f"{found.session_name!r}; stop that one or choose another name"
            )

    def _note_pane(self, record: AgentRecord, pane: NotedPane) -> None:
        found = {"generation_id": record.generation_id, **asdict(pane)}
        path = self._folder(record.agent_id) / PANE_NAME
        # No pane outlives its machine.
        replace_text(path, json.dumps(found, indent=2) + "\n", to_disk=False)

    def _write(self, agent_id: str, text: str) -> None:
        folder = self._folder(agent_id)
        for place in (self.agents, folder):
            if place.is_symlink():
                place.unlink()
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            replace_text(folder / RECORD_NAME, text)
        except BaseException:
            # Only an empty folder goes, that is, one made for this record.
            with suppress(OSError):
                folder.rmdir()
            raise


def renewed(record: AgentRecord, now: float) -> AgentRecord:
    """The record with a new lease of the old length, or itself while half is left."""
    length = record.lease_expires_at - record.published_at
    if record.lease_expires_at - now >= length / 2:
        return record
    return replace(record, published_at=now, lease_expires_at=now + length)


def _read(folder: Path) -> RegistryEntry:
    try:
        record = parse(_bounded_bytes(folder))
    except _Unusable as unusable:
        return RegistryEntry(folder, problem=unusable.problem, reason=unusable.reason)
    except FutureVersion as error:
        return RegistryEntry(folder, problem=RecordProblem.FUTURE_VERSION, reason=error.message)
    except RecordError as error:
        return RegistryEntry(folder, problem=RecordProblem.MALFORMED, reason=error.message)
    if record.agent_id != folder.name:
        return RegistryEntry(
            folder,
            problem=RecordProblem.WRONG_FOLDER,
            reason=f"agent_id: is {record.agent_id} but the folder has another name",
        )
    return RegistryEntry(folder, record=replace(record, pane=_noted_pane(folder, record)))


def _noted_pane(folder: Path, record: AgentRecord) -> NotedPane | None:
    """The pane that this incarnation of the agent was given, None when nobody said so."""
    try:
        found = json.loads((folder / PANE_NAME).read_text("utf-8"))
        ours = found["generation_id"] == record.generation_id
        return NotedPane(str(found["pane_id"]), str(found.get("socket", ""))) if ours else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


class _Unusable(Exception):
    def __init__(self, problem: RecordProblem, reason: str) -> None:
        super().__init__(reason)
        self.problem = problem
        self.reason = reason


def _bounded_bytes(folder: Path) -> bytes:
    """The record file's bytes, without following a link, blocking or reading without end."""
    try:
        with (
            _opened(folder, os.O_DIRECTORY) as folder_fd,
            # O_NONBLOCK keeps a FIFO in the record's place from stopping the whole scan.
            _opened(RECORD_NAME, os.O_NONBLOCK, folder_fd) as fd,
        ):
            return _bounded_content(fd)
    except OSError as error:
        raise _unusable(error, folder) from error


@contextmanager
def _opened(path: Path | str, flags: int, folder_fd: int | None = None) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=folder_fd)
    try:
        yield fd
    finally:
        os.close(fd)


def _bounded_content(fd: int) -> bytes:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise _Unusable(RecordProblem.MALFORMED, f"{RECORD_NAME} is not a regular file")
    with open(fd, "rb", closefd=False) as file:
        content = file.read(MAX_RECORD_BYTES + 1)
    if len(content) > MAX_RECORD_BYTES:
        raise _Unusable(
            RecordProblem.TOO_LARGE, f"{RECORD_NAME} is larger than {MAX_RECORD_BYTES} bytes"
        )
    return content


def _unusable(error: OSError, folder: Path) -> _Unusable:
    if folder.is_symlink() or error.errno == errno.ELOOP:
        return _Unusable(RecordProblem.SYMLINK, "a symbolic link is in place of the record")
    if error.errno != errno.ENOENT:
        return _Unusable(
            RecordProblem.UNREADABLE, f"{RECORD_NAME} cannot be read: {error.strerror}"
        )
    if any(folder.glob(f"{RECORD_NAME}.*.tmp")):
        return _Unusable(RecordProblem.HALF_WRITTEN, f"{RECORD_NAME} was never completed")
    return _Unusable(RecordProblem.MISSING, f"{RECORD_NAME} is missing")


def _discard(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder)
