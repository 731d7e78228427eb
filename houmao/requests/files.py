"""Requests on disk: one JSON file each, readable by its owner alone, replaced as a whole.

The files are the truth about what was asked; Redis holds copies. A request's text is dropped
from its file when it ends, and its file some days later.
"""

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from houmao import logs
from houmao.files import replace_text
from houmao.requests.request import Request, request_from

#: Seconds for which ended requests stay on disk.
KEEP_SECONDS = 7 * 86_400.0


class RequestFiles:
    """The requests below one folder, which is made by the first one saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, request: Request) -> None:
        """Make this the request's content on disk. Raises OSError when that fails.

        An ended one keeps its text only while that may stand in the composer.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = replace(request, text="") if request.ended and not request.may_stand else request
        replace_text(self._path(request.request_id), json.dumps(asdict(kept), indent=1) + "\n")

    def keep(self, request: Request) -> bool:
        """Save it; False when the disk does not take it, which its log tells."""
        try:
            self.save(request)
        except OSError as error:
            reason = error.strerror
            logs.get("requests").warning(
                "not_on_disk", request_id=request.request_id, reason=reason
            )
            return False
        return True

    def load_all(self) -> list[Request]:
        """Every readable request, oldest first; a broken file is left alone and left out."""
        found = [_read(path) for path in sorted(self._folder.glob("*.json"))]
        return sorted((each for each in found if each), key=lambda each: each.created_at)

    def load(self, request_id: str) -> Request | None:
        """One request, None when there is none that can be read."""
        return _read(self._path(request_id))

    def remove(self, request_id: str) -> None:
        """Forget a request."""
        with suppress(OSError):
            self._path(request_id).unlink()

    def prune(self, now: float) -> None:
        """Delete requests that ended long ago."""
        for request in self.load_all():
            if request.ended and now - (request.ended_at or 0.0) > KEEP_SECONDS:
                self.remove(request.request_id)

    def _path(self, request_id: str) -> Path:
        return self._folder / f"{request_id}.json"


def _read(path: Path) -> Request | None:
    try:
        return request_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
