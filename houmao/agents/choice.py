"""What a brain is to be made of: explicit options over the recipe, field by field. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from houmao.agents.overrides import LaunchOverrides
from houmao.agents.recipe import Recipe
from houmao.errors import DefinitionError
from houmao.ids import check_user_name, default_agent_id, is_safe_component, name_part


@dataclass(frozen=True, slots=True)
class BrainOptions:
    """What a caller said; None and empty mean nothing was said."""

    tool: str | None = None
    skills: tuple[str, ...] = ()
    config_profile: str | None = None
    credential_profile: str | None = None
    overrides: LaunchOverrides | None = None
    prompt_mode: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class BrainChoice:
    """Everything decided; `recipe_path` None means that no recipe had a say."""

    tool: str
    skills: tuple[str, ...]
    config_profile: str
    credential_profile: str
    prompt_mode: str = "interactive"
    recipe_overrides: LaunchOverrides | None = None
    direct_overrides: LaunchOverrides | None = None
    mailbox: Mapping[str, str] | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    recipe_path: Path | None = None


def choose(options: BrainOptions, recipe: Recipe | None, recipe_path: Path | None) -> BrainChoice:
    """Raises DefinitionError that lists everything nobody named, and UsageError for a bad name."""
    needed = {
        "tool": options.tool or (recipe and recipe.tool),
        "config profile": options.config_profile or (recipe and recipe.config_profile),
        "credential profile": options.credential_profile or (recipe and recipe.credential_profile),
    }
    found = {name: text for name, text in needed.items() if text}
    if missing := [name for name in needed if name not in found]:
        raise DefinitionError(
            f"a brain needs {', '.join(missing)}; name a --recipe or a --blueprint, or give "
            "--tool, --config-profile and --cred-profile"
        )
    choice = BrainChoice(
        tool=found["tool"],
        skills=options.skills,
        config_profile=found["config profile"],
        credential_profile=found["credential profile"],
        prompt_mode=options.prompt_mode or "interactive",
        direct_overrides=options.overrides,
        recipe_path=recipe_path,
    )
    return _identified(_with_recipe(choice, options, recipe) if recipe else choice, options)


def _with_recipe(choice: BrainChoice, options: BrainOptions, recipe: Recipe) -> BrainChoice:
    return replace(
        choice,
        skills=options.skills or recipe.skills,
        prompt_mode=options.prompt_mode or recipe.prompt_mode,
        recipe_overrides=recipe.overrides,
        mailbox=recipe.mailbox,
        agent_name=recipe.default_agent_name and name_part(recipe.default_agent_name),
    )


def _identified(choice: BrainChoice, options: BrainOptions) -> BrainChoice:
    if options.agent_id is not None and not is_safe_component(options.agent_id):
        raise DefinitionError(
            "agent id must begin with a letter or digit and hold only those, '-' and '_'"
        )
    name = check_user_name(options.agent_name) if options.agent_name else choice.agent_name
    agent_id = options.agent_id or (default_agent_id(name) if name else None)
    return replace(choice, agent_name=name, agent_id=agent_id)
