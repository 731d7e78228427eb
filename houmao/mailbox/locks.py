"""Who may change a mailbox root: one process at a time, and none for long.

Lock files as the protocol has them, made exclusively, with the holder's pid in them, keep
programs of every make apart. Before those, processes of Houmao pass a gate that the kernel
opens when its holder dies; behind it a dead holder's lock files are broken.
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from houmao import clock
from houmao.errors import Unavailable
from houmao.mailbox.root import MailRoot

LIMIT_SECONDS = 5.0
_POLL_SECONDS = 0.0002
_FIRST_PAUSE_SECONDS = 0.008
#: A file without a pid is one whose maker has just begun, or has died at once.
_EMPTY_SECONDS = 2.0

#: Sets right what a dead holder left half done; gets the time at which that one began.
Recovery = Callable[[float], None]


@contextmanager
def locked(root: MailRoot, addresses: Iterable[str], recover: Recovery) -> Iterator[None]:
    """Hold the addresses and the index. Raises Unavailable when that takes over five seconds."""
    deadline = clock.monotonic() + LIMIT_SECONDS
    with ExitStack() as held:
        held.enter_context(_gate(root.locks / "gate", deadline))
        for address in sorted(set(addresses)):
            held.enter_context(_lock_file(root.address_lock(address), deadline, _nothing))
        held.enter_context(_lock_file(root.index_lock, deadline, recover))
        yield


@contextmanager
def _gate(path: Path, deadline: float) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while not _passed(fd):
            if clock.monotonic() > deadline:
                raise Unavailable(f"{path} has been held for {LIMIT_SECONDS:g} s; try again")
            time.sleep(_pause(deadline - clock.monotonic()))
        yield
    finally:
        # With its last descriptor the lock ends, as it does when its holder dies.
        os.close(fd)


def _pause(left_seconds: float) -> float:
    """Who has waited for a while asks often, so that it is served before whoever has just come."""
    waited = LIMIT_SECONDS - left_seconds
    return max(_POLL_SECONDS, _FIRST_PAUSE_SECONDS - waited)


def _passed(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _nothing(_began: float) -> None:
    """A dead holder of an address alone has changed nothing."""


@contextmanager
def _lock_file(path: Path, deadline: float, recover: Recovery) -> Iterator[None]:
    while not (_made(path) or _taken_over(path, recover)):
        if clock.monotonic() > deadline:
            raise Unavailable(
                f"{path} has been held for {LIMIT_SECONDS:g} s by {_holder(path)}; "
                "end that process, or remove the file when it is not a mailbox's"
            )
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _made(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return False
    os.write(fd, _own_mark())
    os.close(fd)
    return True


def _own_mark() -> bytes:
    return f"pid={os.getpid()} acquired_at_utc={clock.iso(clock.now())}\n".encode()


def _taken_over(path: Path, recover: Recovery) -> bool:
    """Put our mark over a dead holder's, after its work was set right. Only behind the gate."""
    try:
        began = path.lstat().st_mtime
        if not _is_dead(_pid(path), began):
            return False
    except FileNotFoundError:
        return False
    # Until our mark replaces the dead one's in one step, nobody else can come in between.
    recover(began)
    _sweep(path)
    mark = path.with_suffix(".taking")
    mark.write_bytes(_own_mark())
    os.replace(mark, path)
    return True


def _sweep(taken: Path) -> None:
    """Remove what dead holders left of other addresses, for programs that break no locks."""
    addresses = taken.parent if taken.parent.name == "addresses" else taken.parent / "addresses"
    for path in addresses.glob("*.lock"):
        with suppress(FileNotFoundError):
            if path != taken and _is_dead(_pid(path), path.lstat().st_mtime):
                path.unlink()


def lasting(root: MailRoot) -> Iterator[tuple[Path, int | None]]:
    """Lock files that stand longer than anybody waits, and the living process each is of.

    None for a dead one: whoever of Houmao's writes next breaks it, but others wait for ever.
    """
    for path in (root.index_lock, *(root.locks / "addresses").glob("*.lock")):
        with suppress(FileNotFoundError):
            began = path.lstat().st_mtime
            if clock.now() - began > LIMIT_SECONDS:
                pid = _pid(path)
                yield path, None if _is_dead(pid, began) else pid


def _pid(path: Path) -> int | None:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = re.search(rb"pid=(\d{1,9})\b", os.read(fd, 200))
    finally:
        os.close(fd)
    return int(found[1]) if found else None


def _is_dead(pid: int | None, began: float) -> bool:
    if pid is None:
        return clock.now() - began > _EMPTY_SECONDS
    try:
        holder = psutil.Process(pid)
        # A process that is younger than the lock only has the holder's old number.
        return holder.status() == psutil.STATUS_ZOMBIE or holder.create_time() > began + 1
    except psutil.NoSuchProcess:
        return True


def _holder(path: Path) -> str:
    try:
        return f"process {_pid(path) or 'unknown'}"
    except OSError:
        return "an unknown process"
