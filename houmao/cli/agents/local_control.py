"""What is done from here for an agent of this machine when nobody serves it.

The same rules and the same lock as a server's watch process; only that nobody else will go on
when this command ends.
"""

from collections.abc import Callable, Mapping
from typing import Any

from houmao import clock, config
from houmao.cli.client.http import Unreachable
from houmao.cli.client.waiting import Failed
from houmao.cli.options import AgentReference
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import HoumaoError
from houmao.requests.request import Kind, Outcome
from houmao.requests.typable import check_prompt_for
from houmao.sessions.control import ControlResult, interrupt, stop
from houmao.sessions.resolve import Target, resolve
from houmao.sessions.turn import Ears, NotDelivered, hand_over, take_turn

#: Seconds for a turn that is waited for, as `send-prompt` has it.
TURN_SECONDS = 600.0


def target_of(who: AgentReference, away: Unreachable) -> Target:
    """The agent's session here. Raises `away` when there is none, or a server may yet answer."""
    if not away.refused:
        raise away
    try:
        target = resolve(who.text, config.load(), clock.now())
        who.check(target.stored.agent_id, target.stored.agent_name)
    except HoumaoError:
        raise away from None
    return target


def interrupt_agent(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    """Stop the turn that runs, if one does. Raises Failed when it goes on."""
    target = target_of(who, away)
    _tell(output, target, interrupt(target))


def stop_agent(output: CommandOutput, who: AgentReference, away: Unreachable) -> None:
    """End the agent's session and take its record away."""
    target = target_of(who, away)
    _tell(output, target, stop(target))


def _tell(output: CommandOutput, target: Target, result: ControlResult) -> None:
    if not result.ok:
        raise Failed(result.detail)
    name = target.stored.agent_name
    answer = {"agent_id": target.stored.agent_id, "agent_name": name, **result.answer()}
    output.write(answer, [f"{plain(name)}: {plain(result.detail)}"])


def prompted(
    target: Target, text: str, deadline: float, *, to_the_end: bool, say: Callable[[str], None]
) -> Mapping[str, Any]:
    """What became of a prompt that was typed from here, in the words of a server's request."""
    prompt = check_prompt_for(target.stored.tool, text.strip())
    ears = Ears(lambda: say("submitted; the turn runs"), say)
    result: str | None = None
    try:
        if to_the_end:
            result = take_turn(target, prompt, deadline + TURN_SECONDS, ears).result
        else:
            hand_over(target, prompt, deadline)
    except NotDelivered as failed:
        return _request(target, failed.end.outcome, failed.end.detail, None)
    return _request(target, Outcome.SUBMITTED, "the prompt left the composer", result)


def _request(
    target: Target, outcome: Outcome, detail: str, result: str | None
) -> Mapping[str, Any]:
    return {
        "agent_id": target.stored.agent_id,
        "agent_name": target.stored.agent_name,
        "request_id": None,
        "kind": Kind.SUBMIT_PROMPT.value,
        "state": "ended",
        "outcome": outcome.value,
        "delivered": outcome is Outcome.SUBMITTED,
        "detail": detail,
        "turn_result": result,
    }
