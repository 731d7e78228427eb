"""What a process and its children say, kept in a file beside what is shown."""

import stat
import subprocess
import sys
from pathlib import Path

from houmao.serve.log_file import FILE_BYTES, OLDER_FILES, log_path

SAY = r"""
import subprocess, sys
from pathlib import Path
from houmao.serve.log_file import kept_log

with kept_log(Path(sys.argv[1])):
    print("before", file=sys.stderr)
    code = r"import sys; sys.stderr.write(('x' * 999 + '\n') * int(sys.argv[1]) + 'last\n')"
    subprocess.run([sys.executable, "-c", code, sys.argv[2]])
print("after", file=sys.stderr)
"""


def say(path: Path, thousands: int, shown: int) -> "subprocess.CompletedProcess[bytes]":
    argv = [sys.executable, "-c", SAY, str(path), str(thousands)]
    return subprocess.run(argv, stderr=shown, check=True)


def test_all_is_shown_and_kept(tmp_path: Path) -> None:
    """Own lines and a child's, for the owner alone; nothing of what comes after."""
    path = log_path(tmp_path / "logs", "web")
    done = say(path, 0, subprocess.PIPE)
    assert done.stderr.decode().splitlines() == ["before", "last", "after"]
    assert path.read_text().splitlines() == ["before", "last"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_files_stay_small(tmp_path: Path) -> None:
    """More than fits is spread over the newest files, and the oldest lines are let go."""
    path = log_path(tmp_path, "web")
    say(path, FILE_BYTES * (OLDER_FILES + 2) // 1000, subprocess.DEVNULL)
    files = sorted(tmp_path.iterdir())
    assert [it.name for it in files] == [path.name, *(f"{path.name}.{n}" for n in (1, 2, 3))]
    assert all(it.stat().st_size <= FILE_BYTES for it in files)
    assert path.read_text().endswith("last\n")
    assert "before" not in (tmp_path / f"{path.name}.{OLDER_FILES}").read_text()


def test_a_server_that_writes_there_already_writes_once(tmp_path: Path) -> None:
    """As one that was started in the background."""
    path = log_path(tmp_path, "houmao-server")
    with path.open("ab") as shown:
        say(path, 0, shown.fileno())
    assert path.read_text().splitlines() == ["before", "last", "after"]


def test_a_reader_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    """A terminal that was closed costs what was shown there, and no line of the file."""
    path = log_path(tmp_path, "web")
    argv = [sys.executable, "-c", SAY.replace('\nprint("after", file=sys.stderr)', ""), str(path)]
    with subprocess.Popen([*argv, "1"], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.wait(20) == 0
    assert path.read_text().splitlines()[-1] == "last"
