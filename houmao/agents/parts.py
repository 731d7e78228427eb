"""Definitions as they are once loaded: frozen values that plans are made of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from houmao.agents.adapter import FileMapping, ToolAdapter


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder and its files, relative and sorted; links to files count as files."""

    root: Path
    files: tuple[PurePosixPath, ...]


@dataclass(frozen=True, slots=True)
class CredentialProfile:
    """What a profile holds of the things its adapter maps. Values of variables are secret."""

    root: Path
    files: tuple[tuple[Path, FileMapping], ...]
    env_file: Path
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Role:
    """A role with its prompt, stripped and never blank."""

    name: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Every definition that a choice names, loaded."""

    adapter: ToolAdapter
    adapter_path: Path
    skills: Mapping[str, Tree]
    config: Tree
    credentials: CredentialProfile
