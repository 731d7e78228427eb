"""A tool's version comes from its installation: the package or folder it was started from."""

import json
import os
from pathlib import Path

import pytest

from houmao.tmux.process import ToolProcess
from houmao.tmux.version import observed_version


def package(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))
    return folder


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def version(tool: str, *argv: str | Path) -> str | None:
    """The version when this very process was started with these arguments."""
    return observed_version(tool, ToolProcess(os.getpid(), (tool,), tuple(map(str, argv))))


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("claude", "@anthropic-ai/claude-code"),
        ("codex", "@openai/codex"),
        ("gemini", "@google/gemini-cli"),
    ],
)
def test_npm_package(tool: str, name: str, tmp_path: Path) -> None:
    """`node …/bin/tool`, where the command is a link into the package."""
    inside = program(package(tmp_path / "lib" / name, name, "1.2.3") / "bundle" / f"{tool}.js")
    link = tmp_path / "bin" / tool
    link.parent.mkdir()
    link.symlink_to(inside)
    assert version(tool, "node", link) == "1.2.3"
    assert version(tool, "node", "--no-warnings", link) == "1.2.3"


def test_platform_package(tmp_path: Path) -> None:
    """A native program inside a platform's package: its name has a suffix."""
    folder = package(tmp_path / "p", "@openai/codex-linux-x64", "0.169.0-linux-x64")
    assert version("codex", program(folder / "vendor" / "x86_64" / "codex")) == "0.169.0-linux-x64"


def test_native_installer(tmp_path: Path) -> None:
    """One file per version, named by it."""
    native = program(tmp_path / ".local" / "share" / "claude" / "versions" / "2.1.197")
    link = tmp_path / "claude"
    link.symlink_to(native)
    assert version("claude", link) == "2.1.197"


def test_version_of_the_interpreter_is_not_the_tools(tmp_path: Path) -> None:
    """`…/python/3.11.7/bin/python` runs many things."""
    script = program(tmp_path / "3.11.7" / "bin" / "python")
    assert version("codex", script) is None


def test_other_packages_on_the_way_up_do_not_count(tmp_path: Path) -> None:
    """The nearest package of the tool's name, beyond one that is another's."""
    outer = package(tmp_path / "outer", "@google/gemini-cli", "0.61.0")
    inner = package(outer / "node_modules" / "inner", "something", "9.9.9")
    assert version("gemini", program(inner / "gemini.js")) == "0.61.0"
    assert version("claude", program(inner / "claude.js")) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"name": "@openai/codex"}', "\x00"])
def test_broken_packages_tell_nothing(content: str, tmp_path: Path) -> None:
    """A file that is no package description is passed over."""
    (tmp_path / "package.json").write_text(content)
    assert version("codex", program(tmp_path / "codex.js")) is None


def test_binary_package_file_tells_nothing(tmp_path: Path) -> None:
    """Not even bytes that are no text."""
    (tmp_path / "package.json").write_bytes(b"\xff\xfe")
    assert version("codex", program(tmp_path / "codex.js")) is None


def test_gone_program_tells_nothing(tmp_path: Path) -> None:
    """An updater may have removed the program that still runs."""
    assert version("claude", tmp_path / "claude") is None
    assert observed_version("claude", ToolProcess(2**22 + 1, ("claude",), ("claude",))) is None
