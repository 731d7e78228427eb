"""A gunicorn worker whose threads get a request only once all of it has come in.

A thread that waits for its client is a thread that nobody else has: a hundred clients that send a
byte a second would take them all. So requests are gathered by the one thread that polls, within
bounds of time and size. A request whose body is still to come is asked about first: who is turned
away is told at once, and nothing more of theirs is read.

What an answer says is not decided here, nor who is let in. Names without a docstring are
gunicorn's.
"""

import selectors
import socket
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http.errors import InvalidHeader, InvalidHeaderName
from gunicorn.workers.gthread import TConn, ThreadWorker

from houmao import logs
from houmao.api.http.answers import dump
from houmao.api.http.chunked_sink import ChunkedSink
from houmao.api.http.closed_answers import closed
from houmao.api.http.guard import MAX_BODY_BYTES, lets_in
from houmao.api.http.intake import Intake, Stage
from houmao.api.http.open_answer import Detached
from houmao.clock import monotonic

#: Seconds in which the head of a request must have come, from its connection's first moment or
#: from its own first byte; and in which its body must have, after the head.
HEAD_SECONDS, BODY_SECONDS = 5.0, 30.0
#: Seconds in which a client must have taken a part of its answer.
ANSWER_SECONDS = 30.0
#: Seconds and bytes for which a closed connection is still read: its client would otherwise lose
#: the answer with what it has sent in vain.
LINGER_SECONDS, LINGER_BYTES = 2.0, 1024 * 1024
#: Seconds between looks for clients that are late.
_LOOK_EVERY = 0.25
_CHUNK = 64 * 1024

_REFUSALS = {
    Stage.OVERFULL: (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request's body is larger than {MAX_BODY_BYTES} bytes",
    ),
    Stage.TOO_LONG: (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "the request's head is longer than 64 KiB",
    ),
    Stage.BROKEN: (HTTPStatus.BAD_REQUEST, "the request is no valid HTTP/1.1"),
}


class _Connection(TConn):  # type: ignore[misc]
    #: False once a request is handed over of which more may come that nobody will read.
    whole = True
    #: Its answer goes on without a thread.
    detached = False


@dataclass(slots=True)
class _Arrival:
    """A connection that is read by the polling thread, at the latest until `deadline`."""

    intake: Intake
    deadline: float
    #: The guard has let its head in.
    let_in: bool = False
    #: It has its answer; what still comes is thrown away.
    answered: bool = False


class WholeRequestWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arrivals: dict[_Connection, _Arrival] = {}
        self._look_at = 0.0

    def accept(self, listener: socket.socket) -> None:
        # Somebody else may have taken it, or its client may have gone.
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            self.nr_conns += 1
            self._expect(
                _Connection(self.cfg, client, address, listener.getsockname()), HEAD_SECONDS
            )

    def on_client_socket_readable(self, conn: _Connection, client: socket.socket) -> None:
        self.keepalived_conns.remove(conn)
        self._arrivals[conn] = _Arrival(Intake(MAX_BODY_BYTES), monotonic() + HEAD_SECONDS)
        # It stays with the poller, which costs two system calls less than to leave and return.
        self.poller.modify(client, selectors.EVENT_READ, partial(self._receive, conn))
        self._receive(conn, client)

    def finish_request(self, conn: _Connection, done: "Future[bool]") -> None:
        if conn.detached:
            return
        if done.cancelled() or done.exception() or not done.result():
            self._linger(conn)
            return
        following = conn.parser.unreader.take_buffered()
        if following:
            self._expect(conn, HEAD_SECONDS)
            self._take(conn, following)
        else:
            super().finish_request(conn, done)

    def handle_request(self, req: Any, conn: _Connection) -> bool:
        # Everything has been read; from now on the client can only be slow to take.
        conn.sock.settimeout(ANSWER_SECONDS)
        if not conn.whole:
            req.force_close()
        try:
            kept: bool = super().handle_request(req, conn)
        except Detached as it:
            # Its sink may be closed before this thread says that it has done its part.
            conn.detached, kept = True, True
            it.attach(ChunkedSink(conn.sock, req.version, partial(self._ended, conn)))
        return kept

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, InvalidHeader | InvalidHeaderName):
            # gunicorn's own answer to these needs a request, and there is none.
            _tell(client, HTTPStatus.BAD_REQUEST, f"the request is no valid HTTP/1.1: {exc}")
        else:
            super().handle_error(req, client, addr, exc)

    def _ended(self, conn: _Connection) -> None:
        """Close, in the polling thread, a connection whose answer has gone on until now."""
        self.method_queue.defer(self._linger, conn)

    def murder_pending(self) -> None:
        now = monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        late = [conn for conn, it in self._arrivals.items() if it.deadline <= now]
        for conn in late:
            arrival = self._arrivals[conn]
            if arrival.answered or not arrival.intake.raw:
                self._drop(conn)
            else:
                what = f"the {arrival.intake.stage} of the request did not come in time"
                self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT, what)

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(deadline)
        for arrival in self._arrivals.values():
            arrival.deadline = min(arrival.deadline, deadline)

    # --- from the first byte to a thread -----------------------------------------------

    def _expect(self, conn: _Connection, seconds: float) -> None:
        """Read the connection's next request, for which it has that long."""
        self._arrivals[conn] = _Arrival(Intake(MAX_BODY_BYTES), monotonic() + seconds)
        self._poll(conn)

    def _poll(self, conn: _Connection) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: _Connection, client: socket.socket) -> None:
        """Read what has come; the polling thread is told when there is something."""
        try:
            data = client.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        else:
            self._drop(conn)

    def _take(self, conn: _Connection, data: bytes) -> None:
        arrival = self._arrivals[conn]
        if arrival.answered:
            arrival.intake.raw += data
            if len(arrival.intake.raw) > LINGER_BYTES:
                self._drop(conn)
            return
        stage = arrival.intake.take(data)
        if stage in _REFUSALS:
            self._refuse(conn, *_REFUSALS[stage])
        elif stage is Stage.WHOLE:
            self._hand_over(conn)
        elif stage is Stage.BODY and not arrival.let_in:
            self._ask_about(conn, arrival)

    def _ask_about(self, conn: _Connection, arrival: _Arrival) -> None:
        """Have a thread say whether the body that is to come is wanted."""
        self.poller.unregister(conn.sock)
        asked = self.tpool.submit(lets_in, self.wsgi, arrival.intake.head, conn.sock)
        asked.add_done_callback(lambda told: self.method_queue.defer(self._on_told, conn, told))

    def _on_told(self, conn: _Connection, told: "Future[bool]") -> None:
        arrival = self._arrivals[conn]
        if told.cancelled() or told.exception() or not told.result():
            # Its answer says why; no body will be read for it.
            self._hand_over(conn, polled=False)
            return
        arrival.let_in, arrival.deadline = True, monotonic() + BODY_SECONDS
        if arrival.intake.waits_for_leave:
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._poll(conn)

    def _hand_over(self, conn: _Connection, *, polled: bool = True) -> None:
        """Give a thread what has come."""
        if polled:
            self.poller.unregister(conn.sock)
        arrival = self._arrivals.pop(conn)
        conn.whole = arrival.intake.stage is Stage.WHOLE
        conn.init()
        conn.data_ready = True
        conn.parser.unreader.unread(bytes(arrival.intake.raw))
        self.enqueue_req(conn)

    # --- ends ----------------------------------------------------------------------------

    def _refuse(self, conn: _Connection, status: HTTPStatus, detail: str) -> None:
        """Tell what is wrong with a request that no thread will see."""
        _tell(conn.sock, status, detail)
        self.poller.unregister(conn.sock)
        self._linger(conn)

    def _linger(self, conn: _Connection) -> None:
        """Close our side, and the rest once the client has, or a moment later."""
        self._arrivals.pop(conn, None)
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            lingers = self.alive
        except OSError:
            lingers = False
        if not lingers:
            self._close(conn)
            return
        deadline = monotonic() + LINGER_SECONDS
        self._arrivals[conn] = _Arrival(Intake(0), deadline, answered=True)
        self._poll(conn)

    def _drop(self, conn: _Connection) -> None:
        del self._arrivals[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: _Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _tell(client: socket.socket, status: HTTPStatus, detail: str) -> None:
    """Answer a request that the application will not see."""
    logs.get("api").info("request", status=status.value, reason=detail)
    body = dump({"detail": detail}).encode()
    said = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in closed(said)),
    ]
    with suppress(OSError):
        client.send("\r\n".join([*lines, "", ""]).encode() + body)
