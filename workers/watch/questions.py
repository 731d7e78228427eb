"""What an agent's latest screen asks, also as the flat texts of a job's answer. Pure."""

import json
from collections.abc import Mapping

from houmao.detect.question import Question
from houmao.requests.question_view import question_view
from houmao.tools.catalog import tool_named
from workers.watch.watched_agent import WatchedAgent


def question_of(agent: WatchedAgent) -> Question | None:
    """The list of choices that waits for an answer, None without one."""
    if agent.frame is None or agent.signals is None:
        return None
    return tool_named(agent.identity.tool).questions.read(agent.frame, agent.signals)


def asked(agent: WatchedAgent) -> Mapping[str, str]:
    """`blocked_on` while the agent waits for a person, `question` where that is a question."""
    # As it is told everywhere: a journal may know of a question before the screen shows it.
    blocked = agent.standing.tracked.surface.blocked_on
    told = {"blocked_on": blocked.value} if blocked is not None else {}
    question = question_of(agent)
    if question is None:
        return told
    view = question_view(tool_named(agent.identity.tool).questions, question)
    return {**told, "question": json.dumps(view)}
