"""Tells tmux itself how its agents are, by options of ours, while the user's settings ask for it.

`@houmao` on the server counts them; `@houmao_session`, `@houmao_window` and `@houmao_state` say
who needs a person most in a session, in a window, and what the agent in a pane does.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from houmao import logs
from houmao.errors import ConfigError, TmuxError
from houmao.settings_file import SettingsFile
from houmao.tmux.panes import Pane, PaneKey
from houmao.track.diagnostics import passive_availability
from houmao.track.standing import Standing
from houmao.track.state import TurnPhase
from workers.watch.panes import PaneSource
from workers.watch.watched_agent import WatchedAgent

SERVER, SESSION, WINDOW, PANE = "@houmao", "@houmao_session", "@houmao_window", "@houmao_state"
#: How states begin, in the order in which they need a person.
_ORDER = ("blocked", "down", "draft", "done", "ready", "active", "unknown")
_SEEN = ("available", "unknown")


class TmuxOption(NamedTuple):
    """A user option of one thing: what `set-option` needs before the value."""

    name: str
    #: Flag and target; no target for the server.
    scope: str


class StatusOptions:
    """What each tmux server was told; called by the loop's thread only."""

    def __init__(self, file: SettingsFile | None = None) -> None:
        """Without a file nobody can ask for it."""
        self._file = file
        self._wanted = False
        self._told: dict[str, dict[TmuxOption, str]] = {}
        self._log = logs.get("status")

    def tick(self, servers: Iterable[PaneSource], agents: Iterable[WatchedAgent]) -> None:
        """Tell what came, went and was moved, and hear what the user wants now."""
        self._read_settings()
        self._tell_all(servers, agents if self._wanted else ())

    def _read_settings(self) -> None:
        try:
            document = self._file.changed() if self._file is not None else None
        except ConfigError as error:
            self._log.warning("settings_not_used", why=error.message)
            return
        if document is not None:
            section = document.get("tmux", {})
            self._wanted = isinstance(section, Mapping) and section.get("status") is True

    def show(self, servers: Iterable[PaneSource], agents: Iterable[WatchedAgent]) -> None:
        """Tell what has changed, at once; nothing while nobody wants it."""
        if self._wanted:
            self._tell_all(servers, agents)

    def _tell_all(self, servers: Iterable[PaneSource], agents: Iterable[WatchedAgent]) -> None:
        """Tell every server what is other than what it was told."""
        labels = {it.pane.key: state_label(it.standing) for it in agents if it.pane is not None}
        for server in servers:
            if server.connected:
                self._tell(server, labels)
            else:
                # Whichever server is there next knows nothing, or what a former one was told.
                self._told.pop(server.socket, None)

    def clear(self, servers: Iterable[PaneSource]) -> None:
        """Remove every trace."""
        self._wanted = False
        self._tell_all(servers, ())

    def _tell(self, server: PaneSource, labels: Mapping[PaneKey, str]) -> None:
        try:
            told = self._told.get(server.socket)
            if told is None:
                told = _left_over(server)
            wanted = options_for(server.listing, labels)
            server.order(
                [f"set-option -u {it.scope} {it.name}" for it in told.keys() - wanted.keys()]
                + [
                    f"set-option {it.scope} {it.name} '{text}'"
                    for it, text in wanted.items()
                    if told.get(it) != text
                ]
            )
            self._told[server.socket] = wanted
        except TmuxError as error:
            self._told.pop(server.socket, None)
            self._log.warning("status_not_told", reason=error.message)


def state_label(standing: Standing) -> str:
    """What an agent does, in words that need no quoting."""
    surface = standing.tracked.surface
    if passive_availability(standing.diagnostics).value not in _SEEN:
        return "down"
    if surface.blocked_on is not None:
        return f"blocked: {surface.blocked_on.value.replace('_', ' ')}"
    if standing.tracked.phase is TurnPhase.READY and surface.editing_input == "yes":
        return "draft"
    if standing.tracked.phase is TurnPhase.READY and standing.unseen:
        return "done"
    return standing.tracked.phase.value


def options_for(panes: Iterable[Pane], labels: Mapping[PaneKey, str]) -> dict[TmuxOption, str]:
    """Every option of a server that has these panes; none while no agent is there."""
    found: dict[TmuxOption, str] = {}
    for pane in panes:
        label = labels.get(pane.key)
        if label is None:
            continue
        pane_option, *above = _options_of(pane)
        found[pane_option] = label
        for option in above:
            found[option] = min(found.get(option, label), label, key=_need)
    if found:
        kinds = Counter(it.partition(":")[0] for option, it in found.items() if option.name == PANE)
        words = [f"{kinds[kind]} {kind}" for kind in _ORDER if kinds[kind]]
        found[TmuxOption(SERVER, "-s")] = " ".join(words)
    return found


def _options_of(pane: Pane) -> tuple[TmuxOption, TmuxOption, TmuxOption]:
    return (
        TmuxOption(PANE, f"-p -t {pane.pane_id}"),
        TmuxOption(WINDOW, f"-w -t {pane.window_id}"),
        TmuxOption(SESSION, f"-t '{pane.session_id}'"),
    )


def _need(label: str) -> int:
    return _ORDER.index(label.partition(":")[0])


def _left_over(server: PaneSource) -> dict[TmuxOption, str]:
    """What a killed process may have left."""
    if not server.asked(f"show-options -sqv {SERVER}"):
        return {}
    options = {it: "" for pane in server.listing for it in _options_of(pane)}
    return {**options, TmuxOption(SERVER, "-s"): ""}
