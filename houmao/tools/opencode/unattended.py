"""What OpenCode needs to be told so that it asks nothing. Pure."""

from houmao.tools.parts.unattended import Edit, Facts, FileChange


class OpenCodeUnattended:
    """Permissions, updates and sharing, answered in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        return args

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        settled = (
            Edit(("permission",), {"*": "allow"}),
            Edit(("autoupdate",), False),
            Edit(("share",), "disabled"),
        )
        return (FileChange("opencode.json", settled),)
