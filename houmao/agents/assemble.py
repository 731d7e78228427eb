"""From what a caller asks for to a built brain: loads, plans and builds, in this order.

Everything that can be wrong in definitions is found before the first folder is made.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from houmao.agents.brain import BrainPlan, NewHome, plan_brain
from houmao.agents.brain_manifest import BrainManifest, read_manifest
from houmao.agents.build import build
from houmao.agents.choice import BrainChoice, BrainOptions, choose
from houmao.agents.document import is_component, parse
from houmao.agents.folder import DefinitionFolder, read_document
from houmao.agents.overrides import LaunchOverrides, read_overrides
from houmao.agents.parts import Parts
from houmao.errors import HoumaoError


@dataclass(frozen=True, slots=True)
class Preset:
    """A recipe or a blueprint as a person named it; the recipe wins when both are given."""

    recipe: str | None = None
    blueprint: str | None = None


def choose_from(
    folder: DefinitionFolder, preset: Preset, options: BrainOptions, cwd: Path
) -> BrainChoice:
    """The preset with the options over it. Raises NotFound, DefinitionError, UsageError."""
    path = _recipe_path(folder, preset, cwd)
    return choose(options, folder.recipe(path) if path else None, path)


def _recipe_path(folder: DefinitionFolder, preset: Preset, cwd: Path) -> Path | None:
    if preset.recipe:
        return folder.recipe_path(preset.recipe, cwd)
    if preset.blueprint:
        return folder.blueprint(folder.recipe_path(preset.blueprint, cwd))[1]
    return None


def load_parts(folder: DefinitionFolder, choice: BrainChoice) -> Parts:
    """Every definition the choice names. Raises NotFound or DefinitionError."""
    adapter, adapter_path = folder.adapter(choice.tool)
    return Parts(
        adapter=adapter,
        adapter_path=adapter_path,
        skills={name: folder.skill(name) for name in choice.skills},
        config=folder.config_profile(choice.tool, choice.config_profile),
        credentials=folder.credential_profile(
            choice.tool, choice.credential_profile, adapter.credentials
        ),
    )


def assemble(
    folder: DefinitionFolder, choice: BrainChoice, new_home: NewHome, *, reuse: bool = False
) -> BrainPlan:
    """Build the chosen brain and tell what was built. Raises HoumaoError; then nothing is."""
    plan = plan_brain(choice, load_parts(folder, choice), new_home)
    build(plan, reuse=reuse, obsolete=_obsolete(plan, choice) if reuse else ())
    return plan


def load_manifest(path: Path) -> BrainManifest:
    """The manifest of a built brain. Raises NotFound or DefinitionError."""
    return read_manifest(read_document(path), path)


def overrides_from(text: str, cwd: Path) -> LaunchOverrides:
    """Overrides from an inline JSON object or from a file. Raises NotFound or DefinitionError."""
    if text.lstrip().startswith("{"):
        return read_overrides(parse(text, "--launch-overrides", as_json=True))
    return read_overrides(read_document(cwd / text))


def new_home_below(runtime_root: Path, home_id: str, built_at: float, python: str) -> NewHome:
    """Where a home of this id goes. `homes` may be a link to another disk."""
    homes = Path(os.path.realpath(runtime_root / "homes"))
    return NewHome(runtime_root, homes, home_id, built_at, python)


def _obsolete(plan: BrainPlan, choice: BrainChoice) -> Iterator[PurePosixPath]:
    """Skills that the last build of this home had and this one has not."""
    try:
        earlier = load_manifest(plan.manifest_path)
    except HoumaoError:
        # A home without a readable manifest is no reason not to build it anew.
        return
    if earlier.tool == choice.tool:
        gone = (name for name in earlier.skills if name not in choice.skills)
        yield from (plan.skills_folder / name for name in gone if is_component(name))
