"""What Claude Code needs to be told so that it asks nothing. Pure."""

from houmao.errors import DefinitionError
from houmao.tools.parts.unattended import Edit, Facts, FileChange, reject_conflicts

_FLAG = "--dangerously-skip-permissions"
_KEY_VARIABLE = "ANTHROPIC_API_KEY"
#: Claude remembers an approved key by its last characters.
_KEY_TAIL = 20


class ClaudeUnattended:
    """Onboarding, trust, key and permission questions, answered in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        reject_conflicts(args, ("--permission-mode",))
        return args if _FLAG in args else (*args, _FLAG)

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        project = {
            "hasCompletedProjectOnboarding": True,
            "hasTrustDialogAccepted": True,
            "projectOnboardingSeenCount": 0,
        }
        trust = (
            Edit(("projects", facts.working_directory, name), value)
            for name, value in project.items()
        )
        state = (
            Edit(("hasCompletedOnboarding",), True),
            Edit(("numStartups",), 1),
            *_approved_key(facts),
            *trust,
        )
        return (
            FileChange("settings.json", (Edit(("skipDangerousModePermissionPrompt",), True),)),
            FileChange(".claude.json", state, begins_as="claude_state.template.json"),
        )


def _approved_key(facts: Facts) -> tuple[Edit, ...]:
    key = facts.variables.get(_KEY_VARIABLE)
    if not key:
        return ()
    if len(key) <= _KEY_TAIL:
        # The file would then hold the whole secret.
        raise DefinitionError(
            f"{_KEY_VARIABLE}: found {_KEY_TAIL} characters or fewer, "
            "expected a longer key for an unattended launch"
        )
    return (Edit(("customApiKeyResponses", "approved"), [key[-_KEY_TAIL:]]),)
