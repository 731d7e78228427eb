"""The calls that CAO's tools make, by a caller who loses answers: what may be asked again, and how.

A launch has a key, so that it can be repeated. A message has none: after an answer that was lost it
is looked for in its receiver's inbox, and sent again when it is not there.
"""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests.live.headless import PROVIDERS
from tests.live.lab import came

#: Seconds in which a refused call is asked again.
AGAIN_SECONDS = 300.0
#: Seconds in which a message of a lost answer is looked for.
APPEARS_SECONDS = 10.0
SESSION = "cao-crew"


@dataclass(frozen=True, slots=True)
class CrewCalls:
    """A server of CAO's routes, and by what its agents are launched."""

    url: str
    profile: str

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The answer; None where it was lost, or the last refusal was one."""
        until = time.monotonic() + AGAIN_SECONDS
        again = method == "GET" or "idempotency_key" in query
        while time.monotonic() < until:
            try:
                found = httpx.request(method, self.url + path, params=query, json=body, timeout=180)
            except httpx.ConnectError:
                time.sleep(0.2)
                continue
            except httpx.HTTPError:
                if again:
                    continue
                return None
            # Only what anybody may ask again says after how long; a launch that is not up yet not.
            late = again and found.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            if "retry-after" not in found.headers and not late:
                break
            time.sleep(0.5)
        else:
            return None
        if found.status_code >= 300:
            sys.stderr.write(f"{method} {path}: {found.status_code} {found.text[:300]}\n")
            return None
        return found.json()

    def launch(self, tool: str, work: Path, message: str = "") -> str:
        """Id of a new terminal of the crew, empty when it did not come up."""
        query = {"agent_profile": self.profile, "provider": PROVIDERS[tool]}
        query |= {"working_directory": str(work), "idempotency_key": uuid4().hex}
        path, body = "/sessions", None
        if self.ask("GET", f"{path}/{SESSION}/terminals"):
            path = f"{path}/{SESSION}/terminals"
        else:
            query["session_name"] = SESSION
        if message:
            # CAO wants to be told that it need not wait for the tool.
            query["defer_init"], body = "true", {"initial_message": message}
        found = self.ask("POST", path, body, **query)
        return str(found["id"]) if found else ""

    def send(self, sender: str, receiver: str, text: str) -> bool:
        """Whether the message came into the receiver's inbox."""
        path, until = f"/terminals/{receiver}/inbox/messages", time.monotonic() + AGAIN_SECONDS

        def is_there() -> bool:
            return text in (it["message"] for it in self.inbox(receiver))

        while time.monotonic() < until:
            if self.ask("POST", path, sender_id=sender, message=text):
                return True
            if came(is_there, APPEARS_SECONDS):
                return True
        return False

    def inbox(self, terminal: str) -> list[Any]:
        """The messages that a terminal was sent."""
        return self.ask("GET", f"/terminals/{terminal}/inbox/messages", limit="100") or []


@dataclass(frozen=True, slots=True)
class CrewServer:
    """A server under test: who is asked, the folder of work, and the scripted API's log."""

    calls: CrewCalls
    work: Path
    log: Path
    #: Kills one of its processes at random, and tells which; empty when there was none.
    kill: Callable[[Random], str]


#: Starts it for the scripted API in a file, with the CLIs of some folders.
Starting = Callable[[Path, str], AbstractContextManager[CrewServer]]
