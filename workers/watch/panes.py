"""One tmux server as the watch loop sees it: up or down, its panes, their captures.

Keeps one control connection, opens it again after any surprise, and leaves no trace on a
server that nobody else uses. It judges no screen.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from houmao import logs
from houmao.detect.signals import Frame
from houmao.errors import TmuxAbsent, TmuxError, TmuxSilent
from houmao.tmux.address import TmuxAddress
from houmao.tmux.control import ControlClient, Reply
from houmao.tmux.panes import (
    LIVE_FORMAT,
    PANE_FORMAT,
    Pane,
    PaneKey,
    frame_of,
    parse_live,
    parse_panes,
)

T = TypeVar("T")

_LIST = f"list-panes -a -F '{PANE_FORMAT}'"
#: Panes asked for in one round trip, so that the loop stays responsive.
_BATCH = 16
#: Seconds between two tries to reach a server that is there but silent: each costs a time-out.
SILENT_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Capture:
    """A pane with its screen at one moment."""

    pane: Pane
    frame: Frame


class PaneSource:
    """One tmux server. Every method may raise TmuxError while the server does not answer."""

    def __init__(self, address: TmuxAddress, socket: Path, clock: Callable[[], float]) -> None:
        self.address = address
        self._socket = socket
        self._clock = clock
        self._client: ControlClient | None = None
        self._silent_until = 0.0
        #: Every pane of the server but our keeper's, as `look` last found them.
        self.listing: list[Pane] = []
        self._listed: Mapping[str, Pane] = {}
        #: Where it listens: as the server spells it, once it has answered.
        self.socket = str(socket)
        self._absent_told = False
        self._log = logs.get("tmux")

    @property
    def connected(self) -> bool:
        """True while a control connection is open."""
        return self._client is not None

    def is_at(self, socket: str) -> bool:
        """Whether this is the server that listens there."""
        here = (self.socket, os.path.realpath(self._socket))
        return socket in here or os.path.realpath(socket) in here

    def fileno(self) -> int:
        """Readable when the server has a notice or is gone; -1 while not connected."""
        return self._client.fileno() if self._client is not None else -1

    def connect(self) -> bool:
        """Open the connection if a server runs; True when one is open.

        Raises TmuxError when a server is there but does not let us in: what runs in it lives on.
        """
        if self._client is None and self._socket.exists():
            self._check_pause()
            try:
                self._client = ControlClient(self.address, self._clock)
                self._log.info("tmux_connected", client_pid=self._client.pid)
                self._absent_told = False
            except TmuxSilent:
                self._silent_until = self._clock() + SILENT_PAUSE
                raise
            except TmuxAbsent as error:
                self._tell_absent(error.message)
            except OSError as error:
                raise TmuxError(f"tmux cannot be asked: {error.strerror}") from error
        return self._client is not None

    def _tell_absent(self, reason: str) -> None:
        """Once: it is asked for every second, for days if need be."""
        if not self._absent_told:
            self._log.debug("tmux_absent", reason=reason)
        self._absent_told = True

    def _check_pause(self) -> None:
        if self._clock() < self._silent_until:
            raise TmuxSilent("tmux does not answer; it is tried again every few seconds")

    def disconnect(self) -> None:
        """Close the connection; the server stays."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def notices(self) -> list[str]:
        """What the server announced, e.g. `%sessions-changed`."""
        return self._guarded(lambda client: client.notices())

    def look(self) -> None:
        """List the panes anew: none without a server. The former listing stays when it raises."""
        self.listing = self._panes() if self.connect() else []
        self._listed = {pane.pane_id: pane for pane in self.listing}
        if self.listing:
            self.socket = self.listing[0].socket
        else:
            # Let go of a server on which only our keeper is left, so that it can end.
            self.disconnect()

    def _panes(self) -> list[Pane]:
        (listed,) = self._request([_LIST])
        return parse_panes(listed.lines)

    def order(self, commands: list[str]) -> None:
        """Have tmux do these; one that it refuses, say of a pane that has gone, is left out."""
        for start in range(0, len(commands), _BATCH):
            self._request(commands[start : start + _BATCH])

    def asked(self, command: str) -> list[str]:
        """What tmux answers to a command."""
        (reply,) = self._request([command])
        return reply.lines

    def capture(self, keys: Iterable[PaneKey]) -> Mapping[PaneKey, Capture | None]:
        """The screens of those panes, None for a pane that is gone."""
        wanted = list(keys)
        found: dict[PaneKey, Capture | None] = {}
        for start in range(0, len(wanted), _BATCH):
            found.update(self._capture(wanted[start : start + _BATCH]))
        return found

    def _capture(self, keys: list[PaneKey]) -> Mapping[PaneKey, Capture | None]:
        commands = []
        for key in keys:
            commands.append(f"display-message -p -t {key.pane_id} '{LIVE_FORMAT}'")
            commands.append(f"capture-pane -p -e -t {key.pane_id}")
        replies = self._request(commands)
        now = self._clock()
        found: dict[PaneKey, Capture | None] = {}
        for key, facts, screen in zip(keys, replies[::2], replies[1::2], strict=True):
            known = self._listed.get(key.pane_id)
            # A dead id must not be answered by another pane: tmux falls back to its current one.
            told = known is not None and facts.ok and facts.lines and screen.ok
            pane = parse_live(facts.lines[0], known) if known and told else None
            found[key] = Capture(pane, frame_of(pane, screen.lines, now)) if pane else None
        return found

    def _request(self, commands: list[str]) -> list[Reply]:
        return self._guarded(lambda client: client.request(commands))

    def _guarded(self, action: Callable[[ControlClient], T]) -> T:
        if self._client is None:
            raise TmuxError("no tmux server runs at that socket")
        try:
            return action(self._client)
        except TmuxError as error:
            self._log.warning("tmux_lost", reason=error.message)
            self.disconnect()
            raise
