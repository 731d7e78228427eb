"""The manifest of a built brain, read back into what a launch needs of it.

Pure: a document in, a frozen value out. It never held the value of any credential.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao.agents.adapter import read_tool_params
from houmao.agents.brain import MANIFEST_VERSION
from houmao.agents.document import Section
from houmao.agents.overrides import LaunchContract, LaunchOverrides, read_overrides
from houmao.agents.recipe import read_mailbox, read_prompt_mode
from houmao.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class BrainManifest:
    """A built brain. `env_file` None means that its tool gets no credential variables."""

    path: Path
    tool: str
    skills: tuple[str, ...]
    prompt_mode: str
    home_path: Path
    home_variable: str
    executable: str
    contract: LaunchContract
    env_file: Path | None = None
    env_allowlist: tuple[str, ...] = ()
    env_selected: tuple[str, ...] = ()
    mailbox: Mapping[str, str] | None = None
    agent_name: str | None = None
    agent_id: str | None = None


def read_manifest(document: Section, path: Path) -> BrainManifest:
    """Raises DefinitionError, also for a manifest that another version of Houmao wrote."""
    _check_version(document, path)
    inputs, runtime = document.section("inputs"), document.section("runtime")
    home = runtime.section("launch_home_selector")
    credentials = document.optional_section("credentials")
    env = credentials.optional_section("env_contract") if credentials else None
    mailbox = document.optional_section("mailbox")
    identity = document.optional_section("identity")
    return BrainManifest(
        path=path,
        tool=inputs.component("tool"),
        skills=inputs.components("skills"),
        prompt_mode=read_prompt_mode(document),
        home_path=_absolute(runtime, "home_path"),
        home_variable=home.variable("env_var"),
        executable=runtime.text("launch_executable"),
        contract=_contract(runtime.optional_section("launch_contract")),
        env_file=_absolute(env, "source_file") if env else None,
        env_allowlist=env.variables("allowlisted_env_vars") if env else (),
        env_selected=env.variables("selected_env_vars") if env else (),
        mailbox=read_mailbox(mailbox) if mailbox else None,
        agent_name=identity.optional_identifier("canonical_agent_name") if identity else None,
        agent_id=identity.optional_identifier("agent_id") if identity else None,
    )


def _check_version(document: Section, path: Path) -> None:
    try:
        document.schema_version(MANIFEST_VERSION)
    except DefinitionError as error:
        raise DefinitionError(
            f"{error.message}; build the brain again with `houmao-mgr build-brain`"
        ) from None


def _absolute(section: Section, key: str) -> Path:
    path = Path(section.text(key))
    if not path.is_absolute():
        section.fail(key, "found a relative path, expected an absolute one")
    return path


def _contract(section: Section | None) -> LaunchContract:
    if section is None:
        return LaunchContract()
    defaults = section.section("adapter_defaults")
    requested = section.section("requested_overrides")
    params = defaults.optional_section("tool_params")
    return LaunchContract(
        args=defaults.texts("args"),
        default_params=params.booleans() if params else {},
        tool_params=read_tool_params(section.optional_section("tool_metadata")),
        recipe=_overrides(requested, "recipe"),
        direct=_overrides(requested, "direct"),
    )


def _overrides(section: Section, key: str) -> LaunchOverrides | None:
    found = section.optional_section(key)
    return read_overrides(found) if found else None
