"""A tool is found by what its process is, not by where its name occurs."""

import os
import subprocess
import sys

import pytest

from houmao.tmux.process import ProcessFacts, ProcessTable, ToolProcess, names_of
from tests.services import wait_until


def facts(pid: int, words: str, name: str | None = None) -> ProcessFacts:
    """A process with these arguments; the kernel's name is the program's unless told."""
    argv = tuple(words.split())
    return ProcessFacts(pid, name or argv[0].rsplit("/", 1)[-1][:15], argv)


def table(*processes: tuple[int, int, ProcessFacts]) -> ProcessTable:
    """A made-up machine of (pid, parent, facts)."""
    known = {pid: it for pid, _, it in processes}
    return ProcessTable({pid: parent for pid, parent, _ in processes}, known.get)


def tool_in(words: str, tool: str, name: str | None = None) -> bool:
    """Whether a shell's only child with these arguments is taken for the tool."""
    made = table((1, 0, facts(1, "-bash", "bash")), (2, 1, facts(2, words, name)))
    return made.find_tool(1, tool) is not None


@pytest.mark.parametrize(
    ("words", "tool", "name"),
    [
        ("claude --resume", "claude", None),
        ("/opt/u/.local/bin/claude", "claude", "claude"),
        ("claude-code", "claude", None),
        ("/opt/u/.local/share/claude/versions/2.1.332 --resume", "claude", "2.1.332"),
        ("/opt/node_modules/@anthropic-ai/claude-code/bin/claude.exe", "claude", None),
        ("node /opt/node_modules/@google/gemini-cli/dist/index.js", "gemini", "node"),
        ("/srv/codex/v0.171.0-beta.1/bin/0.171.0", "codex", None),
        ("node /usr/lib/node_modules/.bin/claude", "claude", "node"),
        ("node --max-old-space-size=8192 /opt/@google/gemini-cli/bundle/gemini.js", "gemini", None),
        ("/usr/bin/node /usr/bin/codex --search", "codex", "MainThread"),
        ("/opt/node18 /usr/bin/codex", "codex", None),
        ("bun /usr/bin/gemini.mjs", "gemini", None),
        ("python3.11 /usr/bin/codex.py", "codex", None),
        ("bash /usr/local/bin/claude", "claude", None),
        ("/somewhere/else/renamed", "claude", "claude"),
        ("CLAUDE", "claude", None),
        ("-claude", "claude", "x"),
    ],
)
def test_tools_are_found(words: str, tool: str, name: str | None) -> None:
    """By command name, by argv[0], and by the script an interpreter runs."""
    assert tool_in(words, tool, name)


@pytest.mark.parametrize(
    "words",
    [
        "vim claude",
        "tail -f claude",
        "grep -r claude codex gemini",
        "less /opt/u/claude.js",
        "ssh host claude",
        "git clone https://example.org/claude",
        "node server.js claude",
        "node /opt/claude/server.js",
        "bash -c claude",
        "sh -lc codex",
        "python -c gemini",
        "claude2",
        "not-claude",
        "claudette",
        "xclaude",
        "gemini-server",
    ],
)
def test_look_alikes_are_not(words: str) -> None:
    """A name among the arguments, in a folder or as part of another name is no tool."""
    assert not any(tool_in(words, tool) for tool in ("claude", "codex", "gemini"))


def test_the_topmost_process_is_the_tool() -> None:
    """A launcher and the program it starts are one tool, with both names."""
    made = table(
        (1, 0, facts(1, "bash")),
        (2, 1, facts(2, "claude-code --x")),
        (3, 2, facts(3, "claude")),
        (4, 3, facts(4, "node mcp.js")),
    )
    assert made.find_tool(1, "claude") == ToolProcess(
        2, ("claude", "claude-code"), ("claude-code", "--x")
    )


def test_the_panes_own_process_may_be_the_tool() -> None:
    """A session that was started with the tool has no shell around it."""
    assert table((7, 1, facts(7, "codex"))).find_tool(7, "codex") == ToolProcess(
        7, ("codex",), ("codex",)
    )


def test_a_tool_that_serves_another_is_no_agent() -> None:
    """A codex below a claude belongs to the claude."""
    made = table((1, 0, facts(1, "bash")), (2, 1, facts(2, "claude")), (3, 2, facts(3, "codex")))
    assert set(made.find_tools(1)) == {"claude"}


def test_tools_side_by_side_are_each_found() -> None:
    """Two tools below one shell, one of them in the background."""
    made = table((1, 0, facts(1, "bash")), (2, 1, facts(2, "codex")), (3, 1, facts(3, "gemini")))
    assert {tool: it.pid for tool, it in made.find_tools(1).items()} == {"codex": 2, "gemini": 3}


def test_other_panes_tools_are_not_ours() -> None:
    """Only what runs below the pane counts, however deep."""
    made = table(
        (1, 0, facts(1, "tmux")),
        (2, 1, facts(2, "bash")),
        (3, 1, facts(3, "claude")),
        (4, 2, facts(4, "make")),
        (5, 4, facts(5, "codex")),
    )
    assert {tool: it.pid for tool, it in made.find_tools(2).items()} == {"codex": 5}


def test_vanished_processes_and_circles_do_no_harm() -> None:
    """Process ids end and are reused while the table is read."""
    gone = ProcessTable({2: 1, 3: 2}, {1: facts(1, "bash")}.get)
    assert [it.pid for it in gone.descend(1)] == [1]
    circle = table((1, 2, facts(1, "bash")), (2, 1, facts(2, "sleep 5")))
    assert [it.pid for it in circle.descend(1)] == [1, 2]
    assert list(circle.descend(99)) == []


def test_unknown_tool_is_never_found() -> None:
    """Nobody says how such a tool's process would be called."""
    assert not tool_in("aider", "aider")


def test_names_of_a_process_without_arguments() -> None:
    """Then the kernel's name is all there is."""
    assert names_of(ProcessFacts(1, "Codex", ())) == {"codex"}


def test_own_machine_is_read() -> None:
    """A real child that goes by a tool's name is found below us; once it ended, it is not."""
    with subprocess.Popen(
        ["claude", "-c", "import sys; sys.stdin.read()"],
        executable=sys.executable,
        stdin=subprocess.PIPE,
    ) as child:
        wait_until(lambda: found() == child.pid, "the child runs under its name")
        child.kill()
        # Nobody waited for it yet, so the kernel still lists it under its old name.
        wait_until(lambda: found() is None, "the zombie is not taken for the tool")
        assert child.returncode is None


def found() -> int | None:
    process = ProcessTable.read().find_tool(os.getpid(), "claude")
    return process.pid if process else None
