"""Names for agents that were adopted without one. Pure."""

from collections.abc import Iterable
from itertools import count

from houmao.ids import aliases, name_part, slug

#: Default names are cut to this length, a number that makes them unique not counted.
MAX_LENGTH = 40


def default_name(tool: str, session_name: str, taken: Iterable[str]) -> str:
    """`<tool>-<session>`, or the session alone when it says the tool already.

    A number follows when a live agent in `taken` answers to the name in any spelling.
    """
    session = slug(name_part(session_name))
    says_tool = session.lower() == tool or session.lower().startswith((f"{tool}-", f"{tool}_"))
    base = slug(session if says_tool else f"{tool}-{session}", MAX_LENGTH)
    used = frozenset(alias for name in taken for alias in aliases(name))
    candidates = (base if n == 1 else f"{base}-{n}" for n in count(1))
    return next(name for name in candidates if not aliases(name) & used)
