"""What requests of ours may have left in composers, known by their records on disk."""

from dataclasses import replace

from houmao.requests.files import RequestFiles
from houmao.requests.request import DONE, PAST_COMPOSER, TAKEN, Request


class LeftTexts:
    """Agent id to the latest request whose text may still stand in its composer."""

    def __init__(self, files: RequestFiles) -> None:
        self._files = files
        self._requests: dict[str, Request] = {}

    def of(self, agent_id: str) -> str:
        """The text that may stand in the agent's composer, empty for none."""
        request = self._requests.get(agent_id)
        return request.text if request else ""

    def note(self, request: Request) -> None:
        """Remember one whose text may stand there; one that is sent proves that there is none."""
        if request.may_stand:
            self._requests[request.agent_id] = request
        elif request.outcome in DONE | TAKEN and request.kind not in PAST_COMPOSER:
            former = self._requests.pop(request.agent_id, None)
            if former is not None:
                self._files.keep(replace(former, text=""))
