"""Where a session's gateway keeps its files, and what they say from the session's start on.

A gateway may be attached to any session; nothing of one runs here.
"""

from collections.abc import Mapping
from pathlib import Path

from houmao.gateway_files.folder import ANYWHERE, GatewayFolder, GatewayListener
from houmao.gateway_files.status import (
    SCHEMA_VERSION,
    AgentPresence,
    GatewaySubject,
    QueueLoad,
    SurfaceEligibility,
    status,
)
from houmao.sessions.manifest.file import load
from houmao.sessions.manifest.stored import StoredManifest


def folder_of(stored: StoredManifest) -> GatewayFolder:
    """The folder of a session's gateway."""
    return GatewayFolder(stored.root / "gateway")


def subject_of(stored: StoredManifest) -> GatewaySubject:
    """The session as a gateway's status names it."""
    return GatewaySubject(stored.agent_name, stored.backend, stored.session_name)


def offer_gateway(manifest_path: Path, blueprint: GatewayListener = ANYWHERE) -> None:
    """Say beside a new session how a gateway is attached to it, and that none is.

    `blueprint` is where one listens unless somebody says otherwise. Raises Unavailable, and what
    reading the manifest raises.
    """
    stored = load(manifest_path)
    folder = folder_of(stored)
    folder.prepare(attach_contract(stored, blueprint))
    there = AgentPresence(stored.generation_id, SurfaceEligibility.UNKNOWN)
    folder.withdraw(status(subject_of(stored), None, there, QueueLoad()))


def attach_contract(stored: StoredManifest, blueprint: GatewayListener) -> Mapping[str, object]:
    """What a gateway must know to attach to this session."""
    conversation = stored.conversation
    return {
        "schema_version": SCHEMA_VERSION,
        "attach_identity": stored.agent_name,
        "backend": stored.backend,
        "tmux_session_name": stored.session_name,
        "working_directory": stored.working_directory,
        "backend_metadata": {
            "session_id": conversation.provider_id if conversation else None,
            "tool": stored.tool,
            "managed_api_base_url": None,
            "managed_agent_ref": None,
        },
        "manifest_path": str(stored.path),
        "agent_def_dir": stored.agent_def_dir,
        "runtime_session_id": stored.root.name,
        "desired_host": blueprint.host,
        "desired_port": blueprint.port,
    }
