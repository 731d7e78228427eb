"""What `--agents SELECTOR --provider P` means: which recipe, and which role if any."""

import os
from dataclasses import dataclass
from pathlib import Path

from houmao.agents.folder import DefinitionFolder
from houmao.agents.recipe import Recipe
from houmao.errors import DefinitionError, NotFound, UsageError
from houmao.tools.catalog import tool_of_provider

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Selection:
    """A recipe to build and a role to give; `role` None is a brain without one.

    `base_name` is what the agent is called when neither caller nor recipe says it.
    """

    recipe_path: Path
    recipe: Recipe
    role: str | None
    base_name: str


def select(folder: DefinitionFolder, selector: str, provider: str) -> Selection:
    """Raises UsageError, NotFound, or DefinitionError for a recipe of another tool."""
    tool = tool_of_provider(provider).name
    if not selector.strip() or "\0" in selector:
        raise UsageError("--agents needs the name of a recipe, or a path to one")
    path = _recipe_path(folder, selector, tool)
    recipe = folder.recipe(path)
    if recipe.tool != tool:
        raise DefinitionError(
            f"{path}: tool: found {recipe.tool}, expected {tool}, as provider {provider} means"
        )
    return Selection(path, recipe, _role(folder, selector), _base_name(selector))


def _recipe_path(folder: DefinitionFolder, selector: str, tool: str) -> Path:
    if _is_path(selector):
        stem = folder.root / os.path.expanduser(selector)
        tried = [stem] if stem.suffix else [stem.parent / (stem.name + end) for end in _SUFFIXES]
    else:
        recipes = folder.recipes_of(tool)
        tried = [
            recipes / f"{selector}{variant}{end}"
            for variant in ("", "-default")
            for end in _SUFFIXES
        ]
    found = next((path for path in tried if os.path.isfile(path)), None)
    if found is None:
        raise NotFound(
            f"there is no recipe {selector!r} for {tool}; tried {', '.join(map(str, tried))}"
        )
    return found


def _is_path(selector: str) -> bool:
    return (
        bool(set(selector) & set("/\\"))
        or selector.startswith((".", "~"))
        or selector.endswith(_SUFFIXES)
    )


def _role(folder: DefinitionFolder, selector: str) -> str | None:
    if _is_path(selector) or not os.path.isfile(folder.role_path(selector)):
        return None
    return selector


def _base_name(selector: str) -> str:
    name = selector.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name.removesuffix(".yaml").removesuffix(".yml").removesuffix("-default")
