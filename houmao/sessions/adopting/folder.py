"""The folder of an adopted session on disk: written as a whole, or taken away again."""

import json
import shutil
from functools import partial
from pathlib import Path

from houmao.errors import Unavailable
from houmao.files import replace_text
from houmao.sessions.adopting.adoption import Adoption, brain_manifest, session_facts
from houmao.sessions.adopting.launch_options import env_file
from houmao.sessions.gateway_offer import offer_gateway
from houmao.sessions.manifest.document import MANIFEST_NAME, NO_ROLE, manifest

#: Other readers of the folder want a role with a text.
_NO_ROLE_TEXT = "This agent was adopted; whoever started it gave it its role.\n"


def write_folder(adoption: Adoption, root: Path, runtime_root: Path) -> None:
    """Create `root` and what belongs in it; Unavailable, and nothing left, when that fails."""
    try:
        root.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Unavailable(f"session folder {root} cannot be made: {error.strerror}") from error
    try:
        _fill(adoption, root, runtime_root)
    except BaseException as error:
        remove_folder(root)
        if isinstance(error, OSError):
            raise Unavailable(f"{root} cannot be written: {error.strerror}") from error
        raise


def remove_folder(root: Path) -> None:
    """Take the folder away; quiet when it is gone already."""
    shutil.rmtree(root, ignore_errors=True)


def _fill(adoption: Adoption, root: Path, runtime_root: Path) -> None:
    # An adopted agent was built from no definition; its readers still expect one with a role.
    role = root / "agent-def" / "roles" / NO_ROLE
    for part in (root / "agent-def" / "brains", role):
        part.mkdir(parents=True)
    replace_text(role / "system-prompt.md", _NO_ROLE_TEXT)
    if adoption.home_path == str(root / "tool-home"):
        (root / "tool-home").mkdir()
    # An adopted agent does not outlive its machine, and so its files need not.
    write = partial(replace_text, to_disk=False)
    write(root / "launch.env", env_file(adoption.launch.variables))
    write(root / "brain_manifest.json", _json(brain_manifest(adoption, str(runtime_root))))
    # Last, since a folder counts as a session from its manifest on.
    write(root / MANIFEST_NAME, _json(manifest(session_facts(adoption))))
    offer_gateway(root / MANIFEST_NAME)


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
