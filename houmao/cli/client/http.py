"""The one HTTP call of the command line, and what its failures mean to the person who typed.

`http.client` and not a larger client: it starts in a sixth of the time and never looks at
proxy variables, which must not divert loopback traffic. Knows no route but `/health`.
Every JSON call asks for our additions to the contract, too.
"""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from houmao.errors import HoumaoError

#: A JSON object as the server sent it. `Any`: its shape is the server's promise, not ours.
Answer = Mapping[str, Any]

#: Values of `houmao_service` in `/health` that mark a server we may talk to.
SERVICES = ("houmao-passive-server", "houmao-server")

#: Seconds a stream may be silent; servers say that they are alive every few seconds.
SILENCE_SECONDS = 15.0

_LOOPBACK = "127.0.0.1"


class Unreachable(HoumaoError):
    """Nothing answers at the server's address; `refused` when nothing even listens there."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class NotHoumao(HoumaoError):
    """Something answers, but it is no Houmao server."""


class Refused(HoumaoError):
    """The server understood and said no; the message is its `detail`.

    `reason` is its word for a text that it refused, empty for anything else.
    """

    def __init__(self, message: str, status: int, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def away(self) -> bool:
        """Whether it only cannot answer now: asking again may help."""
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(slots=True)
class Server:
    """The server on one loopback port. One connection, opened on first use and kept."""

    port: int
    timeout_seconds: float = 10.0
    #: Shown to a recognised server; never to a stranger on the port.
    token: str | None = field(default=None, repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _recognised: bool = False

    @property
    def base_url(self) -> str:
        """URL without trailing slash."""
        return f"http://{_LOOPBACK}:{self.port}"

    def get(self, *path: str, **query: object) -> Answer:
        """The JSON object at `/<path>/<path>...`; each part is percent-encoded.

        Raises Unreachable, NotHoumao or Refused.
        """
        return self._checked("GET", path, query)

    def text(self, *path: str) -> str:
        """The text at that path, whatever characters it holds; errors as for `get`."""
        self._recognise()
        response, body = self._exchange("GET", _target(path, {}), {"Accept": "text/plain"}, None)
        if response.status >= 400:
            raise self._refusal(response, self._json(body))
        return body.decode("utf-8", "replace")

    def post(
        self, *path: str, body: Answer | None = None, key: str | None = None, **query: object
    ) -> Answer:
        """The answer to a POST, with a JSON body when there is one; errors as for `get`.

        `key` is the idempotency key: whatever is asked twice with it happens once.
        """
        return self.ask("POST", *path, body=body, key=key, **query)

    def ask(
        self,
        method: str,
        *path: str,
        body: Answer | None = None,
        key: str | None = None,
        **query: object,
    ) -> Answer:
        """The answer to a call of any method; else as `post`."""
        headers = {"Idempotency-Key": key} if key else {}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        return self._checked(method, path, query, headers, data)

    def delete(self, *path: str) -> Answer:
        """The answer to a DELETE; errors as for `get`."""
        return self._checked("DELETE", path, {})

    def recognised(self) -> Answer:
        """The `/health` object, whatever its status. Raises Unreachable or NotHoumao.

        Every other call does this first, once: a stranger is never asked for agents or told
        to shut down.
        """
        # After a pause the peer may have hung up, or be another one by now.
        self.close()
        _, answer = self._call("GET", "/health", {}, None)
        if answer.get("houmao_service") not in SERVICES:
            raise self._not_houmao()
        self._recognised = True
        return answer

    def lines(self, *path: str, headers: Mapping[str, str], **query: object) -> Iterator[str]:
        """Lines of an endless text answer, on a connection of its own, until the peer ends it.

        Silence for longer than SILENCE_SECONDS is an error. Raises what `get` raises.
        """
        self.recognised()
        connection = self._open(max(self.timeout_seconds, SILENCE_SECONDS))
        with closing(connection):
            try:
                connection.request("GET", _target(path, query), headers=self._headers(headers))
                response = connection.getresponse()
                if response.status >= 400:
                    raise self._refusal(response, self._json(response.read()))
                while line := response.readline():
                    yield line.decode("utf-8", "replace")
            except (OSError, http.client.HTTPException) as error:
                raise self._unreachable(error) from None

    def close(self) -> None:
        """End the kept connection; the next call opens and recognises anew."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._recognised = None, False

    def _recognise(self) -> None:
        if not self._recognised:
            self.recognised()

    def _checked(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Answer:
        self._recognise()
        target = _target(path, {**query, "extended": "true"})
        response, answer = self._call(method, target, headers or {}, data)
        if response.status >= 400:
            raise self._refusal(response, answer)
        partial = response.getheader("Houmao-Partial")
        return {**answer, "partial": partial} if partial else answer

    def _call(
        self, method: str, target: str, headers: Mapping[str, str], data: bytes | None
    ) -> tuple[http.client.HTTPResponse, Answer]:
        wanted = {"Accept": "application/json", **headers}
        response, body = self._exchange(method, target, wanted, data)
        return response, self._json(body)

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], data: bytes | None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._connection = self._connection or self._open(self.timeout_seconds)
        try:
            connection.request(method, target, data, self._headers(headers))
            response = connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unreachable(error) from None

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        shown = {"Authorization": f"Bearer {self.token}"} if self.token and self._recognised else {}
        return {**more, **shown}

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(_LOOPBACK, self.port, timeout=timeout)

    def _json(self, body: bytes) -> Answer:
        try:
            answer = json.loads(body)
        except ValueError:
            raise self._not_houmao() from None
        if not isinstance(answer, dict):
            raise self._not_houmao()
        return answer

    def _refusal(self, response: http.client.HTTPResponse, answer: Answer) -> Refused:
        text = refusal_text(answer, response.getheader("Retry-After"))
        return Refused(text, response.status, str(answer.get("reason", "")))

    def _unreachable(self, error: Exception) -> Unreachable:
        if isinstance(error, TimeoutError):
            return Unreachable(
                f"the server at {self.base_url} did not answer within "
                f"{self.timeout_seconds:g} s; look at its log or wait longer with --timeout"
            )
        if isinstance(error, ConnectionRefusedError):
            return Unreachable(
                f"no Houmao server answers at {self.base_url}; start one with "
                "`houmao-passive-server serve`, or name the port of a running one with --port",
                refused=True,
            )
        words = str(error) or type(error).__name__
        return Unreachable(
            f"the connection to {self.base_url} broke ({words}); the server may be restarting"
        )

    def _not_houmao(self) -> NotHoumao:
        return NotHoumao(
            f"what answers at {self.base_url} is not a Houmao server; "
            "name the port of one with --port"
        )


def _target(path: tuple[str, ...], query: Mapping[str, object]) -> str:
    text = "".join("/" + quote(part, safe="") for part in path)
    return f"{text}?{urlencode(query)}" if query else text


def refusal_text(answer: Answer, retry_after: str | None = None) -> str:
    """The server's `detail` as one sentence, and what to do next where the answer tells."""
    text = detail_text(answer.get("detail"))
    ids = list(map(str, answer.get("agent_ids") or ()))
    # Twins on several hosts have one id; the sentence names each of them.
    if len(ids) == len(set(ids)) > 0:
        return f"{text}: --agent-id {' or '.join(ids)}"
    if retry_after:
        return f"{text} (try again in {retry_after} s)"
    return text


def detail_text(detail: object) -> str:
    """Any `detail` as text: a sentence as it is, a list of field errors as `field: message`."""
    if isinstance(detail, list):
        return "; ".join(_field_error(item) for item in detail)
    if isinstance(detail, str) and detail:
        return detail
    return json.dumps(detail, sort_keys=True) if detail else "the server gave no reason"


def _field_error(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    where = ".".join(str(part) for part in item.get("loc", ()))
    return f"{where}: {item.get('msg', item)}"
