"""What a journal tells, as the flat texts of a job's answer. Pure."""

from collections.abc import Mapping

from houmao.jobs import UNWRITTEN
from houmao.tools.parts.journal import JournalView, TokenUsage
from houmao.track.two_witnesses import TwoWitnesses


def told(witnesses: TwoWitnesses, part: str, request_id: str = "") -> Mapping[str, str]:
    """That part, `answer` or `usage`, be it to this request alone; or what the `problem` is.

    It is `UNWRITTEN`, too, when the same question can be answered in a moment.
    """
    view = witnesses.report.view
    if view is None:
        return {"problem": witnesses.report.problem or "it was not looked for yet"}
    if witnesses.awaits_end:
        return {"problem": "the end of its turn is not written down yet", UNWRITTEN: "yes"}
    if not witnesses.answers(request_id):
        return {}
    about = {"model": view.model, "conversation_id": view.conversation}
    more = _said(view) if part == "answer" else _used(view)
    return {name: value for name, value in {**about, **more}.items() if value}


def _said(view: JournalView) -> Mapping[str, str]:
    outcome = view.outcome.value if view.outcome is not None else ""
    return {"answer": view.answer, "outcome": outcome}


def _used(view: JournalView) -> Mapping[str, str]:
    return _tokens("last_turn", view.turn_usage) | _tokens("conversation", view.usage)


def _tokens(part: str, usage: TokenUsage) -> dict[str, str]:
    counts = {"input": usage.input, "output": usage.output, "cached": usage.cached}
    return {f"{part}_{name}": str(count) for name, count in counts.items()}
