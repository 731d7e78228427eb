"""What is logged of requests, and what never is."""

import pytest

from houmao.api.http.access_log import asked_to_wait, is_notable, request_fields


@pytest.mark.parametrize(
    ("method", "path", "status", "ms", "notable"),
    [
        ("GET", "/houmao/agents", 200, 3.0, False),
        ("GET", "/houmao/agents", 200, 900.0, True),
        ("GET", "/houmao/agents/ghost", 404, 1.0, True),
        ("POST", "/houmao/server/shutdown", 200, 1.0, True),
    ],
)
def test_what_is_worth_a_line(
    method: str, path: str, status: int, ms: float, notable: bool
) -> None:
    """Writes, failures and slow reads are; polling is not."""
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path}
    assert is_notable(request_fields(environ, status, ms)) is notable


def test_a_read_that_was_asked_to_wait_is_not_slow() -> None:
    """Its failure is worth a line all the same."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/x", "QUERY_STRING": "wait_for=done&wait=30"}
    assert asked_to_wait(environ)
    assert not asked_to_wait({**environ, "QUERY_STRING": "wait_for=done"})
    assert not is_notable(request_fields(environ, 200, 29_000.0), waits=True)
    assert is_notable(request_fields(environ, 503, 29_000.0), waits=True)


def test_no_query_no_header_no_body() -> None:
    """Only method, path, status and duration are told."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/houmao/events",
        "QUERY_STRING": "token=hunter2",
        "HTTP_AUTHORIZATION": "Bearer hunter3",
    }
    assert request_fields(environ, 503, 1.26) == {
        "method": "GET",
        "path": "/houmao/events",
        "status": 503,
        "ms": 1.3,
    }
