"""What to do next with a request, by its kind; and who of an agent's queue is let past another.

Asks the pure rules of `houmao.requests`; nothing is typed and nothing kept here.
"""

from dataclasses import dataclass

from houmao.requests.answering import Answering
from houmao.requests.composer import count_shown
from houmao.requests.delivery import advance
from houmao.requests.keystrokes import remark
from houmao.requests.patience import patiently
from houmao.requests.pressing import press_key
from houmao.requests.reply import QuestionReply
from houmao.requests.request import PAST_COMPOSER, Request, RequestKind, RequestOutcome
from houmao.requests.steps import (
    Action,
    AgentSnapshot,
    DeliveryProgress,
    DeliveryStage,
    Finish,
    Paste,
    Press,
    Step,
    TakeOut,
    TypeKeys,
    Wait,
)
from houmao.tmux.unread import has_unread_keys
from houmao.tools.catalog import tool_named
from houmao.tools.parts.journal import JournalView
from houmao.tools.parts.texts import TextFate
from houmao.tools.tool import Tool
from houmao.track.moment import Moment
from workers.watch.questions import question_of
from workers.watch.watched_agent import WatchedAgent

#: Seconds between two tries to get a typing lock that somebody else holds.
LOCK_EVERY = 0.1
#: What becomes of an answer that a process was typing when it ended: the question has moved on.
_CUT_OFF = Finish(
    RequestOutcome.UNVERIFIED,
    "the watch process ended while the answer was being typed; look at the pane",
)


@dataclass(slots=True)
class Delivery:
    """A request that is being worked on."""

    request: Request
    progress: DeliveryProgress


def snapshot(
    agent: WatchedAgent, request: Request, moment: Moment, *, verdict_due: bool, left: str
) -> AgentSnapshot:
    """The agent just after its screen was captured, as far as the request needs to know it."""
    tool, journal = tool_named(agent.identity.tool), agent.witnesses.report.view
    tells = journal is not None and tool.journal is not None and tool.journal.tells_prompts
    return AgentSnapshot(
        moment.at,
        agent.phase,
        agent.signals,
        verdict_due=verdict_due,
        readable=agent.supported,
        frame=agent.frame,
        left=left,
        unread_keys=agent.pane is not None and has_unread_keys(agent.pane.tty),
        still_for=agent.standing.stability.stable_for(moment.wall),
        turns_begun=agent.witnesses.turns_begun,
        prompts_told=journal.prompts if journal is not None and tells else None,
        unknown_shown=_unknown_shown(agent, request),
        fate=_fate(tool, request, journal),
        prompted_since=_prompted_since(request, journal),
        journal_silent=agent.witnesses.silent,
        question=question_of(agent) if request.kind is RequestKind.REPLY else None,
        stand_in=tool.texts.stand_in,
    )


def _fate(tool: Tool, request: Request, journal: JournalView | None) -> TextFate:
    """What became of the text by the journal; one that waits is not compared: it may be long."""
    if journal is None or request.typed_at is None:
        return TextFate.KEPT
    return tool.texts.fate(request.text, journal.prompt)


def _prompted_since(request: Request, journal: JournalView | None) -> bool:
    """Whether the prompt whose words the journal told last came after ours was first typed."""
    if journal is None or request.typed_at is None:
        return False
    return journal.prompted_at >= request.typed_at


def _unknown_shown(agent: WatchedAgent, request: Request) -> int:
    """How often the screen says that the tool does not know the request's command."""
    if request.kind is not RequestKind.RUN_COMMAND or agent.frame is None:
        return 0
    name = request.text.split()[0].removeprefix("/")
    screen = "\n".join(row.plain for row in agent.frame.screen.rows)
    said = tool_named(agent.identity.tool).texts.unknown_command
    return sum(count_shown(sentence.format(name), screen) for sentence in said)


def next_step(
    agent: WatchedAgent, delivery: Delivery, look: AgentSnapshot, deadline: float
) -> Step:
    """The next action with the agent's first request; `deadline` is on the look's clock."""
    request, progress = delivery.request, delivery.progress
    if request.kind is RequestKind.SEND_KEYS:
        return press_key(request, progress, look)
    if request.kind is not RequestKind.REPLY:
        return patiently(request, advance(request, progress, look, deadline), look.at, deadline)
    if progress.stage is DeliveryStage.RESUMED:
        return progress, _CUT_OFF
    model = tool_named(agent.identity.tool).questions
    answering = Answering(model, QuestionReply.from_text(request.text))
    return answering.advance(progress, look, deadline)


def enter(queue: list[Delivery], request: Request) -> None:
    """Put a request in its place: what answers a dialog goes before all that is not typed yet."""
    place = len(queue)
    if request.kind in PAST_COMPOSER:
        place = sum(it.progress.stage is not DeliveryStage.WAITING for it in queue)
    stage = DeliveryStage.RESUMED if request.typed_at else DeliveryStage.WAITING
    queue.insert(place, Delivery(request, DeliveryProgress(stage)))


def let_past(queue: list[Delivery]) -> bool:
    """Put what does not wait for a person before a message that does; False when all do."""
    other = next((it for it in queue if not it.request.patient), None)
    if other is not None:
        queue.remove(other)
        queue.insert(0, other)
    return other is not None


def types(action: Action) -> bool:
    """Whether nobody else may type meanwhile."""
    sends = isinstance(action, Press) and action.begins_turn
    return sends or isinstance(action, Paste | TypeKeys | TakeOut)


def held_up(now: float, deadline: float) -> Action:
    """What to do while another process types into the agent's pane."""
    if now < deadline:
        return Wait(now + LOCK_EVERY)
    return Finish(
        RequestOutcome.EXPIRED, "another process typed into the agent's pane until the deadline"
    )


def remarked(agent: WatchedAgent, request: Request, end: Finish) -> Finish:
    """The end with what users of the tool should know of it."""
    more = remark(agent.identity.tool, agent.version, request, end.outcome)
    return Finish(end.outcome, end.detail + more)
