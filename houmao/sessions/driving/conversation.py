"""A prompt to a session as its caller sees it: events from being sent to the turn's end.

Which writer types it, this process or the host's watch process, is the caller's choice.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from houmao import clock
from houmao.agents.folder import DefinitionFolder
from houmao.agents.role_injection import inject
from houmao.errors import HoumaoError
from houmao.requests.typable import check_prompt_for
from houmao.sessions.driving.report import TurnEnd, event, payload
from houmao.sessions.driving.turn import TurnListener, TurnLost, TurnResult
from houmao.sessions.manifest.file import update_manifest
from houmao.sessions.manifest.stored import ManifestChanges
from houmao.sessions.target import SessionTarget
from houmao.tmux.capture import capture, capture_all
from houmao.tmux.locate import find_pane
from houmao.tmux.process import ProcessTable
from houmao.tmux.version import observed_version

#: Types a text and waits for its turn's end; raises what `take_turn` does.
PromptSender = Callable[[str, TurnListener], TurnResult]


@dataclass(frozen=True, slots=True)
class PromptListener:
    """Who hears of a prompt: events for programs, sentences about the wait for people."""

    event: Callable[[Mapping[str, Any]], None]
    waiting: Callable[[str], None]


def converse(
    target: SessionTarget, prompt: str, way: PromptSender, listener: PromptListener
) -> bool:
    """Send the prompt that way and tell how it goes; True when its turn succeeded.

    Raises HoumaoError when the prompt was not sent; afterwards errors are an event.
    """
    text = _with_role(target, check_prompt_for(target.stored.tool, prompt))
    turn = _Turn(target, text, listener)
    try:
        verdict = way(text, TurnListener(turn.submitted, listener.waiting))
    except TurnLost as lost:
        turn.ended("error", lost.message, None)
        return False
    failed = verdict.result == "known_failure"
    turn.ended("error" if failed else "done", f"turn ended: {verdict.result}", verdict)
    return verdict.result == "success"


@dataclass(slots=True)
class _Turn:
    """One turn between its two events."""

    target: SessionTarget
    #: What is typed, the role included where it goes along.
    prompt: str
    listener: PromptListener
    index: int = field(init=False)
    began: float = 0.0

    def __post_init__(self) -> None:
        self.index = self.target.stored.turn_index + 1

    def submitted(self) -> None:
        """The prompt has left the composer."""
        self.began = clock.monotonic()
        session = self.target.stored.session_name
        update_manifest(
            self.target.stored.path, ManifestChanges(turn_index=self.index, role_applied=True)
        )
        if self.target.record is not None:
            # Whoever prompts an agent answers for it; a busy registry must not end the turn.
            with suppress(HoumaoError):
                self.target.registry.renew(self.target.record, clock.now())
        self._tell("submitted", "prompt submitted", {"tmux_session_name": session})

    def ended(self, kind: str, message: str, verdict: TurnResult | None) -> None:
        """Nothing more is waited for."""
        ending = _ending(self.target, self.prompt, verdict, message)
        seconds = verdict.duration_seconds if verdict else clock.monotonic() - self.began
        told = payload(ending, seconds) if ending else {"result": None, "detail": message}
        self._tell(kind, message, told)

    def _tell(self, kind: str, message: str, told: Mapping[str, object]) -> None:
        self.listener.event(event(kind, message, self.index, told, clock.now()))


def _ending(
    target: SessionTarget, prompt: str, verdict: TurnResult | None, message: str
) -> TurnEnd | None:
    """What the pane shows at the end of a turn, None when there is no pane any more."""
    stored = target.stored
    pane, process = find_pane(target.panes, stored.tool, ProcessTable.read, stored.agent_id)
    if pane is None:
        return None
    now = clock.monotonic()
    screen = capture(target.address, pane.pane_id, now)
    history = capture_all(target.address, pane.pane_id, now)
    if screen is None or history is None:
        return None
    version = observed_version(stored.tool, process) if process else None
    return TurnEnd(
        tool=stored.tool,
        session_name=stored.session_name,
        prompt=prompt,
        frame=screen[1],
        signals=target.signs.detector_for(stored.tool, version).detect(screen[1]),
        history=history[1].raw,
        result=verdict.result if verdict else None,
        detail="" if verdict else message,
        answer=verdict.answer if verdict else None,
    )


def _with_role(target: SessionTarget, prompt: str) -> str:
    """The prompt, after the role when the tool takes it as a message and has not got it yet."""
    stored = target.stored
    if stored.role_applied or not stored.role_name or not stored.agent_def_dir:
        return prompt
    role = inject(stored.tool, DefinitionFolder(Path(stored.agent_def_dir)).role(stored.role_name))
    return f"{role.bootstrap_message}\n\n{prompt}" if role.bootstrap_message else prompt
