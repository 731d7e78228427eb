"""The files of a gateway: `<session-root>/gateway/`, read and written whole.

Other programs read them, so that they hold exactly the published fields. No process is looked
at here.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from houmao.errors import Unavailable
from houmao.files import replace_text
from houmao.gateway_files.status import DETACHED, PROTOCOL, SCHEMA_VERSION, GatewayInstance

Document = Mapping[str, object]

#: Seconds that one process waits for the end of another that was killed.
CLAIM_SECONDS = 3.0

#: What a gateway's manifest says of a running gateway, and what it is when none runs.
_LIVE = (
    "gateway_pid",
    "gateway_host",
    "gateway_port",
    "gateway_protocol_version",
    "gateway_execution_mode",
    "gateway_tmux_window_id",
    "gateway_tmux_window_index",
    "gateway_tmux_pane_id",
)


@dataclass(frozen=True, slots=True)
class GatewayListener:
    """Where a gateway shall listen; None leaves it open."""

    host: str | None = None
    port: int | None = None


#: Nobody has said where.
ANYWHERE = GatewayListener()


@dataclass(frozen=True, slots=True)
class RememberedGateway:
    """How the next gateway shall run when nobody says otherwise."""

    listener: GatewayListener = ANYWHERE
    execution_mode: str = DETACHED


@dataclass(frozen=True, slots=True)
class GatewayFolder:
    """One session's folder."""

    root: Path

    @property
    def state_path(self) -> Path:
        return self.root / "state.json"

    @property
    def queue_path(self) -> Path:
        return self.root / "queue.sqlite"

    @property
    def log_path(self) -> Path:
        return self.root / "logs" / "gateway.log"

    @property
    def events_path(self) -> Path:
        return self.root / "events.jsonl"

    def prepare(self, attach: Document) -> None:
        """Make the folder, and say in it how the session is attached to. Raises Unavailable."""
        try:
            for folder in (self.root, self.root / "logs", self.root / "run"):
                folder.mkdir(mode=0o700, exist_ok=True)
            replace_text(self.root / "protocol-version.txt", f"{PROTOCOL}\n", to_disk=False)
        except OSError as error:
            raise Unavailable(f"{self.root} cannot be made: {error.strerror}") from error
        self._write("attach.json", attach)

    def claim(self) -> FileLock:
        """The right to work for this gateway, which one process has at a time and until it ends.

        A former one that was killed may need a moment to be gone. Raises Unavailable.
        """
        lock = FileLock(self.root / "run" / "serving.lock", mode=0o600)
        try:
            lock.acquire(timeout=CLAIM_SECONDS)
        except Timeout:
            raise Unavailable(
                f"another process works for the gateway of {self.root}; detach that first"
            ) from None
        except OSError as error:
            raise Unavailable(f"{self.root} cannot be locked: {error.strerror}") from error
        return lock

    def write_state(self, status: Document) -> None:
        """Make this the latest status."""
        self._write("state.json", status)

    def blueprint(self) -> GatewayListener:
        """Where the session's blueprint has its gateways listen."""
        return _listener(self._read("attach.json"))

    def remembered(self) -> RememberedGateway:
        """What was remembered; nothing when it cannot be read."""
        found = self._read("desired-config.json")
        mode = found.get("desired_execution_mode") or DETACHED
        return RememberedGateway(_listener(found), str(mode))

    def remember(self, gateway: RememberedGateway) -> None:
        """Let the next gateway run like this."""
        self._write(
            "desired-config.json",
            {
                "schema_version": SCHEMA_VERSION,
                "desired_host": gateway.listener.host,
                "desired_port": gateway.listener.port,
                "desired_execution_mode": gateway.execution_mode,
            },
        )

    def instance(self) -> GatewayInstance | None:
        """The gateway that runs or ran; None when there is none or it cannot be read."""
        found = self._read("run/current-instance.json")
        with suppress(KeyError, TypeError):
            return GatewayInstance(
                pid=found["pid"],
                host=found["host"],
                port=found["port"],
                epoch=found["managed_agent_instance_epoch"],
                agent_instance=found.get("managed_agent_instance_id"),
                execution_mode=found.get("execution_mode", DETACHED),
                tmux_window_id=found.get("tmux_window_id"),
                tmux_window_index=found.get("tmux_window_index"),
                tmux_pane_id=found.get("tmux_pane_id"),
            )
        return None

    def publish(self, instance: GatewayInstance) -> None:
        """Say that this gateway runs."""
        place = {
            "tmux_window_id": instance.tmux_window_id,
            "tmux_window_index": instance.tmux_window_index,
            "tmux_pane_id": instance.tmux_pane_id,
        }
        live = (instance.pid, instance.host, instance.port, PROTOCOL, instance.execution_mode)
        document = dict(zip(_LIVE, (*live, *place.values()), strict=True))
        self._write("gateway_manifest.json", {**self._read("attach.json"), **document})
        replace_text(self.root / "run" / "gateway.pid", f"{instance.pid}\n", to_disk=False)
        # The last, since it is what others wait for.
        self._write(
            "run/current-instance.json",
            {
                "schema_version": SCHEMA_VERSION,
                "protocol_version": PROTOCOL,
                "pid": instance.pid,
                "host": instance.host,
                "port": instance.port,
                "execution_mode": instance.execution_mode,
                **place,
                "managed_agent_instance_epoch": instance.epoch,
                "managed_agent_instance_id": instance.agent_instance,
            },
        )

    def withdraw(self, status: Document) -> None:
        """Say that none runs; `status` is what is told of the session from now on."""
        for name in ("current-instance.json", "gateway.pid"):
            (self.root / "run" / name).unlink(missing_ok=True)
        attach = self._read("attach.json")
        self._write("gateway_manifest.json", {**attach, **dict.fromkeys(_LIVE)})
        self.write_state(status)

    def tell(self, event: Document) -> None:
        """Append one event; a disk that refuses loses it and nothing else."""
        with suppress(OSError), self.events_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def _read(self, name: str) -> Mapping[str, Any]:
        with suppress(OSError, ValueError):
            found = json.loads((self.root / name).read_text("utf-8"))
            return found if isinstance(found, dict) else {}
        return {}

    def _write(self, name: str, document: Document) -> None:
        text = json.dumps(document, indent=2, sort_keys=True) + "\n"
        try:
            replace_text(self.root / name, text, to_disk=False)
        except OSError as error:
            raise Unavailable(f"{self.root / name} cannot be written: {error.strerror}") from error


def _listener(found: Mapping[str, Any]) -> GatewayListener:
    host, port = found.get("desired_host"), found.get("desired_port")
    return GatewayListener(host, port if isinstance(port, int) else None)
