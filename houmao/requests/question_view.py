"""An open question as readers get it: what it asks, and which answers it takes. Pure."""

from houmao.detect.question import Choice, Question
from houmao.tools.parts.questions import QuestionModel


def question_view(model: QuestionModel, question: Question) -> dict[str, object]:
    """The question in JSON's types; null where nobody can tell which choice says yes, or no."""
    return {
        "kind": question.kind.value,
        "digest": question.digest,
        "rows": list(question.rows),
        "whole": question.whole,
        "choices": [_choice(choice) for choice in question.choices],
        "approve": _number(model.approving(question)),
        "deny": _number(model.denying(question)),
        "text": _number(model.writing(question)),
        "takes_several": question.takes_several,
    }


def _choice(choice: Choice) -> dict[str, object]:
    return {
        "number": choice.number,
        "label": choice.label,
        "detail": choice.detail,
        "selected": choice.selected,
    }


def _number(choice: Choice | None) -> int | None:
    return None if choice is None else choice.number
