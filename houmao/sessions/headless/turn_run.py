"""A headless session's turns: what is run for one, and where.

A turn runs what the session's manifest says, with the credentials and the role as they are now.
Who may run one, and what became of it, is not decided here.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from houmao.agents.assemble import load_manifest
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.command_line import headless_command
from houmao.agents.folder import DefinitionFolder
from houmao.agents.launch import load_variables
from houmao.agents.launch_plan import LaunchPlan
from houmao.agents.role_injection import inject
from houmao.errors import ManifestError, Unavailable
from houmao.headless import runner
from houmao.sessions.manifest.document import EXACT, NEW, Conversation
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.lifecycle import respawn
from houmao.tmux.panes import Pane
from houmao.tools.parts.role import RoleInjection

#: Variable of everything that a turn starts.
TURN_ID = "HOUMAO_TURN_ID"


def run_of(
    stored: StoredManifest, prompt: str, turn_id: str, environ: Mapping[str, str]
) -> Mapping[str, object]:
    """What the runner is given for one turn: secret, for it holds prompt and credentials.

    `environ` is whose programs are run. Raises HoumaoError for a session that cannot be resumed
    and for an unusable prompt.
    """
    plan = _plan(stored)
    conversation = stored.conversation or Conversation(NEW)
    command = headless_command(plan, prompt, conversation.provider_id)
    path = {"PATH": environ["PATH"]} if "PATH" in environ else {}
    return {
        "argv": command.argv,
        "stdin": command.standard_input,
        "cwd": stored.working_directory,
        "environ": {**path, **plan.environ(), TURN_ID: turn_id},
    }


def check_resumable(stored: StoredManifest) -> None:
    """Raise HoumaoError when the session could not run a turn now."""
    _plan(stored)


def continued(provider_id: str | None, turn_index: int) -> ManifestChanges:
    """What a turn changes in the manifest: which conversation the next one continues."""
    conversation = Conversation(EXACT, provider_id) if provider_id else Conversation(NEW)
    return ManifestChanges(turn_index=turn_index, conversation=conversation)


def pane_of(address: TmuxAddress, session: str) -> Pane | None:
    """The pane in which the session's turns run, None when the session is gone."""
    found = (it for it in listing.panes(address) if it.session_name == session)
    return min(found, key=lambda it: it.order, default=None)


def run_in(address: TmuxAddress, pane: Pane, folder: Path) -> None:
    """Let the runner take what lies in the folder, in place of what the pane runs. TmuxError."""
    words = (sys.executable, "-I", "-S", str(Path(runner.__file__)), str(folder))
    respawn(address, pane.pane_id, words)


def _plan(stored: StoredManifest) -> LaunchPlan:
    known = stored.document.get("launch_plan") or {}
    brain = _brain(Path(stored.brain_manifest_path))
    if not brain.home_path.is_dir():
        raise Unavailable(f"the home {brain.home_path} is gone; launch the agent anew")
    if not Path(stored.working_directory).is_dir():
        raise Unavailable(f"the working directory {stored.working_directory} is gone")
    variables = load_variables(brain)
    try:
        return LaunchPlan(
            backend=stored.backend,
            tool=stored.tool,
            executable=str(known["executable"]),
            args=tuple(map(str, known["args"])),
            working_directory=Path(stored.working_directory),
            home_env_var=brain.home_variable,
            home_path=brain.home_path,
            env=variables,
            env_var_names=tuple(sorted(variables)),
            role_injection=_role(stored),
            metadata={},
            mailbox=known.get("mailbox"),
            launch_policy_provenance=None,
        )
    except (KeyError, TypeError) as error:
        raise ManifestError(f"{stored.path}: launch_plan: lacks {error}") from None


def _brain(path: Path) -> BrainManifest:
    """The brain's manifest as it is now. Raises NotFound, DefinitionError."""
    try:
        return _brain_as_of(path, path.stat().st_mtime_ns)
    except OSError:
        return load_manifest(path)


@lru_cache(maxsize=512)
def _brain_as_of(path: Path, changed_at: int) -> BrainManifest:
    # Reading YAML would be a third of what it takes to begin a turn.
    return load_manifest(path)


def _role(stored: StoredManifest) -> RoleInjection | None:
    if not stored.role_name or not stored.agent_def_dir:
        return None
    role = DefinitionFolder(Path(stored.agent_def_dir)).role(stored.role_name)
    return inject(stored.tool, role)
