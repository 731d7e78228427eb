"""Who an agent is: its one stored name, its id, the name of its session. Pure.

A person may write a name with or without its prefix; what is stored never has one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count

from houmao.errors import UsageError
from houmao.ids import (
    NAME_PREFIXES,
    aliases,
    canonical_name,
    default_agent_id,
    is_safe_component,
    name_part,
    slug,
)

_WORDS = tuple(prefix.rstrip("-") for prefix in NAME_PREFIXES)
#: Default names are cut to this length, a number that makes them unique not counted.
MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class RequestedIdentity:
    """What the caller, then the brain's manifest, say about an agent; None is nothing."""

    name: str | None = None
    agent_id: str | None = None
    brain_name: str | None = None
    brain_id: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A launched agent. `warnings` are sentences for the person who launched it."""

    name: str
    agent_id: str
    warnings: tuple[str, ...] = ()

    @property
    def canonical(self) -> str:
        """The name as it begins the tmux session's."""
        return canonical_name(self.name)


def identify(wanted: RequestedIdentity, tool: str, role: str | None) -> Identity:
    """Option, then manifest, then a name made of tool and role. Raises UsageError."""
    name, warnings = _name(wanted, tool, role)
    agent_id = wanted.agent_id or _brain_id(wanted, name) or default_agent_id(name)
    if not is_safe_component(agent_id):
        raise UsageError(
            "--agent-id must begin with a letter or digit and hold only those, '-' and '_'"
        )
    if not wanted.agent_id and agent_id != default_agent_id(name) and name != wanted.brain_name:
        warnings += (
            f"agent {name!r} gets the id {agent_id!r} of its brain, which was built for "
            f"{wanted.brain_name or 'another name'!r}; --agent-id gives it another one",
        )
    return Identity(name, agent_id, warnings)


def stored_name(text: str) -> tuple[str, tuple[str, ...]]:
    """The name that is stored for any spelling of it, and what to warn of. Raises UsageError."""
    bare = name_part(text.strip())
    if not is_safe_component(bare):
        raise UsageError(
            f"agent identity {text!r} is not usable: begin with a letter or digit, "
            "then letters, digits, '-' and '_' only"
        )
    for word in _WORDS:
        if word in re.split(r"[^A-Za-z0-9]", bare):
            raise UsageError(
                f"agent identity {text!r} holds the reserved word {word} by itself; leave it out"
            )
    doubtful = [word for word in _WORDS if word.lower() in bare.lower()]
    return bare, tuple(
        f"agent identity {text!r} contains {word!r} but does not begin with {word}-; "
        "it is taken as it is"
        for word in doubtful
    )


def session_name(identity: Identity, now: float) -> str:
    """Name of a new tmux session: prefix, name, milliseconds of the epoch."""
    return f"{identity.canonical}-{int(now * 1000)}"


def _name(wanted: RequestedIdentity, tool: str, role: str | None) -> tuple[str, tuple[str, ...]]:
    chosen = wanted.name or wanted.brain_name
    return stored_name(chosen) if chosen else (slug(f"{tool}-{role or 'agent'}"), ())


def _brain_id(wanted: RequestedIdentity, name: str) -> str | None:
    """The id in the brain's manifest, unless it merely follows from another name there."""
    follows = wanted.brain_name and wanted.brain_id == default_agent_id(wanted.brain_name)
    return None if follows and name != wanted.brain_name else wanted.brain_id


def default_name(
    tool: str, session_name: str, taken: Iterable[str], more: Iterable[str] = ()
) -> str:
    """A name for an agent that was adopted without one.

    It is `<tool>-<session>`, or the session alone when that says the tool already. While a live
    agent in `taken` answers to it in any spelling, one of the words in `more` follows, such as its
    window's name, and after them a number.
    """
    session = slug(name_part(session_name))
    says_tool = session.lower() == tool or session.lower().startswith((f"{tool}-", f"{tool}_"))
    base = slug(session if says_tool else f"{tool}-{session}", MAX_LENGTH)
    used = frozenset(alias for name in taken for alias in aliases(name))
    told = [slug(f"{base}-{slug(word)}", MAX_LENGTH) for word in more]
    numbered = (f"{base}-{n}" for n in count(2))
    return next(name for name in chain([base], told, numbered) if not aliases(name) & used)
