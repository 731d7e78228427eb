"""The shell script that runs a tool in its pane. Pure; its text may hold a role's prompt."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

SCRIPT_NAME = "provider.sh"
EXIT_CODE_NAME = "provider.exitcode"


@dataclass(frozen=True, slots=True)
class ProviderScript:
    """What to run where; `exit_code_path` is written when the tool has ended."""

    tool: str
    working_directory: str
    argv: Sequence[str]
    exit_code_path: str
    #: Where programs are looked for: tmux gives a pane the path of whoever asked for it.
    search_path: str | None = None

    def text(self) -> str:
        """The script; after the tool it becomes a login shell, so that the pane survives."""
        path = (f"export PATH={shlex.quote(self.search_path)}",) if self.search_path else ()
        marker = shlex.quote(self.exit_code_path)
        lines = [
            # A key that the tool leaves to the terminal must end the tool, not what follows it.
            "trap : INT QUIT",
            f"rm -f {marker}",
            *path,
            f"cd {shlex.quote(self.working_directory)} && {shlex.join(self.argv)}",
            "code=$?",
            f'printf "%s\\n" "$code" > {marker}',
            f'printf "\\n{self.tool} ended with exit code %s\\n" "$code"',
            'exec "${SHELL:-/bin/sh}" -l',
        ]
        return "\n".join(lines) + "\n"
