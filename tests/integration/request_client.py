"""A watched host with its API in this process: prompts go the whole way, without HTTP sockets.

The watch process is the real one, so are its queue, Redis and tmux; the agents are stubs that
note every prompt they get.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from houmao.api.app import create_app
from houmao.jobs import Jobs
from houmao.state.connect import PROMPT, PROMPT_JOBS, connect
from tests.integration.watching import Host
from tests.services import wait_until


@dataclass
class RequestClient:
    """Where a test asks agents for something."""

    host: Host
    api: FlaskClient
    watch: "subprocess.Popen[bytes]"
    folder: Path

    def stub(self, agent_id: str = "alpha", *options: str, tool: str = "claude") -> str:
        """A ready stub agent; its pane's id."""
        pane = self.host.stub(agent_id, "--truth", str(self.log(agent_id)), *options, tool=tool)
        self.host.await_phase(agent_id, "ready")
        return pane

    def log(self, agent_id: str) -> Path:
        return self.folder / f"{agent_id}.jsonl"

    def got(self, agent_id: str = "alpha") -> list[str]:
        """Every prompt that began a turn of the agent, in order."""
        lines = self.log(agent_id).read_text().splitlines() if self.log(agent_id).exists() else []
        return [it["prompt"] for it in map(json.loads, lines) if it["mark"] == "turn_begin"]

    def ask(
        self, prompt: str, agent_id: str = "alpha", key: str | None = None, **query: object
    ) -> Any:
        """The answer to a prompt that was taken; it waits for the end of the delivery."""
        answer = self.api.post(
            f"/houmao/agents/{agent_id}/requests",
            json={"prompt": prompt},
            query_string={"wait": 15, "extended": "true", **query},
            headers={"Idempotency-Key": key} if key else {},
        )
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def dialog(self, agent_id: str = "alpha") -> Any:
        """What the agent asks now."""
        return self.api.get(f"/houmao/agents/{agent_id}/dialog").get_json()

    def reply(self, digest: str, agent_id: str = "alpha", **answer: object) -> Any:
        """How a reply to the question of that digest went."""
        found = self.api.post(
            f"/houmao/agents/{agent_id}/reply",
            json={"digest": digest, **answer},
            query_string={"wait": 15, "extended": "true"},
        )
        assert found.status_code == 200, found.text
        return found.get_json()

    def request(self, request_id: str, agent_id: str = "alpha", **query: object) -> Any:
        """How a request stands, or stood when its agent was there."""
        path = f"/houmao/agents/{agent_id}/requests/{request_id}"
        answer = self.api.get(path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def await_outcome(self, request_id: str, wanted: str, agent_id: str = "alpha") -> None:
        found = self.request(request_id, agent_id, wait=15)
        assert found["outcome"] == wanted, found

    def screen(self, agent_id: str = "alpha") -> str:
        """What a person sees in the agent's pane."""
        return self.host.tmux.run("capture-pane", "-p", "-t", f"={agent_id}:")

    def keys(self, agent_id: str, *keys: str) -> None:
        """What a person types into the agent's pane."""
        self.host.tmux.run("send-keys", "-t", f"={agent_id}:", *keys)

    def kill_watch(self) -> None:
        """End the watch process without a chance to finish anything, and start another."""
        self.watch.kill()
        self.watch.wait()


@contextmanager
def request_client(host: Host, folder: Path) -> Iterator[RequestClient]:
    """The host, watched, and its API."""
    url = host.settings.effective_redis_url
    app = create_app(host.settings, connect(url, PROMPT), Jobs(connect(url, PROMPT_JOBS)))
    with host.watch_process() as watch:
        wait_until(lambda: bool(host.owner()), "the host is watched")
        yield RequestClient(host, app.test_client(), watch, folder)
