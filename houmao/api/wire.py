"""JSON out: the one way a plain dict becomes an answer."""

import json
from collections.abc import Mapping
from typing import Final

from flask import Response

#: A JSON object on its way to a client.
Wire = dict[str, object]

# One encoder for all answers: `json.dumps` builds a new one for every call with options.
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(body: object) -> str:
    """Compact JSON on one line."""
    return _encode(body)


def answer(body: Wire, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer. A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    data = _encode(body).encode("utf-8", "replace")
    return Response(data, status, headers, content_type="application/json")
