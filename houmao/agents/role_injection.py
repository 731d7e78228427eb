"""How a role reaches a tool. Pure; the prompt is never written down from here."""

from houmao.agents.parts import Role
from houmao.tools.catalog import tool_named
from houmao.tools.parts.role import BOOTSTRAP_MESSAGE, RoleInjection


def inject(tool: str, role: Role) -> RoleInjection:
    """How this tool is given this role."""
    method = tool_named(tool).role_method
    message = _block(role) if method is BOOTSTRAP_MESSAGE else None
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
