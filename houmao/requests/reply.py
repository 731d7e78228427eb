"""What somebody answers to an open question. Values, and their form within a request. Pure.

A reply names its question by digest: to any other question it is no answer.
"""

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from houmao.detect.question import Choice, Question
from houmao.errors import UsageError
from houmao.tools.parts.questions import QuestionModel

#: Characters of an answer in words; a dialog's field shows no more.
MOST_CHARACTERS = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Consent(StrEnum):
    """An answer that needs no number: yes for this once, or no."""

    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class QuestionReply:
    """The answer to the question with that digest: exactly one of the other three is given."""

    digest: str
    choose: int | None = None
    decision: Consent | None = None
    #: One line, typed behind the choice that asks for words.
    text: str | None = None

    def __post_init__(self) -> None:
        given = [it for it in (self.choose, self.decision, self.text) if it is not None]
        if len(given) != 1:
            raise UsageError("give exactly one of choose, decision and text")
        if self.text is not None and (not self.text.strip() or _CONTROL.search(self.text)):
            raise UsageError("text must be one line, not blank, without control characters")
        if self.text is not None and len(self.text) > MOST_CHARACTERS:
            raise UsageError(f"text must have at most {MOST_CHARACTERS} characters")

    def as_text(self) -> str:
        """Its form within a request."""
        return json.dumps({name: it for name, it in asdict(self).items() if it is not None})

    @classmethod
    def from_text(cls, text: str) -> "QuestionReply":
        """Raises ValueError or TypeError."""
        found = json.loads(text)
        decision = found.pop("decision", None)
        return cls(**found, decision=Consent(decision) if decision else None)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choice a reply means, or why there is none to take."""

    choice: Choice | None
    #: The rest of a sentence; empty with a choice.
    problem: str = ""


def chosen(model: QuestionModel, question: Question, reply: QuestionReply) -> Chosen:
    """Which of the question's choices a reply means."""
    if question.takes_several:
        return Chosen(None, "the question takes several choices at once; attach to answer it")
    found = _meant(model, question, reply)
    if found is None:
        return Chosen(None, _NONE[_way(reply)])
    field = model.writing(question)
    if field is not None and reply.text is None and found.number == field.number:
        return Chosen(None, f"choice {found.number} asks for words; give them as text")
    if field is not None and field.selected and reply.text is None:
        return Chosen(None, "the cursor stands in the field for words; attach to answer")
    if model.key(question, found) is None:
        return Chosen(None, "nobody knows which key takes this choice; attach to answer")
    return Chosen(found)


_NONE = {
    "choose": "the question has no choice of that number",
    "approve": "no choice, or more than one, says yes for this once; choose by number",
    "deny": "no choice, or more than one, says no; choose by number",
    "text": "no choice of the question asks for words",
}


def _way(reply: QuestionReply) -> str:
    if reply.choose is not None:
        return "choose"
    return reply.decision.value if reply.decision is not None else "text"


def _meant(model: QuestionModel, question: Question, reply: QuestionReply) -> Choice | None:
    if reply.choose is not None:
        return question.choice(reply.choose)
    if reply.text is not None:
        return model.writing(question)
    if reply.decision is Consent.APPROVE:
        return model.approving(question)
    return model.denying(question)
