"""The plan of a brain: which files a runtime home gets, and the manifest that tells of it.

Pure: loaded definitions in, a frozen plan out. Nothing here has touched a disk; secrets are
only in the text of the launch helper, never in the manifest.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from houmao.agents.adapter import Injection, Projection, ToolAdapter, tool_params_document
from houmao.agents.choice import BrainChoice
from houmao.agents.document import is_component
from houmao.agents.helper import Helper
from houmao.agents.overrides import LaunchContract, LaunchOverrides, effective_args
from houmao.agents.parts import Parts, Tree
from houmao.errors import DefinitionError
from houmao.mailbox.skill import SKILL, own_command

MANIFEST_VERSION = 2
HELPER_NAME = PurePosixPath("launch.sh")


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A file of the home with the content of another."""

    destination: PurePosixPath
    source: Path


@dataclass(frozen=True, slots=True)
class SkillFile:
    """The mailbox skill, with the command of the installation that makes the home."""

    destination: PurePosixPath
    source: Path
    command: str


@dataclass(frozen=True, slots=True)
class FileLink:
    """A symbolic link in the home; `target` is relative to the folder that holds the link."""

    destination: PurePosixPath
    target: str


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """An executable file of the home; its text may hold secrets."""

    destination: PurePosixPath
    text: str


Entry = FileCopy | SkillFile | FileLink | ScriptFile

#: Where every home has the skill that teaches its agent to use its mailbox.
_MAILBOX_SKILL = PurePosixPath("mailbox", "email-via-filesystem")


@dataclass(frozen=True, slots=True)
class NewHome:
    """Where and when a home is made; all paths are absolute and without links."""

    runtime_root: Path
    homes: Path
    home_id: str
    built_at: float
    python: str

    @property
    def home_path(self) -> Path:
        return self.homes / self.home_id

    @property
    def manifest_path(self) -> Path:
        return self.runtime_root / "manifests" / f"{self.home_id}.yaml"


@dataclass(frozen=True, slots=True)
class BrainPlan:
    """All that building writes. `argv` is what the helper runs, before its caller's words."""

    home_id: str
    home_path: Path
    manifest_path: Path
    entries: tuple[Entry, ...]
    #: Folder of the skills in the home, and those skills, which a rebuild replaces as a whole.
    skills_folder: PurePosixPath
    units: frozenset[PurePosixPath]
    variable_names: tuple[str, ...]
    argv: tuple[str, ...]
    manifest: Mapping[str, object]

    def answer(self) -> dict[str, str]:
        """What a caller wants to know of the built home."""
        return {
            "home_id": self.home_id,
            "home_path": str(self.home_path),
            "manifest_path": str(self.manifest_path),
            "launch_helper_path": str(self.home_path / HELPER_NAME),
        }


def new_home_id(tool: str, now: float, random_hex: str) -> str:
    """An id nobody has yet: `codex-brain-20260327-070500Z-1a2b3c`."""
    return f"{tool}-brain-{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%SZ}-{random_hex[:6]}"


def plan_brain(choice: BrainChoice, parts: Parts, new_home: NewHome) -> BrainPlan:
    """Raises DefinitionError when overrides do not fit the tool or two files want one place."""
    if not is_component(new_home.home_id):
        raise DefinitionError(
            f"home id: found {ascii(new_home.home_id)[:60]}, expected a name without '/' or '..'"
        )
    contract = launch_contract(choice, parts.adapter)
    argv = (parts.adapter.executable, *effective_args(contract, "raw_launch"))
    wanted = (
        *_projected(parts, new_home),
        ScriptFile(HELPER_NAME, _helper(choice, parts, new_home, argv)),
    )
    return BrainPlan(
        home_id=new_home.home_id,
        home_path=new_home.home_path,
        manifest_path=new_home.manifest_path,
        entries=_laid_out(wanted),
        skills_folder=parts.adapter.skills_destination,
        units=frozenset(parts.adapter.skills_destination / name for name in parts.skills),
        variable_names=tuple(parts.credentials.variables),
        argv=argv,
        manifest=_manifest(choice, parts, new_home),
    )


def launch_contract(choice: BrainChoice, adapter: ToolAdapter) -> LaunchContract:
    """What decides the arguments of this brain's tool, on whatever backend it is launched."""
    return LaunchContract(
        args=adapter.args,
        default_params=adapter.default_params,
        tool_params=adapter.tool_params,
        recipe=choice.recipe_overrides,
        direct=choice.direct_overrides,
    )


def _helper(choice: BrainChoice, parts: Parts, new_home: NewHome, argv: tuple[str, ...]) -> str:
    return Helper(
        tool=choice.tool,
        home_path=str(new_home.home_path),
        home_variable=parts.adapter.home_variable,
        variables=parts.credentials.variables,
        argv=argv,
        unattended_python=new_home.python if choice.prompt_mode == "unattended" else None,
    ).text()


def _projected(parts: Parts, new_home: NewHome) -> Iterator[Entry]:
    """Later entries replace earlier ones in the same place."""
    adapter, credentials = parts.adapter, parts.credentials
    yield from _copies(parts.config, adapter.config_destination)
    for name, skill in parts.skills.items():
        destination = adapter.skills_destination / name
        if adapter.skills_mode is Projection.COPY:
            yield from _copies(skill, destination)
        else:
            yield _link(new_home, destination, skill.root)
    if _MAILBOX_SKILL.parts[0] not in parts.skills:
        place = adapter.skills_destination / _MAILBOX_SKILL / SKILL.name
        yield SkillFile(place, SKILL, own_command(new_home.python))
    for source, mapping in credentials.files:
        if mapping.mode is Projection.COPY:
            yield FileCopy(mapping.destination, source)
        else:
            yield _link(new_home, mapping.destination, source)
    if adapter.credentials.injection is Injection.HOME_DOTENV:
        yield _link(new_home, adapter.credentials.dotenv, credentials.env_file)


def _copies(tree: Tree, destination: PurePosixPath) -> Iterator[FileCopy]:
    return (FileCopy(destination / file, tree.root / file) for file in tree.files)


def _link(new_home: NewHome, destination: PurePosixPath, target: Path) -> FileLink:
    folder = new_home.home_path / destination.parent
    return FileLink(destination, posixpath.relpath(str(target), str(folder)))


def _laid_out(wanted: tuple[Entry, ...]) -> tuple[Entry, ...]:
    kept: dict[PurePosixPath, Entry] = {}
    for entry in wanted:
        place = entry.destination
        for parent in place.parents:
            if parent in kept:
                raise DefinitionError(
                    f"two things want one place in the home: {parent} is a file or link, "
                    f"and {place} lies below it; rename one of them"
                )
        kept = {other: it for other, it in kept.items() if not other.is_relative_to(place)}
        kept[place] = entry
    return tuple(kept.values())


def _manifest(choice: BrainChoice, parts: Parts, new_home: NewHome) -> Mapping[str, object]:
    identity = {"canonical_agent_name": choice.agent_name, "agent_id": choice.agent_id}
    known = {name: text for name, text in identity.items() if text}
    return {
        "schema_version": MANIFEST_VERSION,
        "built_at_utc": f"{datetime.fromtimestamp(new_home.built_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "inputs": {
            "tool": choice.tool,
            "skills": list(choice.skills),
            "config_profile": choice.config_profile,
            "credential_profile": choice.credential_profile,
            "adapter_path": str(parts.adapter_path),
            "recipe_path": _text(choice.recipe_path),
        },
        "launch_policy": {"operator_prompt_mode": choice.prompt_mode},
        "runtime": _runtime(choice, parts, new_home),
        "credentials": _credentials(parts),
        **({"mailbox": dict(choice.mailbox)} if choice.mailbox else {}),
        **({"identity": known} if known else {}),
    }


def _runtime(choice: BrainChoice, parts: Parts, new_home: NewHome) -> Mapping[str, object]:
    adapter, home = parts.adapter, str(new_home.home_path)
    return {
        "runtime_root": str(new_home.runtime_root),
        "home_id": new_home.home_id,
        "home_path": home,
        "launch_helper": str(new_home.home_path / HELPER_NAME),
        "launch_home_selector": {"env_var": adapter.home_variable, "value": home},
        "launch_executable": adapter.executable,
        "launch_contract": {
            "adapter_defaults": {
                "args": list(adapter.args),
                "tool_params": dict(adapter.default_params),
            },
            "requested_overrides": {
                "recipe": _document(choice.recipe_overrides),
                "direct": _document(choice.direct_overrides),
            },
            "tool_metadata": {"tool_params": tool_params_document(adapter.tool_params)},
            "construction_provenance": {
                "adapter_path": str(parts.adapter_path),
                "recipe_path": _text(choice.recipe_path),
                "recipe_overrides_present": choice.recipe_overrides is not None,
                "direct_overrides_present": choice.direct_overrides is not None,
            },
        },
    }


def _credentials(parts: Parts) -> Mapping[str, object]:
    rules, profile = parts.adapter.credentials, parts.credentials
    return {
        "profile_path": str(profile.root),
        "projected_files": [
            {
                "source": str(source),
                "destination": str(mapping.destination),
                "mode": mapping.mode.value,
                "required": mapping.required,
            }
            for source, mapping in profile.files
        ],
        "env_contract": {
            "source_file": str(profile.env_file),
            "allowlisted_env_vars": list(rules.allowlist),
            "selected_env_vars": list(profile.variables),
            "injection_mode": rules.injection.value,
        },
    }


def _document(overrides: LaunchOverrides | None) -> Mapping[str, object] | None:
    return overrides.document() if overrides else None


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
