"""How names and ids are spelled, and the rules they keep; `docs/glossary.md` says the words."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from houmao.errors import UsageError

#: Variables are written with the first prefix; the second is read when the first is not set.
ENV_PREFIXES = ("HOUMAO_", "AGENTSYS_")

#: Prefixes a name may carry; the first is the one we write, both are read.
NAME_PREFIXES = ("HOUMAO-", "AGENTSYS-")

#: Between an agent's id or name and its host; neither can hold it.
AT = "@"

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, order=True)
class AgentKey:
    """Which agent of all hosts: an id is made of a name, and two hosts may well use the same."""

    host: str
    agent_id: str

    def __str__(self) -> str:
        return f"{self.agent_id}{AT}{self.host}"


def split_reference(reference: str) -> tuple[str, str | None]:
    """The id or name that a reference holds, and the host that it asks for, if it does."""
    text, at, host = reference.strip().rpartition(AT)
    return (text, host) if at else (host, None)


def agent_key(text: str) -> AgentKey | None:
    """The key that this text spells in full, None when it spells something else."""
    agent_id, host = split_reference(text)
    if host and is_safe_component(agent_id) and is_safe_component(host):
        return AgentKey(host, agent_id)
    return None


def is_safe_component(text: str) -> bool:
    """True for a name or id: letters, digits, `_`, `-`, not beginning with a dash or underscore."""
    return _SAFE.fullmatch(text) is not None


def name_part(text: str) -> str:
    """The text without a known prefix, unless nothing would remain."""
    for prefix in NAME_PREFIXES:
        if text.startswith(prefix) and len(text) > len(prefix):
            return text[len(prefix) :]
    return text


@lru_cache(maxsize=1024)
def aliases(text: str) -> frozenset[str]:
    """Every spelling under which a reference or a stored name may match, prefix or not."""
    return frozenset(_aliases(text.strip()))


def _aliases(text: str) -> Iterator[str]:
    if not is_safe_component(text):
        return
    yield text
    bare = name_part(text)
    if _valid_name_part(bare):
        yield bare


def _valid_name_part(bare: str) -> bool:
    words = re.split(r"[^A-Za-z0-9]", bare)
    return is_safe_component(bare) and not any(p.rstrip("-") in words for p in NAME_PREFIXES)


def canonical_name(name: str) -> str:
    """The prefixed form used in tmux session names: `gpu` gives `HOUMAO-gpu`."""
    return name if name.startswith(NAME_PREFIXES) else NAME_PREFIXES[0] + name


def check_user_name(name: str) -> str:
    """Return a name a person may choose for an agent.

    Raises UsageError when it is no safe component or begins with a reserved prefix word.
    """
    name = name.strip()
    if not is_safe_component(name):
        raise UsageError(
            f"agent name {name!r} is not usable: begin with a letter or digit, "
            "then letters, digits, '-' and '_' only"
        )
    for prefix in NAME_PREFIXES:
        word = prefix.rstrip("-")
        if re.match(rf"{word}([^A-Za-z0-9]|$)", name, re.IGNORECASE):
            raise UsageError(
                f"agent name {name!r} begins with the reserved word {word}; leave it out"
            )
    return name


def default_agent_id(name: str) -> str:
    """MD5 (32 hex digits) of the name exactly as stored; an identity, not a secret."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def slug(text: str, limit: int = 40) -> str:
    """Text made safe as a name or queue part: bad runs become one dash, cut to `limit`."""
    cleaned = re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_")[:limit].rstrip("-_")
    return cleaned or "x"


def with_prefixes(variables: Mapping[str, str]) -> dict[str, str]:
    """Each variable under every prefix."""
    return {prefix + name: it for name, it in variables.items() for prefix in ENV_PREFIXES}


def without_prefix(environ: Mapping[str, str]) -> dict[str, str]:
    """Houmao's own variables that are set, by their names without a prefix; the first counts."""
    return {
        name.removeprefix(prefix): value
        for prefix in reversed(ENV_PREFIXES)
        for name, value in environ.items()
        if name.startswith(prefix) and value
    }
