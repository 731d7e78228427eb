"""Recipes and blueprints are read as written; a blueprint has no field too many."""

from pathlib import PurePosixPath

import pytest

from houmao.agents.overrides import ArgsOverride, LaunchOverrides
from houmao.agents.recipe import Blueprint, Recipe, read_blueprint, read_recipe
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import section

RECIPE = """\
schema_version: 1
name: docs-writer-default
tool: claude
skills: [review-diff]
config_profile: default
credential_profile: team-a
"""
BLUEPRINT = """\
schema_version: 1
name: docs-writer
brain_recipe: ../brains/brain-recipes/claude/docs-writer-default.yaml
role: docs-writer
"""


def test_recipe() -> None:
    expected = Recipe("docs-writer-default", "claude", ("review-diff",), "default", "team-a")
    assert read_recipe(section(RECIPE)) == expected


def test_recipe_with_everything() -> None:
    recipe = read_recipe(
        section(
            RECIPE
            + """\
launch_overrides: {args: {mode: append, values: [--x]}}
launch_policy: {operator_prompt_mode: unattended}
default_agent_name: writer
mailbox: {transport: filesystem, address: writer@here}
"""
        )
    )
    assert recipe.overrides == LaunchOverrides(ArgsOverride(False, ("--x",)))
    assert (recipe.prompt_mode, recipe.default_agent_name) == ("unattended", "writer")
    assert recipe.mailbox == {"transport": "filesystem", "address": "writer@here"}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("tool: claude", "tool: ../claude", "tool"),
        ("skills: [review-diff]", "skills: [../../etc]", "skills"),
        ("skills: [review-diff]", "skills: review-diff", "skills"),
        ("skills: [review-diff]\n", "", "skills"),
        ("config_profile: default", "config_profile: a/b", "config_profile"),
        ("schema_version: 1", "schema_version: 2", "schema_version"),
        ("name: docs", "default_agent_name: a b\nname: docs", "default_agent_name"),
        ("name: docs", "mailbox: {transport: pigeon}\nname: docs", "mailbox.transport"),
        ("name: docs", "launch_overrides: {}\nname: docs", "launch_overrides"),
        (
            "name: docs",
            "launch_policy: {operator_prompt_mode: x}\nname: docs",
            "launch_policy.operator_prompt_mode",
        ),
    ],
)
def test_refused_recipes_name_the_field(old: str, new: str, field: str) -> None:
    assert old in RECIPE
    with pytest.raises(DefinitionError) as caught:
        read_recipe(section(RECIPE.replace(old, new)))
    assert f": {field}: " in caught.value.message


def test_blueprint() -> None:
    path = PurePosixPath("../brains/brain-recipes/claude/docs-writer-default.yaml")
    expected = Blueprint("docs-writer", path, "docs-writer")
    assert read_blueprint(section(BLUEPRINT)) == expected
    gateway = read_blueprint(section(BLUEPRINT + "gateway: {host: 0.0.0.0, port: 80}"))
    assert (gateway.gateway_host, gateway.gateway_port) == ("0.0.0.0", 80)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("colour: red", "colour: found a field that is not known"),
        ("gateway: {tls: true}", "gateway.tls: found a field that is not known"),
        ("gateway: {port: 0}", "gateway.port"),
        ("gateway: {host: example.org}", "gateway.host"),
    ],
)
def test_refused_blueprints(more: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        read_blueprint(section(BLUEPRINT + more))
