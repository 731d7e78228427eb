"""The script that runs a tool does what its text says, with any words and after any end."""

import subprocess
from pathlib import Path

import pytest

from houmao.sessions.processes.script import ProviderScript


def run(
    folder: Path, *argv: str, search_path: str | None = None
) -> "subprocess.CompletedProcess[str]":
    script = ProviderScript(
        tool="codex",
        working_directory=str(folder),
        argv=argv,
        exit_code_path=str(folder / "exit code"),
        search_path=search_path,
    )
    path = folder / "provider.sh"
    path.write_text(script.text())
    # The shell that stays behind ends at once, since nobody types into it.
    return subprocess.run(
        ["/bin/sh", str(path)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HOME": str(folder)},
        check=False,
    )


@pytest.mark.parametrize("word", ["it's", 'say "hi"', "$HOME `id` \\", "two\nlines", "-n", ""])
def test_words_arrive_as_they_are(tmp_path: Path, word: str) -> None:
    assert run(tmp_path, "printf", "%s|", "x", word).stdout.startswith(f"x|{word}|")


def test_it_runs_where_and_finds_programs_as_it_is_told_to(tmp_path: Path) -> None:
    folder = tmp_path / "it's here"
    folder.mkdir()
    assert run(folder, "pwd").stdout.splitlines()[0] == str(folder)
    assert "PATH=/usr/bin:/a b\n" in run(folder, "env", search_path="/usr/bin:/a b").stdout


def test_the_exit_code_is_told_and_kept(tmp_path: Path) -> None:
    """A person reads it in the pane, a program in the file."""
    assert "codex ended with exit code 7" in run(tmp_path, "sh", "-c", "exit 7").stdout
    assert (tmp_path / "exit code").read_text() == "7\n"


def test_a_folder_that_is_gone_is_an_exit_code(tmp_path: Path) -> None:
    """The tool never runs somewhere else instead."""
    script = ProviderScript("codex", "/nowhere", ("echo", "ran"), str(tmp_path / "code"))
    done = subprocess.run(
        ["/bin/sh", "-c", script.text()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"SHELL": "/bin/true", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert "ran" not in done.stdout.splitlines()
    assert (tmp_path / "code").read_text() != "0\n"
