"""Claude Code asks nothing when onboarding, trust, key and permissions are settled."""

import pytest

from houmao.errors import DefinitionError, UsageError
from houmao.tools.claude.unattended import ClaudeUnattended
from houmao.tools.parts.unattended import Facts, edited

KEY = "sk-ant-made-up-0123456789abcdefghij"


def test_permissions_are_skipped_once() -> None:
    flag = "--dangerously-skip-permissions"
    assert ClaudeUnattended().args(("-x",)) == ("-x", flag)
    assert ClaudeUnattended().args((flag,)) == (flag,)


@pytest.mark.parametrize("arg", ["--permission-mode", "--permission-mode=plan"])
def test_conflicts(arg: str) -> None:
    with pytest.raises(UsageError, match="decides --permission-mode itself"):
        ClaudeUnattended().args((arg,))


def test_files() -> None:
    settings, state = ClaudeUnattended().changes(Facts("/w", {"ANTHROPIC_API_KEY": KEY}))
    assert edited({"a": 1}, settings.edits, "s") == {
        "a": 1,
        "skipDangerousModePermissionPrompt": True,
    }
    assert (state.name, state.begins_as) == (".claude.json", "claude_state.template.json")
    assert edited({"projects": {"/other": {}}}, state.edits, "s") == {
        "hasCompletedOnboarding": True,
        "numStartups": 1,
        "customApiKeyResponses": {"approved": ["0123456789abcdefghij"]},
        "projects": {
            "/other": {},
            "/w": {
                "hasCompletedProjectOnboarding": True,
                "hasTrustDialogAccepted": True,
                "projectOnboardingSeenCount": 0,
            },
        },
    }


def test_no_key_no_approval() -> None:
    _, state = ClaudeUnattended().changes(Facts("/w"))
    assert "customApiKeyResponses" not in edited({}, state.edits, "s")


def test_a_whole_key_is_never_written() -> None:
    with pytest.raises(DefinitionError) as caught:
        ClaudeUnattended().changes(Facts("/w", {"ANTHROPIC_API_KEY": KEY[-20:]}))
    assert KEY[-20:] not in caught.value.message
