"""`houmao-mgr doctor`: everything that keeps Houmao from working here, each with its remedy.

A check looks and tells; none changes anything. What a check cannot find out is no finding.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from houmao import config, lock_files, settings_file
from houmao.cli.client.http import NotHoumao, Refused, Server, Unreachable
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option, server_options
from houmao.cli.render.output import CommandOutput, Word, table
from houmao.cli.watched_registry import watched_registry
from houmao.config import Settings
from houmao.errors import ConfigError, HoumaoError
from houmao.mailbox import locks as mailbox_locks
from houmao.mailbox.root import open_root
from houmao.notices.rules import notify_settings
from houmao.registry.agent_lock import is_brief
from houmao.serve import outside_redis
from houmao.serve.programs import find_redis
from houmao.sessions.processes.orphans import orphans as find_orphans

#: The oldest tmux that Houmao was tried with.
_OLDEST_TMUX = (3, 2)
#: Bytes below which a disk counts as full.
_LEAST_FREE = 200_000_000


class NotHealthy(HoumaoError):
    """The doctor found something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; a healthy one has no remedy."""

    check: str
    seen: str
    remedy: str = ""

    @property
    def healthy(self) -> bool:
        """Whether nothing has to be done."""
        return not self.remedy


@dataclass(frozen=True, slots=True)
class Patient:
    """What the checks look at."""

    settings: Settings
    server: Server
    environ: Mapping[str, str]


@click.command(epilog=examples("houmao-mgr doctor", "houmao-mgr doctor --json | jq .findings"))
@server_options
@json_option
def doctor(server: Server, output: CommandOutput) -> None:
    """Look at everything that can be wrong here, and say what helps.

    Exit 0 when all is well, else 1.
    """
    patient = Patient(config.load(), server, config.environment())
    found = [finding for check in CHECKS for finding in check(patient)]
    told = [{**asdict(it), "healthy": it.healthy} for it in found]
    output.write({"findings": told}, finding_lines(found))
    ill = sum(not it.healthy for it in found)
    if ill:
        raise NotHealthy(f"{ill} of {len(found)} checks found something")


def finding_lines(found: list[Finding]) -> Iterator[str]:
    """A table of what was seen, and below it what to do."""
    words = {True: Word("ok", "green"), False: Word("look", "red")}
    yield from table(
        ("CHECK", "", "SEEN"), [[it.check, words[it.healthy], it.seen] for it in found]
    )
    yield from (f"{it.check}: {it.remedy}" for it in found if not it.healthy)


def tmux(patient: Patient) -> Iterator[Finding]:
    """Whether tmux is there, and new enough."""
    path = shutil.which("tmux", path=patient.environ.get("PATH"))
    if path is None:
        yield Finding("tmux", "not installed", "install the package `tmux`")
        return
    said = _said(path, "-V")
    numbers = re.search(r"(\d+)\.(\d+)", said)
    old = numbers is not None and (int(numbers[1]), int(numbers[2])) < _OLDEST_TMUX
    yield Finding("tmux", said or path, "install tmux 3.2 or newer" if old else "")


def redis(patient: Patient) -> Iterator[Finding]:
    """Whether a Redis server can be started, or the one that is given answers."""
    if patient.settings.redis_url:
        yield _outside_redis(patient.settings)
        return
    try:
        path = find_redis()
    except ConfigError as error:
        yield Finding("redis", "no server program", error.message)
        return
    version = re.search(r"v=(\S+)", _said(path, "--version"))
    if version is None:
        yield Finding("redis", f"{path} does not run", "install `redis-server`, or reinstall it")
    else:
        yield Finding("redis", f"{version[1]} at {path}")


def _outside_redis(settings: Settings) -> Finding:
    try:
        wrong = "; ".join(outside_redis.objections(settings))
    except ConfigError as error:
        wrong = error.message
    remedy = f"start it, or mend what {outside_redis.VARIABLE} says" if wrong else ""
    return Finding("redis", wrong or "the one elsewhere answers", remedy)


def user_settings(patient: Patient) -> Iterator[Finding]:
    """Whether the user's settings file can be understood."""
    path = patient.settings.settings_file
    try:
        notify_settings(settings_file.read(path))
    except ConfigError as error:
        yield Finding("settings file", error.message, f"mend {path}: `houmao-mgr config explain`")
    else:
        yield Finding("settings file", str(path) if path.exists() else "none")


def server(patient: Patient) -> Iterator[Finding]:
    """Whether a server of ours answers on its port, and what runs of it."""
    url = patient.server.base_url
    try:
        patient.server.recognised()
        told = patient.server.get("houmao", "hosts")
    except Unreachable:
        yield Finding("server", f"nothing answers at {url}", "houmao-passive-server serve")
    except NotHoumao as error:
        yield Finding("server", error.message, "give ours another port: HOUMAO_PORT, or --port")
    except Refused as error:
        yield Finding("server", error.message, "look at the server's log, then start it again")
    else:
        problem = told.get("problem")
        remedy = "until then prompts are refused and nothing new is told" if problem else ""
        yield Finding("server", problem or f"answers at {url}", remedy)
        yield from (_host(host) for host in told["hosts"])


def registry(patient: Patient) -> Iterator[Finding]:
    """Whether the server watches the registry that commands write to."""
    found = watched_registry(patient.server)
    if found.warning and "no server answers" not in found.warning:
        yield Finding("registry", str(patient.settings.registry_root), found.warning)
    else:
        yield Finding("registry", str(found.settings.registry_root))


def folders(patient: Patient) -> Iterator[Finding]:
    """Whether the folders are ours alone to write, with room on their disks."""
    settings = patient.settings
    roots = {"runtime": settings.runtime_root, "registry": settings.registry_root}
    for name, root in roots.items():
        place = _existing(root)
        yield Finding(f"{name} folder", str(root), _objection(root, place))
        free = shutil.disk_usage(place).free
        full = f"free some space on the disk of {place}" if free < _LEAST_FREE else ""
        yield Finding(f"{name} disk", f"{free / 1e9:.1f} GB free", full)


def locks(patient: Patient) -> Iterator[Finding]:
    """Whether a lock file keeps commands waiting: another user's, or one that is never let go."""
    settings = patient.settings
    folders = (settings.registry_root / "locks", settings.runtime_root / "locks")
    paths = [path for folder in folders for path in folder.glob("*.lock")]
    found = [
        *map(_foreign_lock, lock_files.foreign(paths)),
        *(_held_lock(it.path, it.pid) for it in lock_files.lasting(filter(is_brief, paths))),
        *_mailbox_locks(config.mailbox_root(patient.environ)),
    ]
    yield from found or [Finding("locks", "none stands in the way")]


def orphans(patient: Patient) -> Iterator[Finding]:
    """Whether tools have left daemons behind that nobody uses any more."""
    left = find_orphans()
    for it in left:
        yield Finding(f"{it.tool} daemon", f"process {it.pid} is nobody's", f"kill {it.pid}")
    if not left:
        yield Finding("tool daemons", "none is left over")


def tools(patient: Patient) -> Iterator[Finding]:
    """Whether each agent's tool runs in a version that somebody has checked."""
    try:
        agents = patient.server.get("houmao", "states")["agents"]
    except HoumaoError:
        return
    for agent in agents:
        if not agent["state"] or agent.get("headless") is not None:
            continue
        told = patient.server.get("houmao", "agents", str(agent["agent_id"]), "explain")
        version = told["tool_version"]
        known = version is None or "fallback" not in told["detector"]
        seen = f"{told['tool']} {version or 'of unknown version'}"
        remedy = "nobody has checked this version: see docs/new-cli-version.md"
        yield Finding(f"agent {agent['agent_name']}", seen, "" if known else remedy)


CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    tmux,
    redis,
    folders,
    user_settings,
    server,
    registry,
    locks,
    orphans,
    tools,
)


def _host(host: Mapping[str, object]) -> Finding:
    name = f"host {host['host']}"
    if host["watched"]:
        return Finding(name, "watched")
    return Finding(name, "nobody watches it", "start `houmao-passive-server serve` there")


def _foreign_lock(path: Path) -> Finding:
    return Finding(f"lock {path.name}", "belongs to another user", f"remove it: rm -f {path}")


def _held_lock(path: Path, pid: int | None) -> Finding:
    holder = f"process {pid}" if pid else "a process"
    return Finding(
        f"lock {path.name}",
        f"{holder} holds {path} and does not let it go",
        f"look at what {holder} does, and end it when it hangs",
    )


def _mailbox_locks(root: Path) -> Iterator[Finding]:
    with suppress(HoumaoError):
        for path, pid in mailbox_locks.lasting(open_root(root)):
            if pid:
                yield _held_lock(path, pid)
            else:
                remedy = f"houmao-mgr mailbox repair --mailbox-root {root}"
                yield Finding(f"lock {path.name}", f"its holder died: {path}", remedy)


def _objection(root: Path, place: Path) -> str:
    """Why we cannot write there, or why others could; empty when all is well."""
    if not place.is_dir():
        return f"{place} is no folder: remove it, or choose another place"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"make {place} writable for you"
    if root.exists() and root.stat().st_uid != os.getuid():
        return f"{root} belongs to another user: give it back, or choose another folder"
    if root.exists() and root.stat().st_mode & 0o022:
        return f"others may write there: chmod go-w {root}"
    return ""


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(it for it in (path, *path.parents) if it.exists())


def _said(*command: str) -> str:
    """The first line that a program prints; empty when it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.partition("\n")[0].strip()
