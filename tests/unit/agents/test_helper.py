"""The launch helper gives the tool its home, its credentials and its caller's words."""

import subprocess
from pathlib import Path

from houmao.agents.helper import Helper

#: Prints what it got, one a line.
STUB = '#!/bin/sh\nprintf "%s\\n" "$0" "$THE_HOME" "$KEY" "$@"\n'


def ran(folder: Path, helper: Helper, *words: str) -> list[str]:
    script = folder / "launch.sh"
    script.write_text(helper.text(), "utf-8")
    done = subprocess.run(["bash", script, *words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_runs_the_tool(tmp_path: Path) -> None:
    """Quotes, dollars and blanks arrive as they are."""
    stub = tmp_path / "the tool"
    stub.write_text(STUB)
    stub.chmod(0o700)
    secret = "a'b\"c $HOME `id`"
    helper = Helper("t", "/h o", "THE_HOME", {"KEY": secret}, (str(stub), "--x", "y z"))
    expected = [str(stub), "/h o", secret, "--x", "y z", "w 1", "--", ""]
    assert ran(tmp_path, helper, "w 1", "--", "") == expected


def test_unattended_runs_the_policy_first(tmp_path: Path) -> None:
    """The policy module is told tool, home, folder and arguments; the caller's words come last."""
    stub = tmp_path / "python"
    stub.write_text(STUB)
    stub.chmod(0o700)
    helper = Helper("codex", "/h", "THE_HOME", {"KEY": "k"}, ("codex", "--a b"), str(stub))
    words = ran(tmp_path, helper, "more")
    assert words[1:3] == ["/h", "k"]
    assert words[3:6] == ["-P", "-m", "houmao.agents.unattended"]
    assert "--launch-arg=--a b" in words
    assert words[words.index("--working-directory") + 1] == str(Path.cwd())
    assert words[-2:] == ["--", "more"]


def test_gemini_gets_both_names_of_its_home() -> None:
    text = Helper("gemini", "/h", "GEMINI_CLI_HOME", {}, ("gemini",)).text()
    assert "export GEMINI_CLI_HOME=/h\nexport GEMINI_HOME=/h\n" in text
