"""What a single field of a message may hold: rules for texts, addresses, ids and times. Pure.

Reading is as lenient as the format; what somebody writes anew is checked by `one_line` too.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

from houmao.errors import MailError

#: With a stash suffix or `.lock` behind it, still a file name everywhere.
LONGEST_ADDRESS = 200
LONGEST_LINE = 1000
DEFAULT_DOMAIN = "agents.localhost"

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_STASHED = re.compile(r"(.+)--([0-9a-f]{32})")
_MESSAGE_ID = re.compile(r"msg-(\d{8}T\d{6}Z)-[0-9a-f]{32}")
_REFERENCE_PREFIX = "filesystem:"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
#: Control characters, line separators, and marks that change the direction of what follows.
_HOSTILE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def check_address(field: str, text: str) -> str:
    """An address that is safe as one path component, as it is. Raises MailError."""
    if len(text) > LONGEST_ADDRESS:
        raise MailError(field, f"must have at most {LONGEST_ADDRESS} characters, not {len(text)}")
    if _ADDRESS.fullmatch(text) is None or ".." in text:
        raise MailError(field, f"must look like coder@{DEFAULT_DOMAIN}, not {_shown(text)}")
    if _STASHED.fullmatch(text):
        raise MailError(field, "must not end in two dashes and 32 hex digits: so stashes are named")
    return text


@lru_cache(maxsize=10_000)
def entry_address(name: str) -> tuple[str, bool] | None:
    """Address that a folder below `mailboxes/` is for, and whether it is a stashed one."""
    stashed = _STASHED.fullmatch(name)
    try:
        return check_address("address", stashed[1] if stashed else name), stashed is not None
    except MailError:
        return None


def default_address(principal_id: str) -> str:
    """Where a principal is reached when nobody said otherwise. Raises MailError."""
    return check_address("principal_id", f"{principal_id}@{DEFAULT_DOMAIN}")


def check_message_id(field: str, text: str) -> str:
    """Raises MailError."""
    if _MESSAGE_ID.fullmatch(text) is None:
        raise MailError(field, f"must be msg-<time>-<32 hex digits>, not {_shown(text)}")
    return text


def message_id(moment: float, entropy: bytes) -> str:
    """A new id; `entropy` is 10 random bytes. Ids of one process sort by their milliseconds."""
    stamp = datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"msg-{stamp}-{int(moment * 1000):012x}{entropy[:10].hex()}"


def reference(message_id: str) -> str:
    """What callers know a message by."""
    return _REFERENCE_PREFIX + message_id


def referred(text: str) -> str:
    """The message id of a reference, which may lack its prefix. Raises MailError."""
    return check_message_id("message_ref", text.removeprefix(_REFERENCE_PREFIX))


def utc(moment: float) -> str:
    """The text of a time in seconds since the epoch, to the second."""
    return datetime.fromtimestamp(moment, UTC).strftime(_TIME)


def check_time(field: str, text: str) -> str:
    """A UTC time with `Z`, fractions of a second cut off. Raises MailError."""
    try:
        if text.endswith("Z"):
            return datetime.fromisoformat(text).astimezone(UTC).strftime(_TIME)
    except (ValueError, OverflowError):
        pass
    raise MailError(field, f"must be a UTC time like 2026-03-27T07:05:00Z, not {_shown(text)}")


def since(text: str) -> str:
    """A filter's ISO 8601 time with its zone as UTC text. Raises MailError."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            # A fraction of a second counts: what came in that second came before it.
            return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise MailError("since", f"must be an ISO 8601 time with its zone, not {_shown(text)}")


def filled(field: str, text: str) -> str:
    """The text without blanks around it, of which something must be left. Raises MailError."""
    if not text.strip():
        raise MailError(field, "must not be blank")
    return text.strip()


def one_line(field: str, text: str, longest: int = LONGEST_LINE) -> str:
    """Text that stands on one line and is what it looks like. Raises MailError."""
    text = encodable(field, filled(field, text))
    found = _HOSTILE.search(text)
    if found:
        raise MailError(field, f"must not hold the control character U+{ord(found[0]):04X}")
    if len(text) > longest:
        raise MailError(field, f"must have at most {longest} characters, not {len(text)}")
    return text


def encodable(field: str, text: str) -> str:
    """Text that a file and SQLite can hold. Raises MailError."""
    if "\x00" in text:
        raise MailError(field, "must not hold NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MailError(field, "must be valid Unicode, without lone surrogates") from None
    return text


def harmless(text: str) -> str:
    """The text for a person's terminal: what drives or reorders it is a blank."""
    return _HOSTILE.sub(" ", text)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 60 else text[:57] + "...")
