"""Codex asks nothing when login, approvals, trust and its model notice are settled."""

from typing import Any

import pytest

from houmao.errors import DefinitionError, UsageError
from houmao.tools.codex.unattended import CodexUnattended
from houmao.tools.parts.unattended import Facts, edited

PROVIDER = {"requires_openai_auth": False, "wire_api": "responses", "env_key": "MY_KEY"}
CONFIG = {"model_provider": "mine", "model_providers": {"mine": PROVIDER}}


def test_files() -> None:
    """The repository's root is trusted, else the working directory."""
    (change,) = CodexUnattended().changes(Facts("/w/sub", {"OPENAI_API_KEY": "k"}, repository="/w"))
    assert change.name == "config.toml"
    assert edited({"model": "m"}, change.edits, "c") == {
        "model": "m",
        "approval_policy": "never",
        "sandbox_mode": "danger-full-access",
        "notice": {
            "hide_full_access_warning": True,
            "model_migrations": {"gpt-5.3-codex": "gpt-5.4"},
        },
        "projects": {"/w": {"trust_level": "trusted"}},
    }
    (change,) = CodexUnattended().changes(Facts("/w/sub", {"OPENAI_API_KEY": "k"}))
    assert edited({}, change.edits, "c")["projects"] == {"/w/sub": {"trust_level": "trusted"}}


@pytest.mark.parametrize(
    ("documents", "variables"),
    [
        ({"auth.json": {"tokens": {}}}, {}),
        ({}, {"OPENAI_API_KEY": "k"}),
        ({"config.toml": CONFIG}, {"MY_KEY": "k"}),
    ],
)
def test_ways_to_log_in(documents: dict[str, Any], variables: dict[str, str]) -> None:
    assert CodexUnattended().changes(Facts("/w", variables, None, documents))


@pytest.mark.parametrize(
    ("documents", "variables"),
    [
        ({}, {}),
        ({"auth.json": {}}, {"OPENAI_API_KEY": ""}),
        ({"config.toml": CONFIG}, {}),
        ({"config.toml": {**CONFIG, "model_provider": "other"}}, {"MY_KEY": "k"}),
        ({"config.toml": {"model_providers": [], "model_provider": {}}}, {"None": "k"}),
        ({"config.toml": {**CONFIG, "model_providers": {"mine": {"env_key": "MY_KEY"}}}}, {}),
    ],
)
def test_no_way_to_log_in(documents: dict[str, Any], variables: dict[str, str]) -> None:
    with pytest.raises(DefinitionError, match="codex has no credentials"):
        CodexUnattended().changes(Facts("/w", variables, None, documents))


@pytest.mark.parametrize(
    "args",
    [
        ("--sandbox", "read-only"),
        ("--sandbox=read-only",),
        ("-sread-only",),
        ("-a", "never"),
        ("--full-auto",),
        ("-c", "approval_policy=never"),
        ("-capproval_policy=never",),
        ("--config=sandbox_mode = 'x'",),
    ],
)
def test_conflicts(args: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="an unattended launch decides"):
        CodexUnattended().args(args)


def test_other_arguments_stay() -> None:
    args = ("-c", "model=x", "--search", "-m", "y")
    assert CodexUnattended().args(args) == args
