"""The launch helper of a home: a bash script that starts the tool by hand. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from houmao.tools.catalog import home_variables


@dataclass(frozen=True, slots=True)
class Helper:
    """What the script does. `variables` are secret, so its text is, too."""

    tool: str
    home_path: str
    home_variable: str
    variables: Mapping[str, str]
    argv: Sequence[str]
    #: The Python that settles all questions first; None starts the tool at once.
    unattended_python: str | None = None

    def text(self) -> str:
        """The script. What its caller adds as arguments goes to the tool."""
        exported = {**home_environment(self.home_variable, self.home_path), **self.variables}
        exports = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
        lines = ["#!/usr/bin/env bash", "set -euo pipefail", *exports, self._exec()]
        return "\n".join(lines) + "\n"

    def _exec(self) -> str:
        if self.unattended_python is None:
            return f'exec {shlex.join(self.argv)} "$@"'
        executable, *args = self.argv
        # -P: a module in the agent's working directory must not be taken for one of ours.
        before = [self.unattended_python, "-P", "-m", "houmao.agents.unattended"]
        before += ["--tool", self.tool, "--backend", "raw_launch", "--executable", executable]
        after = ["--home-path", self.home_path, "--requested-operator-prompt-mode", "unattended"]
        after += [f"--launch-arg={arg}" for arg in args]
        return f'exec {shlex.join(before)} --working-directory "$PWD" {shlex.join(after)} -- "$@"'


def home_environment(variable: str, home_path: str) -> dict[str, str]:
    """The variables that point a tool at its home."""
    return dict.fromkeys(home_variables(variable), home_path)
