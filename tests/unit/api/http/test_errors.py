"""Every error is one JSON object with `detail`."""

import io

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from redis import ConnectionError as RedisAway
from redis import Redis
from redis import TimeoutError as RedisSlow
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

from houmao.api.app import create_app
from houmao.api.http.errors import answer_error
from houmao.api.http.guard import MAX_BODY_BYTES
from houmao.api.server.routes import HealthSchema
from houmao.config import Settings
from houmao.errors import Conflict, TmuxError
from houmao.state.connect import connect
from tests.unit.api.world import Api, Fleet, StandIn


def test_unknown_url(client: FlaskClient) -> None:
    """404 in our shape, also for a doubled or a trailing slash."""
    for path in ("/nope", "/houmao//agents", "/houmao/agents/", "/health/"):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_wrong_method(client: FlaskClient, method: str) -> None:
    """405 in our shape, with the methods that would do."""
    answer = client.open("/health", method=method)
    assert (answer.status_code, answer.get_json()) == (405, {"detail": "Method Not Allowed"})
    assert "GET" in answer.headers["Allow"]


def test_unplanned_error(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    """500 in our shape; neither the answer nor the log repeats the error's text."""

    def burst() -> str:
        raise RuntimeError("the prompt was: hunter2")

    app.add_url_rule("/burst", view_func=burst)
    answer = app.test_client().get("/burst?token=hunter3")
    assert (answer.status_code, answer.get_json()) == (500, {"detail": "Internal Server Error"})
    said = "".join(capsys.readouterr())
    assert "RuntimeError" in said
    assert "burst" in said
    assert "hunter" not in said


def test_too_large_body(client: FlaskClient) -> None:
    """413 in our shape, told from the announced length, before anything is read."""
    announced = {"CONTENT_LENGTH": str(MAX_BODY_BYTES + 1), "CONTENT_TYPE": "application/json"}
    answer = client.post("/houmao/server/shutdown", environ_overrides=announced)
    assert answer.status_code == 413
    assert answer.get_json()["detail"]


def test_too_large_body_of_unknown_length(app: Flask) -> None:
    """A body whose length was not announced is cut off at the same size."""
    app.add_url_rule("/swallow", view_func=lambda: str(len(request.get_data())), methods=["POST"])
    answer = app.test_client().post(
        "/swallow",
        environ_overrides={"wsgi.input": _Endless(), "wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
    )
    assert answer.status_code == 413


class _Endless(io.RawIOBase):
    """A body that never ends."""

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Fill whatever is offered."""
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize(
    "error", [RedisAway("x"), RedisSlow("x"), BusyLoadingError("x"), ReadOnlyError("x")]
)
def test_redis_that_cannot_serve(app: Flask, error: Exception) -> None:
    """503 with Retry-After: waiting helps."""
    with app.test_request_context():
        answer = answer_error(error)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "Redis" in answer.get_json()["detail"]


def test_redis_that_refuses_a_command(app: Flask) -> None:
    """500: the command was our mistake, and waiting does not help."""
    with app.test_request_context():
        assert answer_error(ResponseError("ERR unknown command")).status_code == 500


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OutOfMemoryError("command not allowed"), "full"),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left"), "own disk"),
        (ResponseError("WRONGTYPE Operation against a key"), "made anew"),
        (AuthenticationError("x"), "password"),
    ],
)
def test_what_is_wrong_with_redis_is_named(app: Flask, error: Exception, told: str) -> None:
    """503 with the thing that is full or broken, not only that something is."""
    with app.test_request_context():
        answer = answer_error(error)
    assert (answer.status_code, told in answer.get_json()["detail"]) == (503, True)


def test_houmao_errors_bring_their_status(app: Flask) -> None:
    """The class of the error decides, the message is the detail."""
    with app.test_request_context():
        conflict, tmux = answer_error(Conflict("busy")), answer_error(TmuxError("no tmux"))
    assert (conflict.status_code, conflict.get_json()) == (409, {"detail": "busy"})
    assert (tmux.status_code, tmux.get_json()) == (503, {"detail": "no tmux"})


@pytest.mark.parametrize(
    "path", ["/houmao/agents", "/houmao/agents/a/state", "/houmao/agents/a/managed-history",
             "/houmao/events"],
)  # fmt: skip
def test_no_redis_at_all(settings: Settings, fleet: Fleet, jobs: StandIn, path: str) -> None:
    """Every read answers 503 at once when nothing listens where Redis should be."""
    redis: Redis = connect(f"unix://{settings.redis_socket}")
    answer = create_app(settings, redis, jobs).test_client().get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_health_needs_no_redis(settings: Settings, jobs: StandIn) -> None:
    """The web process is well although Redis is away."""
    app = create_app(settings, connect(f"unix://{settings.redis_socket}"), jobs)
    Api(app.test_client()).read("/health", HealthSchema)
