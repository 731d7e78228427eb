"""Tokens that are given to people and programs: each with a name, a role and an end.

One file holds them, readable by its owner alone, and of a token no more than its hash.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from houmao.caller import CallerRole
from houmao.errors import Conflict, NotFound, UsageError
from houmao.files import replace_text
from houmao.ids import is_safe_component

_BYTES = 32
#: What a token of this kind begins with, so that leaks can be searched for.
PREFIX = "hm_"


@dataclass(frozen=True, slots=True)
class NamedToken:
    """One token; times are seconds since the epoch, the end None for never."""

    name: str
    role: CallerRole
    digest: str
    created_at: float
    expires_at: float | None

    def is_valid(self, now: float) -> bool:
        """Whether it still opens anything."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class NamedTokens:
    """The tokens in one file; a missing file holds none."""

    path: Path

    def all(self) -> tuple[NamedToken, ...]:
        """Every token, by name."""
        try:
            state = self.path.stat()
        except FileNotFoundError:
            return ()
        return _read(self.path, state.st_mtime_ns, state.st_ino)

    def create(self, name: str, role: CallerRole, now: float, seconds: float | None) -> str:
        """Add a token for so many seconds; it is told here and never again.

        Raises UsageError for a bad name, Conflict for one that is taken.
        """
        if not is_safe_component(name):
            raise UsageError(
                f"a token's name holds letters, digits, dots and dashes, unlike {name!r}"
            )
        secret = PREFIX + secrets.token_urlsafe(_BYTES)
        expires_at = None if seconds is None else now + seconds
        made = NamedToken(name, role, _digest(secret), now, expires_at)

        def add(kept: tuple[NamedToken, ...]) -> tuple[NamedToken, ...]:
            if any(it.name == name for it in kept):
                raise Conflict(f"a token named {name!r} is there already; revoke it first")
            return (*kept, made)

        self._change(add)
        return secret

    def revoke(self, name: str) -> None:
        """Remove a token; whoever signed in with it is signed out. Raises NotFound."""

        def remove(kept: tuple[NamedToken, ...]) -> tuple[NamedToken, ...]:
            left = tuple(it for it in kept if it.name != name)
            if left == kept:
                raise NotFound(f"no token is named {name!r}; `houmao-mgr token list` shows them")
            return left

        self._change(remove)

    def named(self, name: str, now: float) -> NamedToken | None:
        """The valid token of that name."""
        return next((it for it in self.all() if it.name == name and it.is_valid(now)), None)

    def shown(self, secret: str, now: float) -> NamedToken | None:
        """The valid token that `secret` is."""
        digest = _digest(secret)
        return next((it for it in self.all() if it.digest == digest and it.is_valid(now)), None)

    def _change(self, change: Callable[[tuple[NamedToken, ...]], tuple[NamedToken, ...]]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self.path.with_suffix(".lock"), mode=0o600):
            kept = sorted(change(self.all()), key=lambda it: it.name)
            replace_text(self.path, json.dumps([asdict(it) for it in kept], indent=2) + "\n")


def _digest(secret: str) -> str:
    # A random text of this length needs no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()


@lru_cache(maxsize=4)
def _read(path: Path, _mtime: int, _inode: int) -> tuple[NamedToken, ...]:
    rows = json.loads(path.read_text("utf-8"))
    return tuple(NamedToken(**{**row, "role": CallerRole(row["role"])}) for row in rows)
