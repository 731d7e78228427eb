"""Questions read and answered through the API: real watch process, real tmux, stub agents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.request_client import RequestClient, request_client
from tests.integration.watching import Host
from tests.services import wait_until


@pytest.fixture
def asked(host: Host, tmp_path: Path) -> Iterator[RequestClient]:
    """A watched host without agents."""
    with request_client(host, tmp_path) as found:
        yield found


def opened(asked: RequestClient, agent_id: str = "alpha") -> str:
    """The digest of the question that the agent asks now."""
    wait_until(lambda: asked.dialog(agent_id)["dialog"] is not None, "the question is open")
    return str(asked.dialog(agent_id)["dialog"]["digest"])


def test_a_question_is_answered_once_and_gone(asked: RequestClient) -> None:
    """A digest of another question answers nothing; its own does."""
    asked.stub(tool="codex")
    assert asked.dialog()["blocked_on"] is None
    asked.ask("ask 0")
    digest = opened(asked)
    assert asked.dialog()["blocked_on"] == "approval"
    assert asked.reply("0" * 16, decision="approve")["outcome"] == "question_changed"
    assert opened(asked) == digest
    answered = asked.reply(digest, decision="approve")
    assert (answered["outcome"], answered["delivered"]) == ("answered", True)
    assert asked.reply(digest, decision="approve")["outcome"] == "question_changed"
    marks = asked.log("alpha").read_text()
    assert marks.count("dialog_answered") == 1
