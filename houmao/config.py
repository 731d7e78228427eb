"""Where this installation keeps its things and what it listens on, as one frozen value.

The only reader of the process environment. It looks at folders to find an enclosing
project, but creates nothing and knows neither Redis nor tmux.
"""

import ipaddress
import os
import pwd
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao import socket_paths
from houmao.errors import ConfigError
from houmao.ids import ENV_PREFIXES, is_safe_component, slug
from houmao.server_kind import ServerKind

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 9891
#: Where `houmao-server` listens.
DEFAULT_PAIR_PORT = 9889

#: Addresses that mean all of a machine's.
_WILDCARDS = ("0.0.0.0", "::")
_OVERLAY = ".houmao"
_OVERLAY_MARKS = ("houmao-config.toml", "runtime")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is decided before the first process starts."""

    runtime_root: Path
    registry_root: Path
    host: str
    port: int
    host_id: str
    redis_url: str | None
    redis_socket: Path
    tmux_socket: str | None
    #: File with the password of an outside Redis.
    redis_password_file: Path | None = None
    #: Names beside loopback and `host` under which clients may call this server.
    trusted_hosts: tuple[str, ...] = ()
    #: File with the bearer token, readable by its owner alone.
    token_file: Path = Path("token")
    #: Ask for the token although only this machine can reach the server.
    token_on_loopback: bool = False
    #: Folder with the user's own signs of tools' screens.
    signs_root: Path = Path("signs")
    #: The user's settings file.
    settings_file: Path = Path("config.toml")
    #: Seconds after which a headless turn is ended that was given no limit of its own.
    turn_limit_seconds: int = 3600
    #: Adopt every supported tool that comes up in any pane.
    adopt: bool = False
    #: Judge by screens alone, and read no file in which a tool writes down its turns.
    ignore_journals: bool = False
    service: ServerKind = ServerKind.PASSIVE

    @property
    def needs_token(self) -> bool:
        """Whether clients must show the token: always when others can reach the server."""
        return self.token_on_loopback or not _is_loopback(self.host)

    @property
    def server_root(self) -> Path:
        """Folder of the server that listens on this host and port."""
        return self.servers_root / f"{self.host}-{self.port}"

    @property
    def servers_root(self) -> Path:
        """Folder with the folder of every server of this host."""
        return self.runtime_root / "houmao_servers"

    @property
    def logs_root(self) -> Path:
        """Folder with what the server that listens there, and its processes, say."""
        return self.server_root / "logs"

    @property
    def terminals_root(self) -> Path:
        """Folder with the terminals that were registered with this server."""
        return self.server_root / "sessions"

    @property
    def managed_agents_root(self) -> Path:
        """Folder with the headless agents that this server owns, and their turns."""
        below = "state/managed_agents" if self.service is ServerKind.PAIR else "managed_agents"
        return self.server_root / below

    def all_managed_agents(self) -> list[Path]:
        """Those of every server of this host: whichever runs the workers runs their turns."""
        return _below(self.servers_root, "*/managed_agents", "*/state/managed_agents")

    def all_terminals(self) -> list[Path]:
        """The terminals of every server of this host."""
        return _below(self.servers_root, "*/sessions")

    @property
    def workers_lock(self) -> Path:
        """File that is held by the one server which runs this host's Redis and workers."""
        if self.redis_url is None:
            return self.runtime_root / "redis" / "held"
        return self.runtime_root / f"workers-{self.host_id}.held"

    @property
    def marker_path(self) -> Path:
        """File that tells others this server runs."""
        return self.server_root / "run" / "current-instance.json"

    @property
    def pid_path(self) -> Path:
        """File that holds the process id of this server alone, for whatever wants no JSON."""
        return self.server_root / "run" / f"{self.service}.pid"

    @property
    def api_base_url(self) -> str:
        """URL of the API without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def page_url(self, code: str) -> str:
        """A link that opens the page and signs a browser in by that code."""
        here = self.host in _WILDCARDS
        name = next(iter(self.trusted_hosts), "127.0.0.1")
        base = f"http://{name}:{self.port}" if here else self.api_base_url
        # A fragment is sent to no server and stands in no log.
        return f"{base}/#code={code}"

    @property
    def named_tokens_file(self) -> Path:
        """File with the tokens that were made for others."""
        return self.runtime_root / "tokens.json"

    @property
    def restarts_folder(self) -> Path:
        """Folder with how often each program was restarted."""
        return self.runtime_root / "restarts"

    @property
    def audit_log(self) -> Path:
        """File with a line for every act."""
        return self.runtime_root / "audit" / f"{self.host}-{self.port}.jsonl"

    @property
    def present_socket(self) -> Path | None:
        """Where the watch process answers while an outside Redis is away."""
        return socket_paths.present(self.runtime_root, self.host_id) if self.redis_url else None

    @property
    def effective_redis_url(self) -> str:
        """The outside Redis when one is named, else the embedded one's socket."""
        if self.redis_url and self.redis_password_file:
            mark = "&" if "?" in self.redis_url else "?"
            return f"{self.redis_url}{mark}password_file={self.redis_password_file}"
        return self.redis_url or f"unix://{self.redis_socket}"

    def as_environ(self) -> dict[str, str]:
        """Variables that make a child process load these same settings, wherever it runs."""
        optional = {
            "REDIS_URL": self.redis_url,
            "REDIS_PASSWORD_FILE": str(self.redis_password_file or ""),
            "TMUX_SOCKET": self.tmux_socket,
            "TRUSTED_HOSTS": ",".join(self.trusted_hosts),
            "REQUIRE_TOKEN": "1" if self.token_on_loopback else None,
            "ADOPT": "1" if self.adopt else None,
            "IGNORE_JOURNALS": "1" if self.ignore_journals else None,
            "SERVICE": self.service if self.service is ServerKind.PAIR else None,
        }
        fixed = {
            "GLOBAL_RUNTIME_DIR": str(self.runtime_root),
            "GLOBAL_REGISTRY_DIR": str(self.registry_root),
            "HOST": self.host,
            "PORT": str(self.port),
            "HOST_ID": self.host_id,
            "TOKEN_FILE": str(self.token_file),
            "SIGNS_DIR": str(self.signs_root),
            "CONFIG_FILE": str(self.settings_file),
            "TURN_LIMIT_SECONDS": str(self.turn_limit_seconds),
        }
        known = fixed | {name: value for name, value in optional.items() if value}
        return {ENV_PREFIXES[0] + name: value for name, value in known.items()}


def load(
    environ: Mapping[str, str] | None = None,
    *,
    runtime_root: str | Path | None = None,
    registry_root: str | Path | None = None,
    host: str | None = None,
    port: int | None = None,
    cwd: Path | None = None,
) -> Settings:
    """Settings from options, then variables, then defaults; `environ` None is the process's own.

    Relative options are taken from `cwd`. Raises ConfigError naming the unusable setting.
    """
    source = _Source(environment() if environ is None else environ, cwd or Path.cwd())
    runtime = (
        source.option(runtime_root)
        or source.folder("GLOBAL_RUNTIME_DIR")
        or source.project_runtime()
        or source.home / ".houmao" / "runtime"
    ).resolve()
    registry = (
        source.option(registry_root)
        or source.folder("GLOBAL_REGISTRY_DIR")
        or (runtime / "registry" if runtime_root else None)
        or source.home / ".houmao" / "registry"
    ).resolve()
    return Settings(
        runtime_root=runtime,
        registry_root=registry,
        host=_checked_host(host or source.text("HOST") or DEFAULT_HOST),
        port=_checked_port(port if port is not None else source.text("PORT") or DEFAULT_PORT),
        host_id=_checked_host_id(source.text("HOST_ID") or slug(socket.gethostname())),
        redis_url=source.text("REDIS_URL"),
        redis_password_file=source.folder("REDIS_PASSWORD_FILE"),
        redis_socket=socket_paths.redis(runtime),
        tmux_socket=_checked_tmux_socket(source.text("TMUX_SOCKET")),
        trusted_hosts=tuple((source.text("TRUSTED_HOSTS") or "").replace(",", " ").split()),
        token_file=source.folder("TOKEN_FILE") or runtime / "token",
        signs_root=source.folder("SIGNS_DIR") or source.home / ".houmao" / "signs",
        settings_file=source.folder("CONFIG_FILE") or source.home / ".houmao" / "config.toml",
        token_on_loopback=source.flag("REQUIRE_TOKEN"),
        adopt=source.flag("ADOPT"),
        ignore_journals=source.flag("IGNORE_JOURNALS"),
        service=ServerKind(source.text("SERVICE") or ServerKind.PASSIVE),
        turn_limit_seconds=_checked_limit(source.text("TURN_LIMIT_SECONDS") or "3600"),
    )


def environment() -> Mapping[str, str]:
    """The process's own variables, for what is no setting: say, the tmux around a command."""
    return os.environ


def is_chosen(name: str, environ: Mapping[str, str] | None = None) -> bool:
    """Whether a variable decides this setting, such as `TMUX_SOCKET`, and no default."""
    source = _Source(environment() if environ is None else environ, Path())
    return source.text(name) is not None


def agent_def_dir(
    option: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
) -> Path:
    """The agent definition directory: option, `HOUMAO_AGENT_DEF_DIR`, `<cwd>/.agentsys/agents`.

    Relative paths are taken from `cwd`. Nobody has looked whether the folder exists.
    """
    where = cwd or Path.cwd()
    source = _Source(environment() if environ is None else environ, where)
    return (
        source.option(option)
        or source.option(source.text("AGENT_DEF_DIR"))
        or where / ".agentsys" / "agents"
    )


def jobs_root(working_directory: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where scratch folders of sessions go: `HOUMAO_LOCAL_JOBS_DIR`, `<folder>/.houmao/jobs`."""
    source = _Source(environment() if environ is None else environ, working_directory)
    return source.folder("LOCAL_JOBS_DIR") or working_directory / _OVERLAY / "jobs"


def launch_policy_override(environ: Mapping[str, str] | None = None) -> str | None:
    """Id of the launch strategy that `HOUMAO_LAUNCH_POLICY_OVERRIDE_STRATEGY` forces, if any."""
    source = _Source(environment() if environ is None else environ, Path())
    return source.text("LAUNCH_POLICY_OVERRIDE_STRATEGY")


def mailbox_root(environ: Mapping[str, str] | None = None) -> Path:
    """Where mail is kept: `HOUMAO_GLOBAL_MAILBOX_DIR`, else `~/.houmao/mailbox`."""
    source = _Source(environment() if environ is None else environ, Path())
    return source.folder("GLOBAL_MAILBOX_DIR") or source.home / ".houmao" / "mailbox"


def positive_number(name: str, environ: Mapping[str, str] | None = None) -> int | None:
    """A whole number above 0, None when nothing is set. Raises ConfigError for anything else."""
    source = _Source(environment() if environ is None else environ, Path())
    text = source.text(name)
    if text is not None and (not text.isdecimal() or int(text) < 1):
        raise ConfigError(f"{ENV_PREFIXES[0]}{name} must be a whole number above 0, not {text!r}")
    return int(text) if text else None


def gateway_listener(environ: Mapping[str, str] | None = None) -> tuple[str | None, int | None]:
    """Host and port that `HOUMAO_AGENT_GATEWAY_HOST` and `..._PORT` ask a gateway to listen on."""
    source = _Source(environment() if environ is None else environ, Path())
    port = source.text("AGENT_GATEWAY_PORT")
    return source.text("AGENT_GATEWAY_HOST"), None if port is None else _checked_port(port)


class _Source:
    """One environment seen from one working directory."""

    def __init__(self, environ: Mapping[str, str], cwd: Path) -> None:
        self._environ = environ
        self._cwd = cwd
        self.home = Path(environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)

    def flag(self, name: str) -> bool:
        """Whether a setting that is off by default is on."""
        return self.text(name) in ("1", "yes", "true")

    def text(self, name: str) -> str | None:
        """The variable under its first prefix that is set and not blank."""
        values = (self._environ.get(prefix + name, "").strip() for prefix in ENV_PREFIXES)
        return next((value for value in values if value), None)

    def option(self, value: str | Path | None) -> Path | None:
        return self._cwd / self._expanded(str(value)) if value else None

    def folder(self, name: str) -> Path | None:
        text = self.text(name)
        if text is None:
            return None
        path = self._expanded(text)
        if not path.is_absolute():
            raise ConfigError(f"{ENV_PREFIXES[0]}{name} must be an absolute path, not {text!r}")
        return path

    def project_runtime(self) -> Path | None:
        """Runtime root of the named or enclosing project, None outside of one."""
        overlay = self.folder("PROJECT_OVERLAY_DIR") or self._enclosing_overlay()
        return overlay / "runtime" if overlay else None

    def _enclosing_overlay(self) -> Path | None:
        mode = self.text("PROJECT_OVERLAY_DISCOVERY_MODE") or "ancestor"
        if mode not in ("ancestor", "cwd_only"):
            raise ConfigError(
                "HOUMAO_PROJECT_OVERLAY_DISCOVERY_MODE must be 'ancestor' or 'cwd_only', "
                f"not {mode!r}"
            )
        for folder in (self._cwd, *(self._cwd.parents if mode == "ancestor" else ())):
            if any((folder / _OVERLAY / mark).exists() for mark in _OVERLAY_MARKS):
                return folder / _OVERLAY
            if (folder / ".git").exists():
                return None
        return None

    def _expanded(self, text: str) -> Path:
        return self.home / text[2:] if text[:2] in ("~", "~/") else Path(text)


def _below(root: Path, *patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in root.glob(pattern))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_host(host: str) -> str:
    # The host names a folder (see server_root), so it must stay one path component.
    if not host.strip() or set(host) & set("/\\ \t\n"):
        raise ConfigError(f"host must be a host name or an address to bind, not {host!r}")
    return host


def _checked_port(port: str | int) -> int:
    if not str(port).isdecimal() or not 1 <= int(port) <= 65535:
        raise ConfigError(f"port must be a number from 1 to 65535, not {port!r}")
    return int(port)


def _checked_limit(seconds: str) -> int:
    if not seconds.isdecimal() or int(seconds) < 1:
        raise ConfigError(
            f"HOUMAO_TURN_LIMIT_SECONDS must be a whole number of seconds, not {seconds!r}"
        )
    return int(seconds)


def _checked_host_id(host_id: str) -> str:
    if not is_safe_component(host_id):
        raise ConfigError(
            f"HOUMAO_HOST_ID must hold only letters, digits, '-' and '_', not {host_id!r}"
        )
    return host_id


def _checked_tmux_socket(tmux_socket: str | None) -> str | None:
    if tmux_socket and "/" in tmux_socket and not tmux_socket.startswith("/"):
        raise ConfigError(
            "HOUMAO_TMUX_SOCKET must be a bare name (tmux -L) or an absolute path (tmux -S), "
            f"not {tmux_socket!r}"
        )
    return tmux_socket
