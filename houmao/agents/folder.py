"""The agent definition directory on disk: finds its parts and reads them into values.

The one place that opens definition files. What the documents mean is said elsewhere. Names
are tested by os.path, which takes one that no disk can have for one that is not there.
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from houmao.agents.adapter import CredentialRules, FileMapping, ToolAdapter, read_adapter
from houmao.agents.document import Section, is_component, parse
from houmao.agents.parts import CredentialProfile, Role, Tree
from houmao.agents.recipe import Blueprint, Recipe, read_blueprint, read_recipe
from houmao.agents.variables import kept_variables
from houmao.errors import DefinitionError, NotFound

_SUFFIXES = (".yaml", ".yml", ".json")
#: Texts are read whole; a profile's variables or a role are far smaller.
_MAX_BYTES = 1024 * 1024


class DefinitionFolder:
    """The definitions below `root`. Every method raises NotFound or DefinitionError."""

    def __init__(self, root: Path) -> None:
        if not os.path.isdir(root / "brains"):
            raise NotFound(
                f"{root} is no agent definition directory (it has no brains/); name yours with "
                "--agent-def-dir or HOUMAO_AGENT_DEF_DIR, or write one with "
                "`houmao-mgr project init`"
            )
        # Links in homes are relative; they hold only from a path without links.
        self.root = root.resolve()
        self._brains = self.root / "brains"

    def adapter(self, tool: str) -> tuple[ToolAdapter, Path]:
        """The tool's adapter and its file."""
        _check_name("tool", tool)
        expected = self._brains / "tool-adapters" / f"{tool}.yaml"
        path = _with_suffix(expected.parent / tool)
        if path is None:
            raise NotFound(f"there is no adapter for the tool {tool!r}; expected {expected}")
        return read_adapter(read_document(path), tool), path

    def recipe_path(self, text: str, cwd: Path) -> Path:
        """Where a recipe or blueprint is that a person named: here, else below `cwd`."""
        for path in (self.root / text, cwd / text):
            if os.path.isfile(path):
                return path.resolve()
        raise NotFound(f"there is no file {text}, neither in {self.root} nor in {cwd}")

    def recipe(self, path: Path) -> Recipe:
        return read_recipe(read_document(path))

    def blueprint(self, path: Path) -> tuple[Blueprint, Path]:
        """The blueprint and the file of its recipe, which must be below this folder."""
        blueprint = read_blueprint(read_document(path))
        recipe = Path(os.path.normpath(path.parent / blueprint.brain_recipe))
        if blueprint.brain_recipe.is_absolute() or not recipe.is_relative_to(self.root):
            raise DefinitionError(
                f"{path}: brain_recipe: found {str(blueprint.brain_recipe)!a}, "
                f"expected a path that stays in {self.root}"
            )
        if not os.path.isfile(recipe):
            raise NotFound(f"{path}: brain_recipe: there is no file {recipe}")
        return blueprint, recipe

    def recipes_of(self, tool: str) -> Path:
        """Folder of the tool's recipes, which need not exist."""
        _check_name("tool", tool)
        return self._brains / "brain-recipes" / tool

    def skill(self, name: str) -> Tree:
        _check_name("skill", name)
        root = self._brains / "skills" / name
        if not os.path.isfile(root / "SKILL.md"):
            raise NotFound(f"there is no skill {name!r}; expected {root / 'SKILL.md'}")
        return tree(root)

    def config_profile(self, tool: str, name: str) -> Tree:
        return tree(self._profile("config profile", "cli-configs", tool, name))

    def credential_profile(self, tool: str, name: str, rules: CredentialRules) -> CredentialProfile:
        root = self._profile("credential profile", "api-creds", tool, name)
        env_file = root / rules.env_source
        if not os.path.isfile(env_file):
            raise NotFound(
                f"credential profile {name!r} has no variables; "
                f"expected {env_file}, which may be empty"
            )
        variables = kept_variables(read_text(env_file), rules.allowlist, str(env_file))
        return CredentialProfile(root, tuple(_mapped(root, name, rules)), env_file, variables)

    def role(self, name: str) -> Role:
        path = self.role_path(name)
        if not os.path.isfile(path):
            raise NotFound(f"there is no role {name!r}; expected {path}")
        prompt = read_text(path).strip()
        if not prompt or "\0" in prompt:
            raise DefinitionError(f"{path}: found no text, expected the role's prompt")
        return Role(name, prompt)

    def role_path(self, name: str) -> Path:
        """Where the role's prompt is, if there is one."""
        _check_name("role", name)
        return self.root / "roles" / name / "system-prompt.md"

    def _profile(self, kind: str, folder: str, tool: str, name: str) -> Path:
        _check_name(kind, name)
        root = self._brains / folder / tool / name
        if not os.path.isdir(root):
            raise NotFound(f"there is no {kind} {name!r} for {tool}; expected the folder {root}")
        return root


def read_document(path: Path) -> Section:
    """The top mapping of a YAML or JSON file. Raises NotFound or DefinitionError."""
    return parse(read_text(path), str(path), as_json=path.suffix == ".json")


def read_text(path: Path) -> str:
    """The whole of a small UTF-8 file. Raises NotFound or DefinitionError."""
    try:
        # Opening anything else than a file could wait for ever.
        if not os.path.isfile(path):
            raise NotFound(f"there is no file {path}")
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise DefinitionError(f"{path}: found more than {_MAX_BYTES} bytes")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(f"{path}: found bytes that are no UTF-8, expected text") from None
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise NotFound(f"{str(path)!a} can name no file") from None


def tree(root: Path) -> Tree:
    """Every file below the folder. DefinitionError for what is neither file nor folder."""
    return Tree(root, tuple(sorted(_files(root, PurePosixPath()))))


def _files(root: Path, inner: PurePosixPath) -> Iterator[PurePosixPath]:
    try:
        with os.scandir(root / inner) as found:
            entries = list(found)
    except OSError as error:
        raise DefinitionError(f"{root / inner} cannot be listed: {error.strerror}") from None
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(root, inner / entry.name)
        elif entry.is_file():
            yield inner / entry.name
        else:
            # A link to a folder could lead anywhere, also round in a circle.
            raise DefinitionError(f"{entry.path}: found neither a file nor a folder")


def _mapped(root: Path, profile: str, rules: CredentialRules) -> Iterator[tuple[Path, FileMapping]]:
    for mapping in rules.mappings:
        source = root / rules.files_dir / mapping.source
        if os.path.isfile(source):
            yield source, mapping
        elif mapping.required:
            raise NotFound(f"credential profile {profile!r} lacks a file; expected {source}")


def _with_suffix(stem: Path) -> Path | None:
    # Not with_suffix: a stem may hold a dot of its own.
    paths = (stem.with_name(stem.name + suffix) for suffix in _SUFFIXES)
    return next((path for path in paths if os.path.isfile(path)), None)


def _check_name(kind: str, name: str) -> None:
    if not is_component(name):
        raise DefinitionError(
            f"{kind}: found {ascii(name)[:60]}, expected a name without '/' or '..'"
        )
