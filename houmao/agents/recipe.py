"""What recipes and blueprints say. Pure: a document in, a frozen value out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from houmao.agents.document import Section
from houmao.agents.overrides import LaunchOverrides, read_overrides

SCHEMA_VERSION = 1

#: Who answers the questions a tool asks: a person, or nobody because none may come up.
PROMPT_MODES = ("interactive", "unattended")
_MAILBOX_FIELDS: Mapping[str, tuple[str, ...]] = {
    "filesystem": ("principal_id", "address", "filesystem_root"),
    "stalwart": ("principal_id", "address", "base_url", "jmap_url", "management_url"),
}
_GATEWAY_HOSTS = ("127.0.0.1", "0.0.0.0")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named choice of tool, skills and profiles."""

    name: str
    tool: str
    skills: tuple[str, ...]
    config_profile: str
    credential_profile: str
    overrides: LaunchOverrides | None = None
    prompt_mode: str = "interactive"
    default_agent_name: str | None = None
    #: `transport` and its settings, as the manifest repeats them.
    mailbox: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A recipe with a role; `brain_recipe` is relative to the blueprint's own folder."""

    name: str
    brain_recipe: PurePosixPath
    role: str
    gateway_host: str | None = None
    gateway_port: int | None = None


def read_recipe(document: Section) -> Recipe:
    """Raises DefinitionError."""
    document.schema_version(SCHEMA_VERSION)
    overrides = document.optional_section("launch_overrides")
    mailbox = document.optional_section("mailbox")
    return Recipe(
        name=document.text("name"),
        tool=document.component("tool"),
        skills=document.components("skills"),
        config_profile=document.component("config_profile"),
        credential_profile=document.component("credential_profile"),
        overrides=None if overrides is None else read_overrides(overrides),
        prompt_mode=read_prompt_mode(document),
        default_agent_name=document.optional_identifier("default_agent_name"),
        mailbox=None if mailbox is None else read_mailbox(mailbox),
    )


def read_prompt_mode(document: Section) -> str:
    """`launch_policy.operator_prompt_mode`, interactive when nothing is said."""
    policy = document.optional_section("launch_policy")
    mode = policy.optional_one_of("operator_prompt_mode", PROMPT_MODES) if policy else None
    return mode or "interactive"


def read_mailbox(section: Section) -> Mapping[str, str]:
    """The declared transport with its settings. Raises DefinitionError."""
    transport = section.one_of("transport", tuple(_MAILBOX_FIELDS))
    settings = {name: section.optional_text(name) for name in _MAILBOX_FIELDS[transport]}
    section.done()
    return {"transport": transport} | {name: text for name, text in settings.items() if text}


def read_blueprint(document: Section) -> Blueprint:
    """Raises DefinitionError, also for fields that are not known."""
    document.schema_version(SCHEMA_VERSION)
    gateway = document.optional_section("gateway")
    blueprint = Blueprint(
        name=document.text("name"),
        brain_recipe=PurePosixPath(document.text("brain_recipe")),
        role=document.component("role"),
        gateway_host=gateway.optional_one_of("host", _GATEWAY_HOSTS) if gateway else None,
        gateway_port=gateway.optional_integer("port", 1, 65535) if gateway else None,
    )
    for section in filter(None, (document, gateway)):
        section.done()
    return blueprint
