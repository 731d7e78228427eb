"""How an operator starts a tool, as recorded when a session is adopted. Pure.

Nothing is launched here; later turns and relaunches repeat these options.
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from houmao.errors import UsageError
from houmao.tools.catalog import headless_of


@dataclass(frozen=True, slots=True)
class LaunchVariable:
    """An environment variable of later launches; without a value it is inherited by name."""

    name: str
    value: str | None = None

    def document(self) -> dict[str, str]:
        if self.value is None:
            return {"mode": "inherit", "name": self.name}
        return {"mode": "literal", "name": self.name, "value": self.value}


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How an operator starts this tool. `resume_id` is None, `last` or a provider's id."""

    headless: bool = False
    args: tuple[str, ...] = ()
    variables: tuple[LaunchVariable, ...] = ()
    resume_id: str | None = None

    @property
    def posture_kind(self) -> str:
        if self.headless:
            return "headless_launch_options"
        return "tui_launch_options" if self.args or self.variables else "unavailable"

    @property
    def resume_kind(self) -> str:
        known = {None: "none", "last": "last"}
        return known.get(self.resume_id, "exact")


def launch_variable(text: str) -> LaunchVariable:
    """Of `NAME=value` or, to inherit, `NAME`. Raises UsageError, never quoting a value."""
    name, equals, value = text.partition("=")
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is None:
        raise UsageError("--launch-env takes NAME=value or NAME, with a variable's usual name")
    return LaunchVariable(name, value if equals else None)


def checked(launch: LaunchOptions, tool: str | None) -> LaunchOptions:
    """The launch itself; UsageError when its options do not fit each other or the tool."""
    if not launch.headless:
        if launch.resume_id is not None:
            raise UsageError("--resume-id is for headless sessions: add --headless")
        return launch
    if tool is None or not launch.args:
        raise UsageError("--headless needs --provider and at least one --launch-args")
    for words in headless_of(tool).required_args:
        if not set(words) & set(launch.args):
            raise UsageError(f"headless {tool} needs {' or '.join(words)} among its --launch-args")
    return launch


def env_file(variables: Iterable[LaunchVariable]) -> str:
    """The literal variables, one `NAME=value` a line, quoted for a shell."""
    literals = [it for it in variables if it.value is not None]
    return "".join(f"{it.name}={shlex.quote(it.value or '')}\n" for it in literals)
