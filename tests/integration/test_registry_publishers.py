"""Several processes at one registry: one owner wins and a killed writer harms nobody."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from houmao.registry.files import RecordProblem, Registry
from tests.unit.registry.documents import NOW, record

PUBLISH = """
import sys
from pathlib import Path
from houmao.errors import Conflict
from houmao.registry.files import Registry
from tests.unit.registry.documents import NOW, record
sys.stdin.readline()
try:
    Registry(Path(sys.argv[1])).publish(record(generation_id=sys.argv[2]), NOW)
except Conflict:
    print("conflict")
else:
    print("published")
"""

PUBLISH_FOR_EVER = """
import sys
from pathlib import Path
from houmao.registry.files import Registry
from tests.unit.registry.documents import NOW, record
registry = Registry(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    registry.publish(record(), NOW)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_one_process_wins(tmp_path: Path) -> None:
    """Of several processes that publish one id with own generations exactly one succeeds."""
    processes = [start(PUBLISH, str(tmp_path), f"gen-{n}") for n in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=30)[0].strip() for process in processes]
    assert sorted(answers) == ["conflict", "conflict", "conflict", "published"]
    winner = Registry(tmp_path).load("a1")
    assert winner is not None
    assert winner.generation_id == f"gen-{answers.index('published')}"


def test_a_killed_writer_leaves_a_whole_record_and_a_free_lock(tmp_path: Path) -> None:
    """After SIGKILL in the middle of writing the record is whole and others may go on."""
    with start(PUBLISH_FOR_EVER, str(tmp_path)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        registry = Registry(tmp_path)
        deadline = time.monotonic() + 20
        while registry.entry("a1").problem in (RecordProblem.MISSING, RecordProblem.HALF_WRITTEN):
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
    assert registry.load("a1") == record()
    registry.publish(record(session_name="next"), NOW)
    assert registry.load("a1") == record(session_name="next")
