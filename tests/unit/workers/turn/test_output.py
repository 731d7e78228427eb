"""A turn's output becomes events, each once, whoever reads it and how often."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.headless import runner
from houmao.headless.files import EVENTS
from houmao.headless.reading import Said
from houmao.headless.records import TurnRecord
from houmao.headless.told_events import entry_of
from tests.unit.headless.test_records import RECORD
from workers.turn.output import TurnOutput, events_of, told_by

LINES = [
    {"type": "system", "subtype": "init", "session_id": "s1"},
    {
        "type": "assistant",
        "session_id": "s1",
        "message": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "ü"}]},
    },
    {"type": "result", "subtype": "success", "is_error": False, "result": "ü", "session_id": "s1"},
]
TEXT = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES).encode()


@pytest.fixture
def record(tmp_path: Path) -> TurnRecord:
    return replace(RECORD, turn_artifact_dir=str(tmp_path))


def read(output: TurnOutput, *, final: bool = False) -> list[str]:
    found = output.read(lambda: 0.0, final=final)
    return [json.loads(text)["message"] for _, text in found]


def told(tmp_path: Path) -> list[str]:
    return [json.loads(text)["message"] for _, text in events_of(tmp_path / EVENTS)]


def test_lines_become_events_as_they_are_written(record: TurnRecord, tmp_path: Path) -> None:
    """Half a line waits for its other half; a last line without an end counts at the end."""
    output = TurnOutput(record)
    assert read(output) == []
    file = tmp_path / runner.STDOUT
    file.write_bytes(TEXT[:-20])
    assert read(output) == ["started", "a", "ü"]
    assert read(output) == []
    with file.open("ab") as rest:
        rest.write(TEXT[-20:].rstrip(b"\n"))
    assert read(output) == []
    assert read(output, final=True) == ["ü"]
    assert output.told.said is Said.SUCCESS
    assert (output.count, told(tmp_path)) == (4, ["started", "a", "ü", "ü"])


def test_both_outputs_are_read(record: TurnRecord, tmp_path: Path) -> None:
    (tmp_path / runner.STDOUT).write_bytes(TEXT)
    (tmp_path / runner.STDERR).write_text("something broke\n")
    output = TurnOutput(record)
    assert "something broke" in read(output)
    assert output.told.complaint == ("something broke",)


@pytest.mark.parametrize("seed", range(20))
def test_whoever_goes_on_tells_the_rest_and_nothing_twice(
    record: TurnRecord, tmp_path: Path, seed: int
) -> None:
    """Readers that end anywhere, even in the middle of writing an event."""
    dice = random.Random(seed)
    (tmp_path / runner.STDERR).write_text("one\ntwo\n")
    written = 0
    while written < len(TEXT):
        output = TurnOutput(record)
        with (tmp_path / runner.STDOUT).open("ab") as file:
            step = dice.randint(1, 120)
            file.write(TEXT[written : written + step])
            written += step
        read(output)
        log = tmp_path / EVENTS
        whole = log.read_bytes()
        if dice.random() < 0.5 and whole:
            log.write_bytes(whole[: -dice.randint(1, min(60, len(whole)))])
    output = TurnOutput(record)
    read(output, final=True)
    messages = told(tmp_path)
    assert [it for it in messages if it not in ("one", "two")] == ["started", "a", "ü", "ü"]
    assert [it for it in messages if it in ("one", "two")] == ["one", "two"]
    assert output.count == len(messages)
    assert output.told.session_id == "s1"


def test_without_its_events_a_turn_is_told_by_what_the_tool_wrote(
    tmp_path: Path, record: TurnRecord
) -> None:
    """Each line as the tool calls it; with their file the events win."""
    (tmp_path / runner.STDOUT).write_bytes(TEXT + b"\nno json")
    found = [json.loads(text) for _, text in told_by(record)]
    assert [entry["kind"] for entry in found] == ["system", "assistant", "result", "diagnostic"]
    assert found[2]["message"] == "ü"
    read(TurnOutput(record), final=True)
    assert [json.loads(text)["kind"] for _, text in told_by(record)][-1] == "diagnostic"
    assert [json.loads(text)["message"] for _, text in told_by(record)] == told(tmp_path)


def test_a_link_in_the_place_of_a_file_is_not_followed(record: TurnRecord, tmp_path: Path) -> None:
    """What a tool's user may read is not told as what the tool has printed, nor written to."""
    secret = tmp_path.parent / "secret"
    secret.write_text("s3cret\n")
    for name in (runner.STDOUT, EVENTS):
        (tmp_path / name).symlink_to(secret)
    output = TurnOutput(record)
    assert read(output, final=True) == []
    (tmp_path / runner.STDOUT).unlink()
    (tmp_path / runner.STDOUT).write_bytes(TEXT)
    assert read(output, final=True) == ["started", "a", "ü", "ü"]
    assert secret.read_text() == "s3cret\n"
    assert told(tmp_path) == ["started", "a", "ü", "ü"]


@pytest.mark.parametrize(
    "line", ["", "no json", "[]", "{}", '{"kind": "x", "timestamp_utc": "never"}']
)
def test_a_spoiled_line_is_told_as_it_is(record: TurnRecord, line: str) -> None:
    """It fails nobody's call."""
    entry = entry_of(line, record)
    assert (entry["kind"], entry["payload"]) == ("diagnostic", {"raw": line})
