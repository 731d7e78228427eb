"""How a role reaches each tool. Pure; the prompt is never written down from here."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps

from houmao.agents.parts import Role

DEVELOPER_INSTRUCTIONS = "native_developer_instructions"
APPEND_SYSTEM_PROMPT = "native_append_system_prompt"
BOOTSTRAP_MESSAGE = "bootstrap_message"

_METHODS = {"codex": DEVELOPER_INSTRUCTIONS, "claude": APPEND_SYSTEM_PROMPT}


@dataclass(frozen=True, slots=True)
class RoleInjection:
    """A role on its way. `bootstrap_message` is for tools that take it as a message."""

    method: str
    role_name: str
    prompt: str
    bootstrap_message: str | None = None

    def persisted(self) -> Mapping[str, str]:
        """What may be written down."""
        return {"method": self.method, "role_name": self.role_name}

    def args(self) -> tuple[str, ...]:
        """Arguments that carry the role; none for a message."""
        if self.method == DEVELOPER_INSTRUCTIONS:
            return ("-c", f"developer_instructions={_toml_text(self.prompt)}")
        if self.method == APPEND_SYSTEM_PROMPT:
            return ("--append-system-prompt", self.prompt)
        return ()


def inject(tool: str, role: Role) -> RoleInjection:
    """How this tool is given this role."""
    method = _METHODS.get(tool, BOOTSTRAP_MESSAGE)
    message = _block(role) if method == BOOTSTRAP_MESSAGE else None
    return RoleInjection(method, role.name, role.prompt, message)


def _block(role: Role) -> str:
    return "\n".join(
        [
            f"[[role {role.name}]]",
            f"Role: {role.name}",
            "These instructions hold for the whole session; keep to them in every answer.",
            "",
            role.prompt,
            "[[/role]]",
        ]
    )


def _toml_text(text: str) -> str:
    """The text itself where Codex would take it as text, else as a quoted string.

    Codex reads the value of `-c` as TOML, and only what is no TOML as plain text, less the
    quotes around it.
    """
    if text[0] not in "\"'[{" and text[-1] not in "\"'" and not _is_toml(text):
        return text
    return dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError):
        return False
    return True
