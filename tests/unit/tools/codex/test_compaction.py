"""Which failure a compaction error tells of."""

import pytest

from houmao.tools.codex.compaction import degraded_error_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("remote compact task: stream disconnected.", "stream_disconnected"),
        ("compact task failed: lost the connection", "stream_disconnected"),
        ("compact failed: context_length_exceeded", "context_length_exceeded"),
        ("compact failed: ran out of room", "context_length_exceeded"),
        ("compact failed: Unknown parameter: 'input'", "unknown_parameter"),
        ("compact failed: 502 Bad Gateway", "server_error"),
        ("remote compact: status 503", "server_error"),
    ],
)
def test_known_kinds(text: str, kind: str) -> None:
    assert degraded_error_type(text) == f"codex_remote_compact_{kind}"


def test_anything_else_is_unknown() -> None:
    assert degraded_error_type("compact task failed for good") == "unknown"
    assert degraded_error_type("") == "unknown"
