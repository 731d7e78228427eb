"""How a tool is started so that it asks nobody: what a strategy is told, and its answer.

Pure: frozen values in, arguments and file changes out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from houmao.errors import DefinitionError, UsageError
from houmao.tools.parts.version import Version

#: Documents of tools are whatever their programs made of them.
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a strategy may look at; values of variables are secret."""

    working_directory: str
    variables: Mapping[str, str] = field(default_factory=dict)
    #: Root of the repository around the working directory, if there is one.
    repository: str | None = None
    #: Documents of the home that are there, by file name; empty for an unreadable one.
    documents: Mapping[str, Document] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """One value in a document; mappings on the way to it are made when absent."""

    keys: tuple[str, ...]
    value: object


@dataclass(frozen=True, slots=True)
class FileChange:
    """Edits of one file of the home, JSON or TOML by its name.

    When the file is absent it begins as the one named `begins_as`, else empty.
    """

    name: str
    edits: tuple[Edit, ...]
    begins_as: str | None = None


class UnattendedRules(Protocol):
    """What settles a tool's questions in advance."""

    def args(self, args: tuple[str, ...]) -> tuple[str, ...]:
        """The arguments with what makes the tool ask nothing. UsageError for a conflict."""

    def changes(self, facts: Facts) -> tuple[FileChange, ...]:
        """What its files must say. DefinitionError when that cannot be."""


#: Backends on which another server starts the tool.
REST_BACKENDS = frozenset({"cao_rest", "houmao_server_rest"})


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to start a tool unattended, known to work from `minimum` on."""

    strategy_id: str
    minimum: Version
    backends: frozenset[str]
    rules: UnattendedRules


def edited(document: Mapping[str, Any], edits: Iterable[Edit], name: str) -> Document:
    """The document with the edits made. DefinitionError when a value is in a mapping's place."""
    result = dict(document)
    for edit in edits:
        result = _edited(result, edit.keys, edit.value, name)
    return result


def _edited(document: object, keys: tuple[str, ...], value: object, name: str) -> Document:
    if not isinstance(document, dict):
        raise DefinitionError(f"{name}: found a plain value around {keys[0]!r}, expected a mapping")
    first, *rest = keys
    inner = _edited(document.get(first, {}), tuple(rest), value, name) if rest else value
    return {**document, first: inner}


def reject_conflicts(args: Iterable[str], options: Iterable[str]) -> None:
    """UsageError when the arguments hold one of the options, as `--x`, `--x=y` or `-xy`."""
    for arg in args:
        for option in options:
            short = not option.startswith("--") and not arg.startswith("--")
            if arg == option or arg.startswith(f"{option}=") or (short and arg.startswith(option)):
                raise UsageError(
                    f"an unattended launch decides {option} itself; leave it out of the arguments"
                )
