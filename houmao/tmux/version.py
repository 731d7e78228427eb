"""Which version of a tool runs: from the package or folder its program was started from.

Reads a few small files of the tool's own installation and never starts the tool. None when
nothing tells.
"""

import json
import os
import re
from pathlib import Path

from houmao.tmux.process import ToolProcess
from houmao.tools.catalog import tool_named

_VERSION = re.compile(r"\d+\.\d+\.\d+")
#: Folders to climb from a program to its package file.
_CLIMB = 6


def observed_version(tool: str, process: ToolProcess) -> str | None:
    """Version text of a running tool, None when its installation does not tell it."""
    for program in _programs(process):
        found = _from_package(tool, program) or _from_folder(tool, program)
        if found:
            return found
    return None


def _programs(process: ToolProcess) -> list[Path]:
    """Real paths of what the process runs: its script first, then its executable."""
    found: list[Path] = []
    here = Path("/proc", str(process.pid))
    words = [word for word in process.argv[:3] if not word.startswith("-")]
    for candidate in (*(here / "cwd" / word for word in words), here / "exe"):
        try:
            found.append(Path(os.path.realpath(candidate, strict=True)))
        except OSError:
            continue
    return found


def _from_package(tool: str, program: Path) -> str | None:
    for folder in list(program.parents)[:_CLIMB]:
        try:
            package = json.loads((folder / "package.json").read_text())
            name, version = str(package["name"]), str(package["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        # Platform packages repeat the name with a suffix, e.g. -linux-x64.
        if name.startswith(tool_named(tool).packages):
            return version
    return None


def _from_folder(tool: str, program: Path) -> str | None:
    """Native installers keep one file or folder per version, named by it."""
    # Interpreters are kept in such folders too, and theirs is not the tool's version.
    if not any(tool in part for part in program.parts):
        return None
    for part in reversed(program.parts[-4:]):
        if _VERSION.fullmatch(part):
            return part
    return None
