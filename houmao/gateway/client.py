"""One call to a gateway, and what its failures mean. It knows no route and no agent.

`http.client` is used because it looks at no proxy variable.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from houmao.clock import monotonic
from houmao.errors import HoumaoError

#: Seconds for one call.
TIMEOUT_SECONDS = 5.0

#: Bytes of one answer at most.
LARGEST_ANSWER = 16 * 1024 * 1024


class GatewayAway(HoumaoError):
    """No gateway answers, or not with what a gateway says."""

    http_status = 502


class GatewayGone(GatewayAway):
    """Nothing listens where the gateway was: nobody has got what was sent."""


class GatewayRefused(HoumaoError):
    """The gateway understood and said no; `detail` is what it said, of whatever shape."""

    http_status = 502

    def __init__(self, status: int, detail: object) -> None:
        text = detail if isinstance(detail, str) else json.dumps(detail)
        super().__init__(f"the gateway answered {status}: {text}")
        self.status, self.detail = status, detail


@dataclass(frozen=True, slots=True)
class GatewayClient:
    """A gateway's address; each call has a connection of its own and is tried once."""

    host: str
    port: int
    token: str | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    largest_answer: int = LARGEST_ANSWER

    def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises GatewayAway and GatewayRefused."""
        try:
            status, text = self._exchange(method, path, body, headers or {})
        except ConnectionRefusedError as error:
            raise GatewayGone(f"no gateway listens at {self._address} any more") from error
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise GatewayAway(f"the gateway at {self._address} does not answer: {why}") from error
        if status >= 300:
            raise GatewayRefused(status, _detail(text))
        found = _json(text)
        if not isinstance(found, dict):
            raise GatewayAway(f"the gateway at {self._address} answers with something else")
        return found

    @property
    def _address(self) -> str:
        return f"{self.host}:{self.port}"

    def _exchange(
        self, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        reachable = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        deadline = monotonic() + self.timeout_seconds
        connection = http.client.HTTPConnection(reachable, self.port, timeout=self.timeout_seconds)
        sent = {"Accept": "application/json", **headers}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            return response.status, self._read_until(response, deadline).decode("utf-8", "replace")
        finally:
            connection.close()

    def _read_until(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        # The socket's timeout bounds each read; a body that drips byte by byte needs a deadline.
        body = b""
        while chunk := response.read1(self.largest_answer):
            body += chunk
            if len(body) > self.largest_answer or monotonic() > deadline:
                raise TimeoutError("its answer is too slow or too long")
        return body


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _detail(text: str) -> object:
    """What an error's body says: its `detail` if it has one, else all of it."""
    found = _json(text)
    if isinstance(found, dict):
        return found.get("detail", found)
    return text if found is None else json.dumps(found)
