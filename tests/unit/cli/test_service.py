"""The systemd unit: systemd itself reads it, and what cannot be in it is refused."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from houmao.cli.main import main
from houmao.cli.service import UNIT, unit_path, unit_text
from houmao.errors import UsageError

ODD = {"HOUMAO_A": 'a "b" \\ %h $HOME c', "PATH": "/bin:/usr/bin"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_can_read_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT
    unit.write_text(unit_text(ODD))
    argv = ("systemd-analyze", "--user", "verify", str(unit))
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, UNIT in done.stderr) == (0, False), done.stderr


def test_values_are_what_they_were() -> None:
    assert 'Environment="HOUMAO_A=a \\"b\\" \\\\ %%h $HOME c"\n' in unit_text(ODD)


def test_a_line_end_is_refused_without_its_text() -> None:
    with pytest.raises(UsageError) as raised:
        unit_text({"HOUMAO_A": "secret\nx"})
    assert raised.value.message == "HOUMAO_A holds a line end, which a unit cannot"


def test_without_systemd_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    told = CliRunner().invoke(main, ["service", "install"])
    assert "houmao-passive-server serve" in told.output
    assert not unit_path({"XDG_CONFIG_HOME": str(tmp_path)}).exists()
    told = CliRunner().invoke(main, ["service", "status", "--json"])
    assert json.loads(told.output)["installed"] is False
    assert "not installed" in CliRunner().invoke(main, ["service", "uninstall"]).output
