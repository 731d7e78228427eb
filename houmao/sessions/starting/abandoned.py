"""What a start that was cut off has left: found by its generation, and taken away.

Everything a launch makes carries its generation in its name, from its first moment on.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from houmao import config
from houmao.agents.brain import new_home_id
from houmao.config import Settings
from houmao.registry.files import Registry
from houmao.registry.record import AgentRecord
from houmao.sessions.generation import Generation
from houmao.sessions.variables import MANIFEST_PATH, spellings
from houmao.tmux import listing
from houmao.tmux.address import TmuxAddress
from houmao.tmux.ending import end_session


def remove_abandoned(
    generation: Generation, settings: Settings, working_directory: Path
) -> AgentRecord | None:
    """The agent's record when its start came to its end after all; else nothing of it is left.

    Raises TmuxError when its session could not be ended.
    """
    for entry in Registry(settings.registry_root).entries():
        if entry.record is not None and entry.record.generation_id == generation.generation_id:
            return entry.record
    address = TmuxAddress(settings.tmux_socket)
    for session in listing.sessions(address, spellings(MANIFEST_PATH)):
        if any(Path(it).parent.name.endswith(generation.session_suffix) for it in session.values):
            end_session(address, session.name)
    for path in _left(generation, settings.runtime_root, config.jobs_root(working_directory)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()
    return None


def _left(generation: Generation, runtime_root: Path, jobs: Path) -> Iterator[Path]:
    home = new_home_id("", generation.now, generation.random_hex)
    yield from runtime_root.glob(f"sessions/*/*-{generation.session_suffix}")
    yield from jobs.glob(f"*-{generation.session_suffix}")
    yield from runtime_root.glob(f"homes/*{home}")
    yield from runtime_root.glob(f"homes/.*{home}.*.tmp")
    # With what a write that was cut off has left beside it.
    yield from runtime_root.glob(f"manifests/*{home}.yaml*")
