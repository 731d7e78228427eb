"""What Codex needs to be told so that it asks nothing. Pure."""

from houmao.errors import DefinitionError, UsageError
from houmao.tools.parts.unattended import Document, Edit, Facts, FileChange, reject_conflicts

_OPTIONS = ("-a", "--ask-for-approval", "-s", "--sandbox", "--full-auto")
_SETTINGS = ("approval_policy", "sandbox_mode")


class CodexUnattended:
    """Login, approval, trust and model questions, answered in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        reject_conflicts(args, _OPTIONS)
        for arg in args:
            setting = arg.removeprefix("--config=").removeprefix("-c").partition("=")[0].strip()
            if setting in _SETTINGS:
                raise UsageError(f"an unattended launch decides {setting} itself; leave it out")
        return args

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        if not _can_log_in(facts):
            raise DefinitionError(
                "codex has no credentials for an unattended launch: fill in auth.json or "
                "OPENAI_API_KEY, or a model provider with its env_key"
            )
        place = facts.repository or facts.working_directory
        edits = (
            Edit(("approval_policy",), "never"),
            Edit(("sandbox_mode",), "danger-full-access"),
            Edit(("notice", "hide_full_access_warning"), True),
            Edit(("notice", "model_migrations", "gpt-5.3-codex"), "gpt-5.4"),
            Edit(("projects", place, "trust_level"), "trusted"),
        )
        return (FileChange("config.toml", edits),)


def _can_log_in(facts: Facts) -> bool:
    has_account = bool(facts.documents.get("auth.json"))
    return has_account or bool(facts.variables.get("OPENAI_API_KEY")) or _has_provider(facts)


def _has_provider(facts: Facts) -> bool:
    """True when the configured provider wants no account and the variable it reads is set."""
    config = facts.documents.get("config.toml", {})
    providers = _mapping(config.get("model_providers"))
    provider = _mapping(providers.get(str(config.get("model_provider"))))
    return (
        provider.get("requires_openai_auth") is False
        and provider.get("wire_api") == "responses"
        and bool(facts.variables.get(str(provider.get("env_key"))))
    )


def _mapping(value: object) -> Document:
    return value if isinstance(value, dict) else {}
