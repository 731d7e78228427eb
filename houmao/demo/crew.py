"""The demo's agents: stub agents in tmux sessions of their own, adopted like any agent."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from houmao.clock import monotonic, now
from houmao.config import Settings, environment
from houmao.demo.stub_agent import command
from houmao.errors import Conflict, TmuxError, Unavailable, UsageError
from houmao.ids import canonical_name
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.adopting.join import JoinRequest, join
from houmao.sessions.generation import Generation
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds a stub agent may take until its process can be found.
START_SECONDS = 5.0
_POLL_SECONDS = 0.05
#: Session option that marks a session as the demo's own, so that it may be ended.
_MARK = "@houmao_demo"


@dataclass(frozen=True, slots=True)
class CrewMember:
    """One agent of the demo: its name, the tool it plays and what it does all day."""

    name: str
    tool: str
    script: str
    about: str


MEMBERS = (
    CrewMember("demo-claude", "claude", "idle 2, turn 4, again", "works, finishes, works again"),
    CrewMember("demo-codex", "codex", "idle 4, turn 7, again", "does the same more slowly"),
    CrewMember("demo-gemini", "gemini", "idle 1, ask 12, idle 3, again", "asks for permission"),
)


class Crew:
    """Starts the members and ends exactly what it started."""

    def __init__(self, settings: Settings, wait: Callable[[float], object]) -> None:
        """`wait` sleeps for some seconds; a signal may end it with KeyboardInterrupt."""
        self._settings = settings
        self._address = TmuxAddress(settings.tmux_socket)
        self._wait = wait
        self._sessions: list[str] = []
        self.records: list[AgentRecord] = []

    def start(self, members: tuple[CrewMember, ...] = MEMBERS) -> None:
        """Bring the members up and publish them; raises Conflict when their names are taken."""
        for member in members:
            self._open(member)
        for member in members:
            self.records.append(self._adopt(member))

    def end(self) -> None:
        """End the sessions and take back the records; what is gone already is no error."""
        registry = Registry(self._settings.registry_root)
        for record in self.records:
            registry.remove(record.agent_id, record.generation_id)
            self._remove_folder(record)
        for session_id in self._sessions:
            self._end_session(session_id)
        self.records, self._sessions = [], []

    @property
    def socket_path(self) -> str:
        """The absolute path of the tmux socket; asked from tmux, which alone knows its default."""
        return run(self._address, "display-message", "-p", "#{socket_path}").strip()

    def _open(self, member: CrewMember) -> None:
        session = canonical_name(member.name)
        self._clear(session)
        stub = command(member.tool, "--name", member.name, "--script", member.script)
        size = ("-x", "100", "-y", "30")
        asked = ("-P", "-F", "#{session_id}")
        opened = run(
            self._address, "new-session", "-d", *asked, "-s", session, *size, shlex.join(stub)
        )
        self._sessions.append(opened.strip())
        run(self._address, "set-option", "-t", opened.strip(), _MARK, "1")

    def _clear(self, session: str) -> None:
        """End an earlier demo's session of this name; never one that is not marked as such."""
        try:
            run(self._address, "has-session", "-t", f"={session}")
        except TmuxError:
            return
        mark = run(self._address, "show-options", "-qv", "-t", f"={session}:", _MARK)
        if mark.strip() != "1":
            raise Conflict(
                f"tmux session {session!r} runs and is not the demo's: rename or end that session"
            )
        run(self._address, "kill-session", "-t", f"={session}")

    def _remove_folder(self, record: AgentRecord) -> None:
        root = Path(record.session_root or "")
        if root.is_relative_to(self._settings.runtime_root / "sessions"):
            shutil.rmtree(root, ignore_errors=True)

    def _end_session(self, session_id: str) -> None:
        try:
            run(self._address, "kill-session", "-t", session_id)
        except TmuxError:
            return

    def _adopt(self, member: CrewMember) -> AgentRecord:
        """Publish the member's agent once its process can be found."""
        self._forget_earlier(member)
        request = JoinRequest(canonical_name(member.name), member.tool, member.name)
        deadline = monotonic() + START_SECONDS
        while True:
            try:
                return join(request, self._settings, environment(), Generation(now(), str(uuid4())))
            except UsageError as error:
                if monotonic() > deadline:
                    raise Unavailable(f"{member.name} did not start: {error.message}") from error
                self._wait(_POLL_SECONDS)

    def _forget_earlier(self, member: CrewMember) -> None:
        """Take away the record of an earlier demo, whose session of that name is gone."""
        registry = Registry(self._settings.registry_root)
        for record in registry.named(member.name, now()):
            if record.session_name == canonical_name(member.name):
                registry.remove(record.agent_id, record.generation_id)
