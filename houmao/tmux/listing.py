"""What sessions and panes a tmux server has now; a server that does not run has none."""

from collections.abc import Iterable
from dataclasses import dataclass

from houmao.errors import TmuxAbsent
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run
from houmao.tmux.panes import KEEPER_SESSION, PANE_FORMAT, Pane, parse_panes


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session and the values of the asked-for variables that it publishes, not blank."""

    name: str
    values: tuple[str, ...]


def panes(address: TmuxAddress) -> tuple[Pane, ...]:
    """Every pane of the server. Raises TmuxError when a server is there but cannot be asked."""
    return tuple(parse_panes(_lines(address, "list-panes", "-a", "-F", PANE_FORMAT)))


def sessions(address: TmuxAddress, variables: Iterable[str]) -> tuple[ListedSession, ...]:
    """Every session with its values of these variables; raises as `panes` does.

    A value may be the server's own: whoever uses it checks that it is about this session.
    """
    wanted = "\t".join(("#{session_name}", *(f"#{{{name}}}" for name in variables)))
    found = (line.split("\t") for line in _lines(address, "list-sessions", "-F", wanted))
    return tuple(
        ListedSession(name, tuple(filter(None, values)))
        for name, *values in found
        if name != KEEPER_SESSION
    )


def _lines(address: TmuxAddress, *words: str) -> list[str]:
    try:
        return run(address, *words).splitlines()
    except TmuxAbsent:
        return []
