"""CAO's own unmodified programs, with our server in place of theirs."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.integration.serving import Server
from tests.services import wait_until

ASK = Path(__file__).with_name("ask_over_mcp.py")


@dataclass(frozen=True, slots=True)
class Cao:
    """CAO's programs, in a home of their own, with our server in place of theirs."""

    programs: Path
    server: Server
    home: Path
    #: What its agents are launched by.
    profile: str

    def environ(self, terminal_id: str | None = None) -> dict[str, str]:
        found = {
            "HOME": str(self.home),
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "CAO_API_PORT": str(self.server.settings.port),
            "LANG": "C.UTF-8",
        }
        return {**found, "CAO_TERMINAL_ID": terminal_id} if terminal_id else found

    def run(self, *words: str, terminal_id: str | None = None) -> str:
        """What `cao` prints; a failure fails the test."""
        done = subprocess.run(
            [str(self.programs / "cao"), *words],
            env=self.environ(terminal_id),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{words[:2]}: {done.stderr[-600:]}"
        return done.stdout

    def tools(self, terminal_id: str, *calls: tuple[str, Mapping[str, object]]) -> list[Any]:
        """What `cao-mcp-server` tells the agent of that terminal, call by call."""
        done = subprocess.run(
            [str(self.programs / "python"), str(ASK), str(self.programs / "cao-mcp-server")],
            env=self.environ(terminal_id),
            cwd=self.home,
            input=json.dumps(calls),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-600:]
        told: list[Any] = json.loads(done.stdout)
        return told

    def get(self, path: str, **query: str) -> Any:
        url = f"http://127.0.0.1:{self.server.settings.port}{path}"
        answer = httpx.get(url, params=query)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def post(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self.server.settings.port}{path}"
        answer = httpx.post(url, json={}, timeout=60)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def delivered(self, terminal_id: str, *texts: str) -> None:
        """These messages reach the terminal, in this order, and no others."""

        def inbox() -> list[Any]:
            told: list[Any] = self.get(f"/terminals/{terminal_id}/inbox/messages", limit="50")
            return told[::-1]

        wait_until(
            lambda: [it["status"] for it in inbox()] == ["delivered"] * len(texts), "delivered", 60
        )
        for message, text in zip(inbox(), texts, strict=True):
            assert text in message["message"]

    def launch(self, name: str, *words: str, provider: str = "codex") -> Mapping[str, Any]:
        """The first terminal of a new session."""
        self.run(
            "launch", "--headless", "--agents", self.profile, "--provider", provider, "--yolo",
            "--session-name", name, "--working-directory", str(self.home), *words,
        )  # fmt: skip
        listed = self.get(f"/sessions/cao-{name}/terminals")
        found: Mapping[str, Any] = self.get(f"/terminals/{listed[0]['id']}")
        return found
