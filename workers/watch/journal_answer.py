"""What a journal tells, as the flat texts of a job's answer. Pure."""

from collections.abc import Mapping

from houmao.tools.parts.journal import JournalView, TokenUsage
from houmao.track.two_witnesses import JournalReport


def told(report: JournalReport, part: str) -> Mapping[str, str]:
    """That part, `answer` or `usage`; or the `problem` where there is no journal."""
    view = report.view
    if view is None:
        return {"problem": report.problem or "it was not looked for yet"}
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
