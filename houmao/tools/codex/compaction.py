"""What went wrong when Codex failed to compact its conversation, by the words of its error cell.

It judges a text that is known to speak of a failed compaction; finding it is not its business.
"""

import re

_LINK = r"\b(?:stream|connection|response body|socket)\b"
_CUT = r"\b(?:disconnect\w*|closed|lost|ended)\b"
_KINDS = (
    ("codex_remote_compact_stream_disconnected", rf"{_LINK}.{{0,60}}{_CUT}|{_CUT}.{{0,60}}{_LINK}"),
    (
        "codex_remote_compact_context_length_exceeded",
        r"context_length_exceeded|\bcontext (?:length|window)\b|\bran out of room\b",
    ),
    (
        "codex_remote_compact_unknown_parameter",
        r"\b(?:unknown|unrecognized|unsupported)\b.*\b(?:parameter|param|argument|field)\b",
    ),
    (
        "codex_remote_compact_server_error",
        r"\bserver error\b|\bbad gateway\b|\bgateway timeout\b|\bservice unavailable\b|\b5\d\d\b",
    ),
)


def degraded_error_type(text: str) -> str:
    """The kind of failure `text` (blanks collapsed) tells of; `unknown` when it is none we know."""
    for kind, pattern in _KINDS:
        if re.search(pattern, text, re.IGNORECASE):
            return kind
    return "unknown"
