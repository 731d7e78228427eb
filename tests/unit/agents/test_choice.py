"""Options win over the recipe, field by field."""

from pathlib import Path

import pytest

from houmao.agents.choice import BrainOptions, choose
from houmao.agents.overrides import LaunchOverrides
from houmao.agents.recipe import Recipe
from houmao.errors import DefinitionError, UsageError
from houmao.ids import default_agent_id

RECIPE = Recipe(
    name="r",
    tool="codex",
    skills=("a", "b"),
    config_profile="c",
    credential_profile="k",
    overrides=LaunchOverrides(tool_params={}),
    prompt_mode="unattended",
    default_agent_name="HOUMAO-gpu",
    mailbox={"transport": "filesystem"},
)
PATH = Path("/d/r.yaml")


def test_the_recipe_alone() -> None:
    choice = choose(BrainOptions(), RECIPE, PATH)
    assert (choice.tool, choice.skills, choice.config_profile) == ("codex", ("a", "b"), "c")
    assert (choice.credential_profile, choice.prompt_mode) == ("k", "unattended")
    assert (choice.recipe_overrides, choice.direct_overrides) == (RECIPE.overrides, None)
    assert (choice.mailbox, choice.recipe_path) == (RECIPE.mailbox, PATH)
    assert (choice.agent_name, choice.agent_id) == ("gpu", default_agent_id("gpu"))


def test_options_win() -> None:
    options = BrainOptions("claude", ("z",), "c2", "k2", None, "interactive", "other", "id-1")
    choice = choose(options, RECIPE, PATH)
    assert (choice.tool, choice.skills, choice.config_profile) == ("claude", ("z",), "c2")
    assert (choice.credential_profile, choice.prompt_mode) == ("k2", "interactive")
    assert (choice.agent_name, choice.agent_id) == ("other", "id-1")


def test_without_recipe_and_skills() -> None:
    choice = choose(BrainOptions("codex", (), "c", "k"), None, None)
    assert (choice.skills, choice.prompt_mode, choice.agent_id) == ((), "interactive", None)


def test_everything_missing_is_said_at_once() -> None:
    with pytest.raises(DefinitionError, match="needs config profile, credential profile; name a"):
        choose(BrainOptions(tool="codex"), None, None)


def test_names_keep_the_rules() -> None:
    with pytest.raises(UsageError):
        choose(BrainOptions("t", (), "c", "k", agent_name="a b"), None, None)
    with pytest.raises(DefinitionError):
        choose(BrainOptions("t", (), "c", "k", agent_id="a/b"), None, None)
