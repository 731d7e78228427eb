"""What tmux says about its panes: the question, and its answer as values. No I/O here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from houmao.detect.signals import Frame

#: Sessions of our own; never shown as anybody's agent.
KEEPER_SESSION = "houmao-keeper"

#: Option of a pane that names the agent which lives there.
MARK = "@houmao-agent"
#: Its value where an agent was given back: nobody adopts it without being told to.
LEFT_ALONE = "-"

_SEPARATOR = "\t"

#: What may differ from one look at a pane's screen to the next.
_LIVE_FIELDS = (
    "pane_id",
    "pane_pid",
    "pane_tty",
    "pane_dead",
    "pane_width",
    "pane_height",
    "cursor_x",
    "cursor_y",
    "cursor_flag",
    "alternate_on",
    "history_size",
    "pane_current_command",
    # Last, because it is the only field that a program in the pane can fill freely.
    "pane_title",
)
_FIELDS = (
    "session_name",
    "session_id",
    "window_index",
    "pane_index",
    "pane_active",
    MARK,
    "window_id",
    "window_active",
    "session_attached",
    "socket_path",
    "window_name",
    "pane_current_path",
    *_LIVE_FIELDS,
)


def _format(fields: tuple[str, ...]) -> str:
    return _SEPARATOR.join(f"#{{{name}}}" for name in fields)


#: Value of `-F` for commands that describe panes.
PANE_FORMAT = _format(_FIELDS)
#: The same for a pane that was listed before: tmux pays for each field, at each look.
LIVE_FORMAT = _format(_LIVE_FIELDS)


class PaneKey(NamedTuple):
    """Which pane of all tmux servers: each server counts from `%0`."""

    socket: str
    pane_id: str


@dataclass(frozen=True, slots=True)
class Pane:
    """One tmux pane at one moment."""

    session_name: str
    session_id: str
    window_index: int
    pane_index: int
    pane_id: str
    active: bool
    pid: int = 0
    tty: str = ""
    dead: bool = False
    width: int = 0
    height: int = 0
    cursor_x: int = 0
    cursor_y: int = 0
    cursor_visible: bool = False
    alternate_screen: bool = False
    history_size: int = 0
    command: str = ""
    title: str = ""
    #: Id of the agent that was started or adopted here, empty when nobody said so.
    agent_id: str = ""
    window_id: str = ""
    window_name: str = ""
    #: Whether somebody has it before their eyes: in front, in an attached session.
    in_sight: bool = False
    #: Working directory of what runs in it.
    folder: str = ""
    #: Where its tmux server listens, as the server itself spells it.
    socket: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Sort key by which window 0 pane 0 comes first."""
        return (self.window_index, self.pane_index)

    @property
    def key(self) -> PaneKey:
        """Which pane of all tmux servers this is."""
        return PaneKey(self.socket, self.pane_id)


def parse_pane(line: str) -> Pane | None:
    """The pane of one line of PANE_FORMAT, None when the line is no such answer."""
    names = _values(line, _FIELDS)
    if names is None:
        return None
    listed = Pane(
        session_name=names["session_name"],
        session_id=names["session_id"],
        window_index=_number(names["window_index"]),
        pane_index=_number(names["pane_index"]),
        pane_id=names["pane_id"],
        active=names["pane_active"] == "1",
        agent_id=names[MARK],
        window_id=names["window_id"],
        window_name=names["window_name"],
        in_sight=_in_sight(names),
        folder=names["pane_current_path"],
        socket=names["socket_path"],
    )
    return _looking(listed, names)


def parse_live(line: str, listed: Pane) -> Pane | None:
    """A listed pane as one line of LIVE_FORMAT has it now, None when that is another pane."""
    names = _values(line, _LIVE_FIELDS)
    return _looking(listed, names) if names and names["pane_id"] == listed.pane_id else None


def _values(line: str, fields: tuple[str, ...]) -> Mapping[str, str] | None:
    values = line.split(_SEPARATOR, len(fields) - 1)
    names = dict(zip(fields, values, strict=False))
    return names if len(values) == len(fields) and names["pane_id"].startswith("%") else None


def _looking(pane: Pane, names: Mapping[str, str]) -> Pane:
    return replace(
        pane,
        pid=_number(names["pane_pid"]),
        tty=names["pane_tty"],
        dead=names["pane_dead"] == "1",
        width=_number(names["pane_width"]),
        height=_number(names["pane_height"]),
        cursor_x=_number(names["cursor_x"]),
        cursor_y=_number(names["cursor_y"]),
        cursor_visible=names["cursor_flag"] == "1",
        alternate_screen=names["alternate_on"] == "1",
        history_size=_number(names["history_size"]),
        command=names["pane_current_command"],
        title=names["pane_title"],
    )


def parse_panes(lines: Iterable[str]) -> list[Pane]:
    """Every pane of a listing but our own keeper's."""
    panes = (parse_pane(line) for line in lines)
    return [pane for pane in panes if pane and pane.session_name != KEEPER_SESSION]


def frame_of(pane: Pane, lines: list[str], at_seconds: float) -> Frame:
    """The frame of a capture, with what tmux knows beside the text."""
    return Frame(
        raw="\n".join(lines) + "\n",
        at_seconds=at_seconds,
        width=pane.width,
        height=pane.height,
        cursor_x=pane.cursor_x,
        cursor_y=pane.cursor_y,
        cursor_visible=pane.cursor_visible,
        alternate_screen=pane.alternate_screen,
        title=pane.title,
    )


def _in_sight(names: Mapping[str, str]) -> bool:
    in_front = names["pane_active"] == "1" and names["window_active"] == "1"
    return in_front and _number(names["session_attached"]) > 0


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
