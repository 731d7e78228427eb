"""The ways in which tools can be given a role. Pure; the prompt is never written down from here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleMethod:
    """One way. `args` makes of the role's prompt the arguments that carry it.

    Without `args` the role is a message that the tool is sent before all others.
    """

    name: str
    args: Callable[[str], tuple[str, ...]] | None = None


#: For a tool that can be given no role on its command line.
BOOTSTRAP_MESSAGE = RoleMethod("bootstrap_message")

#: For a tool that takes it as a part of its system prompt.
APPENDED_SYSTEM_PROMPT = RoleMethod(
    "native_append_system_prompt", lambda prompt: ("--append-system-prompt", prompt)
)


@dataclass(frozen=True, slots=True)
class RoleInjection:
    """A role on its way. `bootstrap_message` is for tools that take it as a message."""

    method: RoleMethod
    role_name: str
    prompt: str
    bootstrap_message: str | None = None

    def persisted(self) -> Mapping[str, str]:
        """What may be written down."""
        return {"method": self.method.name, "role_name": self.role_name}

    def args(self) -> tuple[str, ...]:
        """Arguments that carry the role; none for a message."""
        return self.method.args(self.prompt) if self.method.args else ()
