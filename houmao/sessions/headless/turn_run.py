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
from houmao.agents.command_line import TurnCommand, headless_command, joined_command
from houmao.agents.folder import DefinitionFolder
from houmao.agents.helper import home_environment
from houmao.agents.launch import load_variables
from houmao.agents.launch_plan import LaunchPlan, mailbox_environment
from houmao.agents.role_injection import inject
from houmao.errors import ManifestError, Unavailable
from houmao.headless import runner
from houmao.sessions.manifest.document import EXACT, NEW, Conversation
from houmao.sessions.manifest.stored import ManifestChanges, StoredManifest
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.lifecycle import respawn_kept
from houmao.tmux.panes import Pane
from houmao.tools.parts.headless import HeadlessTurn
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
    conversation = stored.conversation or Conversation(NEW)
    if stored.joined:
        command = _recorded_command(stored, prompt, conversation.resume_id)
        variables = _recorded_variables(stored, environ)
    else:
        plan = _plan(stored)
        command = headless_command(plan, prompt, conversation.resume_id)
        variables = plan.environ()
    path = {"PATH": environ["PATH"]} if "PATH" in environ else {}
    return {
        "argv": command.argv,
        "stdin": command.standard_input,
        "cwd": stored.working_directory,
        "environ": {**path, **variables, TURN_ID: turn_id},
    }


def check_resumable(stored: StoredManifest) -> None:
    """Raise HoumaoError when the session could not run a turn now."""
    if stored.joined:
        _check_folders(stored, _brain(Path(stored.brain_manifest_path)))
    else:
        _plan(stored)


def continued(provider_id: str | None, turn_index: int) -> ManifestChanges:
    """What a turn changes in the manifest: which conversation the next one continues."""
    conversation = Conversation(EXACT, provider_id) if provider_id else Conversation(NEW)
    return ManifestChanges(turn_index=turn_index, conversation=conversation)


def pane_of(address: TmuxAddress, session: str, agent_id: str) -> Pane | None:
    """The pane in which the agent's turns run, None when its session is gone.

    In a session that others use as well it is the one with the agent's mark.
    """
    found = (it for it in listing.panes(address) if it.session_name == session)
    return min(found, key=lambda it: (it.agent_id != agent_id, it.order), default=None)


def run_in(address: TmuxAddress, pane: Pane, folder: Path) -> None:
    """Let the runner take what lies in the folder, in place of what the pane runs. TmuxError."""
    words = (sys.executable, "-I", "-S", str(Path(runner.__file__)), str(folder))
    respawn_kept(address, pane.pane_id, words)


def _recorded_command(stored: StoredManifest, prompt: str, resume_id: str | None) -> TurnCommand:
    turn = HeadlessTurn(prompt, stored.launch_args, resume_id)
    return joined_command(stored.tool, stored.tool, turn)


def _recorded_variables(stored: StoredManifest, environ: Mapping[str, str]) -> dict[str, str]:
    """What the operator recorded, and the home if he ran the tool in one of his own choice."""
    brain = _brain(Path(stored.brain_manifest_path))
    _check_folders(stored, brain)
    chosen = brain.home_path.parent != stored.root
    home = home_environment(brain.home_variable, str(brain.home_path)) if chosen else {}
    return {**stored.launch_variables(environ), **home, **mailbox_environment(stored.mailbox)}


def _check_folders(stored: StoredManifest, brain: BrainManifest) -> None:
    if not brain.home_path.is_dir():
        raise Unavailable(f"the home {brain.home_path} is gone; launch the agent anew")
    if not Path(stored.working_directory).is_dir():
        raise Unavailable(f"the working directory {stored.working_directory} is gone")


def _plan(stored: StoredManifest) -> LaunchPlan:
    known = stored.document.get("launch_plan") or {}
    brain = _brain(Path(stored.brain_manifest_path))
    _check_folders(stored, brain)
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
