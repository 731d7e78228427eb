"""What a tool adapter says: how a tool is started and where its files go in a runtime home.

Pure: a document in, a frozen value out. Knows no single tool.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from houmao.agents.document import Section
from houmao.tools.catalog import BACKENDS

SCHEMA_VERSION = 1

#: How a process may be driven, as far as tool parameters tell them apart.
SURFACES = ("raw_launch", *BACKENDS, "cao_rest", "houmao_server_rest")


class Projection(StrEnum):
    """How a source file gets into a home."""

    SYMLINK = "symlink"
    COPY = "copy"


class Injection(StrEnum):
    """How credential variables reach the process."""

    HOME_DOTENV = "home_dotenv"
    EXPORT = "export_from_env_file"


@dataclass(frozen=True, slots=True)
class SwitchArgs:
    """Arguments that one setting of a tool parameter means on one backend."""

    when_true: tuple[str, ...] = ()
    when_false: tuple[str, ...] = ()


#: Declared tool parameters: name to backend to arguments.
ToolParams = Mapping[str, Mapping[str, SwitchArgs]]


@dataclass(frozen=True, slots=True)
class FileMapping:
    """One credential file; both paths are relative, to the profile's files and to the home."""

    source: PurePosixPath
    destination: PurePosixPath
    mode: Projection
    required: bool


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """Where a credential profile keeps what, and which of its variables may be used."""

    files_dir: PurePosixPath
    mappings: tuple[FileMapping, ...]
    env_source: PurePosixPath
    allowlist: tuple[str, ...]
    injection: Injection
    #: Where the whole variables file is linked to in the home, for `HOME_DOTENV`.
    dotenv: PurePosixPath


@dataclass(frozen=True, slots=True)
class ToolAdapter:
    """The contract between definitions and the home of one tool; paths are relative to the home."""

    tool: str
    home_variable: str
    executable: str
    args: tuple[str, ...]
    default_params: Mapping[str, bool]
    tool_params: ToolParams
    config_destination: PurePosixPath
    skills_destination: PurePosixPath
    skills_mode: Projection
    credentials: CredentialRules


def tool_params_document(params: ToolParams) -> Mapping[str, object]:
    """Tool parameters in the form in which adapters declare them."""
    return {
        name: {
            "type": "boolean",
            "backends": {
                backend: {
                    "args_when_true": list(switch.when_true),
                    "args_when_false": list(switch.when_false),
                }
                for backend, switch in backends.items()
            },
        }
        for name, backends in params.items()
    }


def read_adapter(document: Section, tool: str) -> ToolAdapter:
    """The adapter of `tool`. Raises DefinitionError, also when the document is another tool's."""
    document.schema_version(SCHEMA_VERSION)
    if (found := document.component("tool")) != tool:
        document.fail("tool", f"found {found}, expected {tool}")
    launch = document.section("launch")
    skills = document.section("skills_projection")
    params = read_tool_params(launch.optional_section("metadata"))
    return ToolAdapter(
        tool=tool,
        home_variable=document.section("home_selector").variable("env_var"),
        executable=launch.text("executable"),
        args=launch.optional_texts("args") or (),
        default_params=_defaults(launch, params),
        tool_params=params,
        config_destination=document.section("config_projection").inner_path("destination"),
        skills_destination=skills.inner_path("destination"),
        skills_mode=Projection(skills.one_of("mode", tuple(Projection))),
        credentials=_credentials(
            document.section("credential_projection"), launch.section("env_injection")
        ),
    )


def read_tool_params(metadata: Section | None) -> ToolParams:
    """The declared `tool_params`, also as a manifest repeats them. Raises DefinitionError."""
    params = metadata.optional_section("tool_params") if metadata else None
    return {name: _backends(params.section(name)) for name in params.names()} if params else {}


def _backends(param: Section) -> Mapping[str, SwitchArgs]:
    param.one_of("type", ("boolean",))
    backends = param.optional_section("backends")
    if backends is None:
        return {}
    for name in backends.names():
        if name not in SURFACES:
            backends.fail(name, f"found an unknown backend, expected one of {', '.join(SURFACES)}")
    return {name: _switch(backends.section(name)) for name in backends.names()}


def _switch(section: Section) -> SwitchArgs:
    return SwitchArgs(
        section.optional_texts("args_when_true") or (),
        section.optional_texts("args_when_false") or (),
    )


def _defaults(launch: Section, params: ToolParams) -> Mapping[str, bool]:
    section = launch.optional_section("default_tool_params")
    if section is None:
        return {}
    for name in section.names():
        if name not in params:
            section.fail(name, "found a default, expected a parameter declared in tool_params")
    return section.booleans()


def _credentials(section: Section, injection: Section) -> CredentialRules:
    env = section.section("env")
    return CredentialRules(
        files_dir=section.inner_path("files_dir", "files"),
        mappings=tuple(_mapping(item) for item in section.sections("file_mappings")),
        env_source=env.inner_file("source", "env/vars.env"),
        allowlist=env.variables("allowlist"),
        injection=Injection(injection.one_of("mode", tuple(Injection))),
        dotenv=injection.inner_file("env_file_in_home", ".env"),
    )


def _mapping(section: Section) -> FileMapping:
    required = section.optional_boolean("required")
    return FileMapping(
        source=section.inner_file("source"),
        destination=section.inner_file("destination"),
        mode=Projection(section.one_of("mode", tuple(Projection))),
        required=True if required is None else required,
    )
