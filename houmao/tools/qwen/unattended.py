"""What Qwen Code needs to be told so that it asks nothing. Pure."""

from houmao.tools.parts.unattended import Edit, Facts, FileChange, reject_conflicts

_MODE = ("--approval-mode", "yolo")


class QwenUnattended:
    """Approvals and the guess at the next prompt, answered in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        if args[-2:] == _MODE:
            return args
        reject_conflicts(args, (_MODE[0], "-y", "--yolo"))
        return (*args, *_MODE)

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        # A stray Enter would take the guess for a draft, and the next prompt would be glued to it.
        guess = Edit(("ui", "enableFollowupSuggestions"), False)
        trust = Edit(("security", "folderTrust", "enabled"), False)
        return (FileChange("settings.json", (guess, trust)),)
