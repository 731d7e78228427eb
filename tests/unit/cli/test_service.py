"""The services: their managers can read the files, and what cannot be in one is refused."""

import json
import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from houmao.cli.main import main
from houmao.cli.service.launchd import Launchd
from houmao.cli.service.systemd import UNIT, Systemd
from houmao.errors import UsageError

ARGV = ("/usr/bin/python3", "-m", "houmao.serve.main", "serve")
LOG = Path("a folder/log")
ODD = {"HOUMAO_A": 'a "b" \\ %h $HOME c', "PATH": "/bin:/usr/bin"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_can_read_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT
    unit.write_text(Systemd().text(ARGV, ODD, LOG))
    argv = ("systemd-analyze", "--user", "verify", str(unit))
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, UNIT in done.stderr) == (0, False), done.stderr


def test_values_are_what_they_were() -> None:
    assert 'Environment="HOUMAO_A=a \\"b\\" \\\\ %%h $HOME c"\n' in Systemd().text(ARGV, ODD, LOG)


def test_a_line_end_is_refused_without_its_text() -> None:
    with pytest.raises(UsageError) as raised:
        Systemd().text(ARGV, {"HOUMAO_A": "secret\nx"}, LOG)
    assert raised.value.message == "HOUMAO_A holds a line end, which a unit cannot"


def test_without_systemd_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    told = CliRunner().invoke(main, ["service", "install"])
    assert "houmao-passive-server serve" in told.output
    assert not Systemd().path({"XDG_CONFIG_HOME": str(tmp_path)}).exists()
    told = CliRunner().invoke(main, ["service", "status", "--json"])
    assert json.loads(told.output)["installed"] is False
    assert "not installed" in CliRunner().invoke(main, ["service", "uninstall"]).output


def test_launchd_can_read_it_with_every_value() -> None:
    values = {**ODD, "HOUMAO_A": "<a> & \nb"}
    agent = plistlib.loads(Launchd().text(ARGV, values, LOG).encode())
    assert agent["ProgramArguments"] == list(ARGV)
    assert agent["EnvironmentVariables"] == values
    assert agent["KeepAlive"] == {"SuccessfulExit": False}


#: A launchctl that notes what it is asked for, and knows an agent from bootstrap to bootout.
LAUNCHCTL = """\
#!/bin/sh
here=$(dirname "$0")
echo "$1" >> "$here/asked"
case $1 in
  bootstrap) [ -e "$here/loaded" ] && { echo "already there" >&2; exit 5; }; : > "$here/loaded" ;;
  bootout) rm "$here/loaded" ;;
  print) [ -e "$here/loaded" ] && echo "	state = running" ;;
esac
"""


def test_launchd_has_the_agent_until_it_is_uninstalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second installation takes the place of the first."""
    program = tmp_path / "bin" / "launchctl"
    program.parent.mkdir()
    program.write_text(LAUNCHCTL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "Library" / "LaunchAgents" / "houmao.plist"

    def told(command: str) -> str:
        return CliRunner().invoke(main, ["service", command]).output

    for _ in range(2):
        assert told("install") == "houmao.plist runs; `houmao-mgr server logs` shows what it says\n"
    assert told("status") == f"{path}: running\n"
    assert plistlib.loads(path.read_bytes())["Label"] == "houmao"
    assert told("uninstall") == "houmao.plist is removed\n"
    assert (path.exists(), told("status")) == (False, "the service is not installed\n")
    asked = (program.parent / "asked").read_text().split()
    assert [it for it in asked if it != "print"] == ["bootstrap", "bootout", "bootstrap", "bootout"]
