"""One turn followed to its end: real runners and real tools, without tmux and without Redis."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.demo import headless_cli
from houmao.headless import runner
from houmao.headless.files import AgentFiles
from houmao.headless.records import TurnRecord, document
from houmao.headless.turn_status import TurnStatus
from tests.services import wait_until
from tests.unit.headless.test_records import AUTHORITY, RECORD
from workers.turn.follower import START_SECONDS, TurnFollower
from workers.turn.process import process_of


@pytest.fixture
def files(tmp_path: Path) -> AgentFiles:
    found = AgentFiles(tmp_path)
    found.keep(AUTHORITY)
    return found


def claimed(files: AgentFiles, **changes: object) -> TurnRecord:
    folder = files.folder(RECORD.tracked_agent_id, RECORD.turn_id)
    plain = replace(RECORD, turn_artifact_dir=str(folder), started_at=time.time())
    record = replace(plain, runner_pid=None, child_pid=None, limit_seconds=None)
    record = replace(record, **changes)  # type: ignore[arg-type]
    assert files.claim(record)
    return record


def prepare(files: AgentFiles, record: TurnRecord, prompt: str) -> None:
    """Let a runner take a run of the stand-in tool."""
    stub = [sys.executable, "-I", "-S", headless_cli.__file__, "claude"]
    argv = [*stub, "-p", "--output-format", "stream-json"]
    folder = record.turn_artifact_dir
    environ = {"CLAUDE_CONFIG_DIR": folder, "STUB_LOG": f"{folder}/stub.log"}
    files.prepare(record, {"argv": argv, "stdin": prompt, "cwd": folder, "environ": environ})


@contextmanager
def runners(record: TurnRecord, count: int = 1) -> "Iterator[list[subprocess.Popen[bytes]]]":
    """Runners that become a shell which ends at once."""
    words = [sys.executable, "-I", "-S", str(runner.__file__), record.turn_artifact_dir]
    environ = {**os.environ, "SHELL": "/bin/true"}
    quiet = subprocess.DEVNULL
    found = [subprocess.Popen(words, env=environ, stdout=quiet) for _ in range(count)]
    try:
        yield found
    finally:
        for process in found:
            process.terminate()
            process.wait(10)


def ended(found: TurnFollower, seconds: float = 10.0) -> TurnRecord:
    def over() -> bool:
        found.check()
        return not found.record.active

    wait_until(over, "the turn is over", seconds)
    return found.record


def test_a_turn_to_its_end(files: AgentFiles) -> None:
    """Its record says everything; what was secret is gone."""
    record = claimed(files)
    prepare(files, record, "say hello")
    with runners(record):
        told = ended(TurnFollower(record, files, time.time))
    assert (told.status, told.answer, told.returncode) == (TurnStatus.COMPLETED, "hello", 0)
    assert told.provider_session_id is not None
    assert told.events == 3
    assert told.stdout_path is not None
    kept = files.turn(record.tracked_agent_id, record.turn_id)
    assert kept is not None
    assert document(kept) == document(told)
    folder = Path(record.turn_artifact_dir)
    assert not (folder / runner.RUN).exists()
    assert not (folder / runner.TAKEN).exists()


def test_of_all_runners_one_runs_the_tool(files: AgentFiles) -> None:
    record = claimed(files)
    prepare(files, record, "say hello")
    with runners(record, count=5):
        ended(TurnFollower(record, files, time.time))
    log = Path(record.turn_artifact_dir) / "stub.log"
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["begin", "end"]


def test_a_tool_that_heeds_no_signal_is_killed_in_the_end(files: AgentFiles) -> None:
    """Time passes on a clock of its own; each sign comes when it is due."""
    record = claimed(files, limit_seconds=100)
    prepare(files, record, "deaf 60 never")
    clock = [record.started_at]
    found = TurnFollower(record, files, lambda: clock[0])
    with runners(record):
        log = Path(record.turn_artifact_dir) / "stub.log"
        wait_until(log.exists, "the tool runs")
        found.check()
        clock[0] += 101
        found.check()
        assert found.record.timed_out_at is not None
        clock[0] += 6
        found.check()
        assert found.record.active
        clock[0] += 5
        told = ended(found)
    assert (told.status, told.returncode) == (TurnStatus.FAILED, -9)
    assert "time limit" in (told.error or "")


def test_an_interrupt_outlives_who_took_it(files: AgentFiles) -> None:
    """It is on disk before anything is signalled, and whoever follows next sees to it."""
    record = claimed(files)
    prepare(files, record, "slow 60 never")
    first = TurnFollower(record, files, time.time)
    first.interrupt()
    kept = files.active(record.tracked_agent_id)
    assert kept is not None
    assert kept.interrupt_requested_at is not None
    with runners(record):
        log = Path(record.turn_artifact_dir) / "stub.log"
        wait_until(log.exists, "the tool runs")
        told = ended(TurnFollower(kept, files, time.time))
    assert told.status is TurnStatus.INTERRUPTED


def test_a_runner_that_never_comes_cannot_come_later(files: AgentFiles) -> None:
    record = claimed(files, started_at=time.time() - START_SECONDS - 1)
    prepare(files, record, "say hello")
    found = TurnFollower(record, files, time.time)
    found.check()
    assert found.record.status is TurnStatus.ABANDONED
    with runners(record) as (late,):
        late.wait(10)
    assert not (Path(record.turn_artifact_dir) / "stub.log").exists()


def test_a_runner_and_a_tool_that_are_lost(files: AgentFiles) -> None:
    """Nobody is left to tell how the turn ended."""
    record = claimed(files)
    prepare(files, record, "slow 60 never")
    with runners(record) as (process,):
        folder = Path(record.turn_artifact_dir)
        wait_until((folder / "stub.log").exists, "the tool runs")
        found = process_of(folder)
        assert found is not None
        assert found.child_pid is not None
        process.kill()
        process.wait()
        os.kill(found.child_pid, 9)
        told = ended(TurnFollower(record, files, time.time))
    assert (told.status, told.returncode) == (TurnStatus.ABANDONED, None)
    assert told.completion_source == "process_lost"


def test_a_final_record_is_never_written_again(files: AgentFiles) -> None:
    record = claimed(files)
    final = replace(record, status=TurnStatus.COMPLETED, completed_at=time.time(), events=9)
    files.save(final)
    (Path(record.turn_artifact_dir) / runner.EXIT_CODE).write_text("1\n")
    found = TurnFollower(final, files, time.time)
    found.look()
    found.check()
    kept = files.turn(record.tracked_agent_id, record.turn_id)
    assert kept is not None
    assert document(kept) == document(final)


def test_a_tool_that_is_not_there(files: AgentFiles) -> None:
    record = claimed(files)
    folder = record.turn_artifact_dir
    files.prepare(record, {"argv": ["no-such-tool"], "cwd": folder, "environ": {}})
    with runners(record):
        told = ended(TurnFollower(record, files, time.time))
    assert (told.status, told.returncode) == (TurnStatus.FAILED, runner.NOT_STARTED)
    assert "no-such-tool cannot be started" in (told.error or "")
    assert json.loads((Path(folder) / "process.json").read_text())["child_pid"]


def test_a_prompt_on_standard_input_arrives_as_it_is_and_leaves_no_file(files: AgentFiles) -> None:
    record = claimed(files)
    folder = Path(record.turn_artifact_dir)
    run = {"argv": ["cat"], "cwd": str(folder), "environ": {}, "stdin": '- "go"\n\tü'}
    files.prepare(record, run)
    with runners(record):
        ended(TurnFollower(record, files, time.time))
    assert (folder / runner.STDOUT).read_text("utf-8") == '- "go"\n\tü'
    assert not list(folder.glob("stdin*"))
