"""The bearer token of a server that others than this machine's loopback can reach.

One random text in a file that only its owner may read: whoever can read the file may call the
server. The text itself never reaches a log line, an argument or an error.
"""

import hmac
import secrets
from pathlib import Path

from houmao.errors import ConfigError
from houmao.files import replace_text

_BYTES = 32


def ensure(path: Path) -> None:
    """Make the token's file unless it is there. Raises ConfigError when it is unusable."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_text(path, secrets.token_urlsafe(_BYTES) + "\n")
    read(path)


def read(path: Path) -> str:
    """The token. Raises ConfigError when the file is missing, empty or open to others."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"token file {path} cannot be read; name one in HOUMAO_TOKEN_FILE"
        ) from error
    if mode & 0o077:
        raise ConfigError(f"token file {path} can be read by others; run `chmod 600 {path}`")
    if not text:
        raise ConfigError(f"token file {path} is empty; delete it and a new one is made")
    return text


def is_shown(header: str, token: str) -> bool:
    """Whether an `Authorization` header carries the token."""
    scheme, _, shown = header.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.encode(), token.encode())
