"""Which machine a host's id belongs to: the one that first came with it, and has its key on disk.

Two machines with one id would take each other's jobs and delete each other's agents, so that the
second is refused before it has done anything. Raises redis.RedisError.
"""

import hashlib
import os
import re
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass

from redis import Redis

from houmao.config import Settings
from houmao.errors import ConfigError
from houmao.state import keys
from houmao.state.repair import drop_misfits

#: Seconds for which an id stays its machine's after that was heard of last.
KEEP_SECONDS = 30 * 86_400
_DIGEST = re.compile(r"[0-9a-f]{32}")


class HostTaken(ConfigError):
    """The host's id belongs to another machine."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """One machine's claim to an id; `machine` says in words which machine it is."""

    host: str
    secret: str
    machine: str

    def claim(self, redis: Redis) -> None:
        """Make the id ours, or keep it. Raises HostTaken when it is another machine's."""
        name = keys.host_key(self.host)
        digest = hashlib.sha256(self.secret.encode()).hexdigest()[:32]
        drop_misfits(redis, {name: "string"})
        redis.set(name, f"{digest} {self.machine}", ex=KEEP_SECONDS, nx=True)
        found = redis.get(name)
        text = found.decode(errors="replace") if isinstance(found, bytes) else str(found)
        held, _, machine = text.partition(" ")
        if not _DIGEST.fullmatch(held):
            # It says of no machine that it is its; somebody has spoilt it.
            redis.set(name, f"{digest} {self.machine}", ex=KEEP_SECONDS)
        elif held != digest:
            raise HostTaken(
                f"the host id {self.host!r} belongs to {machine} on this Redis; give this machine "
                "another one with HOUMAO_HOST_ID, or, if that one is gone for good, "
                f"`houmao-mgr hosts forget {self.host}`"
            )
        redis.expire(name, KEEP_SECONDS)


def own_key(settings: Settings) -> HostKey:
    """The key that this machine has on disk, made when there is none. Raises OSError."""
    root, host = settings.runtime_root, settings.host_id
    path = root / "hosts" / f"{host}.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), open(path, "x", opener=_private) as file:
        file.write(secrets.token_hex(16))
    return HostKey(host, path.read_text().strip(), f"{socket.gethostname()} with {root}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
