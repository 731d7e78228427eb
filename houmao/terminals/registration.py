"""A terminal that somebody registered with the server, to be watched beside the registry's agents.

Values and rules only. A registration is no agent: when the registry knows the same session and
tool, the terminal is another name of that agent.
"""

import hashlib
import re
from dataclasses import dataclass

from houmao.errors import HoumaoError
from houmao.ids import is_safe_component

_TERMINAL_ID = re.compile(r"[0-9a-f]{8}")
LONGEST_NAME = 200
_INSIDE, _AT_ENDS = r"[^/\\\x00-\x1f\x7f]", r"[^\s/\\\x00-\x1f\x7f]"
#: What `check_session_name` takes, as a pattern of the whole name.
SESSION_NAME = rf"^(?!\.{{1,2}}$){_AT_ENDS}({_INSIDE}*{_AT_ENDS})?$"
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f]")


class UnsafeName(HoumaoError):
    """A session name that could not be a folder's name."""

    http_status = 400


@dataclass(frozen=True, slots=True)
class Registration:
    """What was registered; `registered_at` is in seconds since the epoch."""

    session_name: str
    terminal_id: str
    tool: str
    registered_at: float
    observed_tool_version: str | None = None
    manifest_path: str | None = None
    session_root: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    tmux_session_name: str | None = None
    tmux_window_name: str | None = None

    @property
    def tmux_session(self) -> str:
        """The tmux session the terminal is in."""
        return self.tmux_session_name or self.session_name

    @property
    def own_agent_id(self) -> str:
        """The id under which it is watched when the registry does not know it."""
        given = self.agent_id or ""
        return given if is_safe_component(given) else self.terminal_id


@dataclass(frozen=True, slots=True)
class Terminal:
    """A registration as its host knows it."""

    registration: Registration
    host: str
    #: The agent that is watched in it, None while its tmux session does not run.
    agent_id: str | None = None
    #: False until the host has looked for it.
    looked_for: bool = False


def is_terminal_id(text: str) -> bool:
    """True for eight lower-case hexadecimal digits."""
    return _TERMINAL_ID.fullmatch(text) is not None


def default_terminal_id(tmux_session: str) -> str:
    """The id of a terminal that was registered without one: the same for the same session."""
    return hashlib.md5(tmux_session.encode(), usedforsecurity=False).hexdigest()[:8]


def check_session_name(name: str) -> str:
    """The name, when it can be a folder's. Raises UnsafeName."""
    unsafe = name in (".", "..") or name != name.strip() or _UNSAFE.search(name)
    if not name or unsafe or len(name.encode(errors="replace")) > LONGEST_NAME:
        raise UnsafeName(
            "session_name must be one plain name: no '/', '\\', blanks at its ends or control "
            f"characters, not '.' or '..', at most {LONGEST_NAME} bytes"
        )
    return name
