"""What Copilot CLI needs to be told so that it asks nothing. Pure."""

from houmao.tools.parts.unattended import Edit, Facts, FileChange, reject_conflicts

_FLAG = "--allow-all-tools"
#: What allows more is the launch's own decision.
_WIDER = ("--allow-all", "--yolo")


class CopilotUnattended:
    """Trust of the folder and approvals, answered in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        reject_conflicts(args, ("--deny-tool",))
        return args if _FLAG in args or any(it in args for it in _WIDER) else (*args, _FLAG)

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        known = facts.documents.get("config.json", {}).get("trustedFolders")
        trusted = [it for it in known if it != facts.working_directory] if known else []
        edit = Edit(("trustedFolders",), [*trusted, facts.working_directory])
        return (FileChange("config.json", (edit,)),)
