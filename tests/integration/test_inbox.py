"""CAO's inbox with the real watch process: a message waits for a person and is passed meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from houmao.server_kind import ServerKind
from houmao.state.cao import CaoStore
from houmao.terminals.cao import CaoTerminal
from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until

ID = "0a1b2c3d"


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    """A watched host, with the API of the pair, and a terminal for the agent to come."""
    pair = replace(host, settings=replace(host.settings, service=ServerKind.PAIR))
    terminal = CaoTerminal(ID, "cao-crew", "coder-1", "claude_code", "coder", "", 0.0)
    CaoStore(host.redis).put(replace(terminal, host=host.settings.host_id))
    with request_client(pair, tmp_path) as found:
        yield found


def send(asked: RequestClient, text: str, sender: str = "boss") -> None:
    query = {"sender_id": sender, "message": text}
    answer = asked.api.post(f"/terminals/{ID}/inbox/messages", query_string=query)
    assert answer.status_code == 200, answer.text


def inbox(asked: RequestClient) -> list[Any]:
    """How the messages stand, oldest first."""
    found = asked.api.get(f"/terminals/{ID}/inbox/messages").get_json()
    return list(reversed(found))


def blocked_on(asked: RequestClient) -> str | None:
    return str(asked.dialog(ID)["blocked_on"])


def test_messages_wait_for_a_person_and_are_passed_by_keys(asked: RequestClient) -> None:
    """They say why they wait; a prompt and a key go past them; then they come in order."""
    asked.stub(ID, "--turn-seconds", "0.3")
    asked.ask("ask 0", ID, wait_for="delivery")
    wait_until(lambda: blocked_on(asked) == "approval", "the dialog is seen")
    for number in range(3):
        send(asked, f"message {number}")
    wait_until(lambda: "approval" in inbox(asked)[0]["reason"], "the first says why it waits")
    assert [it["status"] for it in inbox(asked)] == ["pending"] * 3
    assert asked.ask("a prompt", ID)["outcome"] == "blocked"
    assert asked.got(ID) == ["ask 0"]
    unknown = asked.api.post(f"/terminals/{ID}/key", query_string={"key": "F99"})
    assert unknown.status_code == 422
    assert asked.api.post(f"/terminals/{ID}/key", query_string={"key": "1"}).status_code == 200
    wait_until(lambda: [it["status"] for it in inbox(asked)] == ["delivered"] * 3, "they came", 30)
    assert asked.got(ID) == ["ask 0", "message 0", "message 1", "message 2"]


def test_an_interrupt_passes_waiting_messages(asked: RequestClient) -> None:
    """Escape refuses the approval, and the message comes."""
    asked.stub(ID, "--turn-seconds", "0.3")
    asked.ask("ask 0", ID, wait_for="delivery")
    wait_until(lambda: blocked_on(asked) == "approval", "the dialog is seen")
    send(asked, "a message")
    assert asked.api.post(f"/terminals/{ID}/key", query_string={"key": "C-c"}).status_code == 200
    wait_until(lambda: inbox(asked)[0]["status"] == "delivered", "it came", 30)
    assert asked.got(ID) == ["ask 0", "a message"]


def test_a_waiting_message_outlives_the_watch_process(asked: RequestClient) -> None:
    asked.stub(ID, "--turn-seconds", "0.3")
    asked.ask("ask 0", ID, wait_for="delivery")
    wait_until(lambda: blocked_on(asked) == "approval", "the dialog is seen")
    send(asked, "a message")
    wait_until(lambda: "approval" in inbox(asked)[0]["reason"], "it says why it waits")
    asked.kill_watch()
    with asked.host.watch_process():
        asked.keys(ID, "1")
        wait_until(lambda: inbox(asked)[0]["status"] == "delivered", "it came", 30)
    assert asked.got(ID) == ["ask 0", "a message"]
