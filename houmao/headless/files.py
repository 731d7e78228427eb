"""Headless agents and their turns on disk. The truth about both.

New agents come below one folder; those below the folders beside it, which other servers of the
host have made, are found there.

<agent>/authority.json        that this host owns the agent; `ended.json` after its end
<agent>/active_turn.json      only while a turn runs; whoever makes it may run one
<agent>/turns/<turn>/         record.json, what the runner writes, and the events
"""

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from houmao.files import create_text, replace_text
from houmao.headless import runner
from houmao.headless.records import Kept, OwnedAgent, TurnRecord, document, marker, read
from houmao.ids import is_safe_component

AUTHORITY, ENDED, MARKER, RECORD = (
    "authority.json",
    "ended.json",
    "active_turn.json",
    "record.json",
)
EVENTS = "canonical-events.jsonl"


class AgentFiles:
    """All headless agents of a host. Unreadable files count as absent; writing raises OSError."""

    def __init__(self, root: Path, beside: Callable[[], Iterable[Path]] = tuple) -> None:
        self._root = root
        self._beside = beside

    def authorities(self) -> list[OwnedAgent]:
        """Every agent that is owned here, sorted by id."""
        found = (self.authority(name) for name in self._all())
        return [each for each in found if each is not None]

    def authority(self, tracked: str) -> OwnedAgent | None:
        """The agent of that id while it is owned here."""
        return self._read(OwnedAgent, tracked, AUTHORITY)

    def ended(self) -> list[OwnedAgent]:
        """Every agent that was owned here and has ended, sorted by id."""
        found = (self._read(OwnedAgent, name, ENDED) for name in self._all())
        return [it for it in found if it and self.authority(it.tracked_agent_id) is None]

    def keep(self, authority: OwnedAgent) -> None:
        """Own the agent from now on."""
        folder = self.agent_folder(authority.tracked_agent_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / AUTHORITY, document(authority))

    def end(self, tracked: str) -> None:
        """Own the agent no longer; its turns stay."""
        with suppress(FileNotFoundError):
            os.replace(self.agent_folder(tracked) / AUTHORITY, self.agent_folder(tracked) / ENDED)

    def forget(self, tracked: str) -> None:
        """Take back what `keep` did, for an agent that never came to be."""
        with suppress(OSError):
            (self.agent_folder(tracked) / AUTHORITY).unlink()
            (self.agent_folder(tracked)).rmdir()

    def agent_folder(self, tracked: str) -> Path:
        """Everything that is kept of an agent. The id is a safe component."""
        own = self._root / tracked
        if own.exists():
            return own
        return next((it for root in self._beside() if (it := root / tracked).exists()), own)

    def folder(self, tracked: str, turn_id: str) -> Path:
        """The folder of a turn, made or not. Both ids are safe components."""
        return self.agent_folder(tracked) / "turns" / turn_id

    def claim(self, record: TurnRecord) -> bool:
        """Make this the agent's one active turn; False when another one is."""
        folder = Path(record.turn_artifact_dir)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps(marker(record), indent=1) + "\n"
        if not create_text(self.agent_folder(record.tracked_agent_id) / MARKER, text):
            return False
        self.save(record)
        return True

    def active(self, tracked: str) -> TurnRecord | None:
        """The turn that the marker names, as its record has it, final or not."""
        path = self.agent_folder(tracked) / MARKER
        try:
            marked = read(TurnRecord, path.read_bytes())
        except FileNotFoundError:
            return None
        if marked is None:
            # It names no turn that anybody could follow, and would block the agent for ever.
            path.unlink(missing_ok=True)
            return None
        return self.turn(tracked, marked.turn_id) or marked

    def save(self, record: TurnRecord) -> None:
        """Make this the turn's record, for ever once it is final.

        Until then the marker is on the disk; whoever finds it after a crash of the machine finds
        a turn whose process is gone, whatever its record says.
        """
        path = Path(record.turn_artifact_dir) / RECORD
        _write(path, document(record), to_disk=not record.active)

    def mark(self, record: TurnRecord) -> None:
        """Let the marker say what the record says."""
        path = self.agent_folder(record.tracked_agent_id) / MARKER
        _write(path, marker(record), to_disk=False)

    def release(self, record: TurnRecord) -> None:
        """Let the agent have another turn, if this one is the active one."""
        path = self.agent_folder(record.tracked_agent_id) / MARKER
        marked = self._read(TurnRecord, record.tracked_agent_id, MARKER)
        if marked is not None and marked.turn_id == record.turn_id:
            path.unlink(missing_ok=True)

    def withdraw(self, record: TurnRecord) -> None:
        """Leave no trace of a turn that was never accepted."""
        self.release(record)
        folder = Path(record.turn_artifact_dir)
        with suppress(OSError):
            (folder / RECORD).unlink(missing_ok=True)
            folder.rmdir()

    def turn(self, tracked: str, turn_id: str) -> TurnRecord | None:
        """A turn of that agent, owned or ended."""
        if not is_safe_component(turn_id):
            return None
        return self._read(TurnRecord, tracked, "turns", turn_id, RECORD)

    def turns(self, tracked: str) -> list[TurnRecord]:
        """The agent's turns, oldest first."""
        names = _names(self.agent_folder(tracked) / "turns") if is_safe_component(tracked) else ()
        found = (self.turn(tracked, name) for name in names)
        return sorted((it for it in found if it), key=lambda it: (it.started_at, it.turn_index))

    def next_index(self, tracked: str) -> int:
        """The index of the agent's next turn; the first is 1."""
        return 1 + len(_names(self.agent_folder(tracked) / "turns"))

    def prepare(self, record: TurnRecord, run: object) -> None:
        """Let the runner take this; readable by its owner alone, gone once it is taken."""
        path = Path(record.turn_artifact_dir) / runner.RUN
        replace_text(path, json.dumps(run), to_disk=False)

    def _all(self) -> list[str]:
        return sorted({name for root in (self._root, *self._beside()) for name in _names(root)})

    def _read(self, kind: type[Kept], tracked: str, *names: str) -> Kept | None:
        if not is_safe_component(tracked):
            return None
        try:
            return read(kind, self.agent_folder(tracked).joinpath(*names).read_bytes())
        except OSError:
            return None


def _write(path: Path, found: object, *, to_disk: bool = True) -> None:
    replace_text(path, json.dumps(found, indent=1) + "\n", to_disk=to_disk)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(filter(is_safe_component, os.listdir(folder)))
    except OSError:
        return []
