"""Which mailbox a session has, and how it comes to one: at its start, later, or never.

The manifest has the truth; variables of running programs may be older than it.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from houmao import clock, config
from houmao.errors import HoumaoError, NotFound
from houmao.ids import NAME_PREFIXES, with_prefixes, without_prefix
from houmao.mailbox.admin import PURGE, Application, deregister, register
from houmao.mailbox.binding import MailboxBinding, MailboxOptions, decide, read_binding, told_in
from houmao.mailbox.box import Mailbox
from houmao.mailbox.founding import init_root
from houmao.mailbox.limits import MailLimits
from houmao.mailbox.message import Participant
from houmao.mailbox.root import open_root
from houmao.mailbox.scripts import birthmark
from houmao.registry.record import AgentRecord, FilesystemMailbox
from houmao.sessions.generation import Generation
from houmao.sessions.manifest.file import load, update_manifest
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest
from houmao.sessions.target import SessionTarget
from houmao.sessions.variables import MANIFEST_PATH
from houmao.tmux import lifecycle

ACTIVE, PENDING = "active", "pending_relaunch"


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What became of a session's binding: `binding` None when it was taken away."""

    stored: StoredManifest
    binding: MailboxBinding | None
    shared: Mapping[str, object]

    def answer(self) -> dict[str, object]:
        """What is told of it, as a JSON object."""
        known = self.binding.document() if self.binding else {}
        names = ("transport", "principal_id", "address", "filesystem_root", "bindings_version")
        return {
            "schema_version": 1,
            "tracked_agent_id": self.stored.agent_id,
            "agent_id": self.stored.agent_id,
            "agent_name": self.stored.agent_name,
            **{name: known.get(name) for name in names},
            # What runs has the variables it was started with.
            "activation_state": PENDING,
            "relaunch_required": True,
            "shared_registration": dict(self.shared),
        }


def mailbox_of(
    said: MailboxOptions,
    recipe: Mapping[str, str] | None,
    agent_name: str,
    generation: Generation,
    environ: Mapping[str, str],
) -> MailboxBinding | None:
    """The mailbox that a session about to start shall have. Raises MailError."""
    version = f"{clock.iso(generation.now)}-{generation.random_hex[:6]}"
    root = config.mailbox_root(environ)
    bare = next(
        (agent_name.removeprefix(it) for it in NAME_PREFIXES if agent_name.startswith(it)),
        agent_name,
    )
    return decide(said, recipe or {}, bare, default_root=root, version=version)


def open_mailbox(document: Mapping[str, Any] | None, manifest_path: str, undo: ExitStack) -> None:
    """Make root and registration of a binding; `undo` takes a new registration back."""
    binding = read_binding(document)
    if binding is None:
        return
    done = _register(binding, "safe", manifest_path)
    if not done.get("reused_existing"):
        undo.callback(_end, binding)


def told_mailbox(binding: MailboxBinding | None) -> FilesystemMailbox | None:
    """The binding as the registry tells it."""
    if binding is None:
        return None
    return FilesystemMailbox(
        binding.principal_id, binding.address, binding.version, str(binding.root)
    )


def bound(stored: StoredManifest) -> MailboxBinding:
    """The session's binding. Raises NotFound when it has none."""
    binding = read_binding(stored.mailbox)
    if binding is None:
        raise NotFound(
            f"agent {stored.agent_name!r} has no mailbox; "
            f"`houmao-mgr agents mailbox register {stored.agent_name}` gives it one"
        )
    return binding


def own_binding(environ: Mapping[str, str]) -> MailboxBinding:
    """The binding of the agent in whose session the caller runs. Raises NotFound, MailError.

    Its manifest counts before its variables, which are as old as the caller's process.
    """
    variables = without_prefix(environ)
    path = variables.get(MANIFEST_PATH)
    if path and Path(path).is_file():
        return bound(load(Path(path)))
    binding = told_in(variables)
    if binding is None:
        raise NotFound("whose mail? name an agent, or run the command in an agent's session")
    return binding


def opened(binding: MailboxBinding) -> Mailbox:
    """The mailbox, with the limits that settings give. Raises HoumaoError."""
    limits = MailLimits.configured(config.positive_number)
    return Mailbox(open_root(binding.root), binding.principal_id, binding.address, limits)


def rebind(target: SessionTarget, said: MailboxOptions, mode: str, gen: Generation) -> Rebinding:
    """Give a running session this mailbox. Raises HoumaoError; then it has what it had."""
    stored = target.stored
    wanted = replace(said, transport=said.transport or "filesystem")
    binding = mailbox_of(wanted, {}, stored.agent_name, gen, config.environment())
    if binding is None:
        raise NotFound("to take a mailbox away use `houmao-mgr agents mailbox unregister`")
    shared = _register(binding, mode, str(stored.path))
    _keep(target, binding)
    return Rebinding(stored, binding, shared)


def unbind(target: SessionTarget, mode: str) -> Rebinding:
    """Take a session's mailbox away. Raises NotFound when it has none."""
    binding = bound(target.stored)
    shared = deregister(open_root(binding.root), binding.address, mode, clock.now())
    _keep(target, None)
    return Rebinding(target.stored, None, shared)


def _register(binding: MailboxBinding, mode: str, manifest_path: str) -> dict[str, object]:
    owner = Participant(binding.principal_id, binding.address, manifest_path_hint=manifest_path)
    return register(init_root(binding.root), Application(owner, mode), birthmark())


def _keep(target: SessionTarget, binding: MailboxBinding | None) -> None:
    stored = target.stored
    document = binding.document() if binding else {}
    update_manifest(stored.path, ManifestChanges(mailbox=document))

    def rebound(found: AgentRecord) -> AgentRecord:
        return replace(found, mailbox=told_mailbox(binding))

    target.registry.update(stored.agent_id, stored.generation_id, rebound)
    if target.panes and binding:
        variables = with_prefixes(binding.variables())
        lifecycle.publish(target.address, target.panes[0].session_id, variables)


def _end(binding: MailboxBinding) -> None:
    # What stopped the start is the error that counts.
    with suppress(HoumaoError):
        deregister(open_root(binding.root), binding.address, PURGE, clock.now())
