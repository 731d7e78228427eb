"""What published clients take of an answer: the contract's fields, without our additions.

Their models refuse every field that they do not know. A schema names its additions once, and
whoever asks with `extended=true` gets them; routes of ours tell everything. This file knows no
route.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import marshmallow as ma
from marshmallow import fields

from houmao.api.http.answers import AnswerSchema, EitherOf, Wire
from houmao.api.http.validation import StrictSchema, Switch

#: Makes the smaller answer of a whole one.
Prune = Callable[[Any], Any]


class ContractQuery(StrictSchema):
    extended = Switch(
        load_default=False, metadata={"description": "Tell what the contract does not know, too."}
    )


@dataclass(frozen=True, slots=True)
class Contract:
    """An answer of the contract; `prune` is None when we add nothing to it."""

    schema: type[AnswerSchema]
    prune: Prune | None

    def pruned(self, whole: Wire) -> Wire:
        """The answer as the contract knows it."""
        return self.prune(whole) if self.prune else whole


def contract(schema: type[AnswerSchema]) -> Contract:
    """The answer of a route that published clients know."""
    return Contract(schema, _pruner(schema()))


def beside(schema: type[AnswerSchema], *known: str) -> frozenset[str]:
    """Every field of a schema of ours but those that the contract knows, too."""
    return frozenset(schema().fields) - {*known}


def _pruner(schema: AnswerSchema) -> Prune | None:
    """What takes the additions of a schema, and of those inside it, off an answer."""
    additions = schema.additions
    found = {name: _inner(each) for name, each in schema.fields.items() if name not in additions}
    inside = {name: prune for name, prune in found.items() if prune}
    if not additions and not inside:
        return None

    def prune(body: Wire) -> Wire:
        return {
            name: inside[name](value) if name in inside and value is not None else value
            for name, value in body.items()
            if name not in additions
        }

    return prune


def _inner(field: ma.fields.Field[Any]) -> Prune | None:
    if isinstance(field, fields.List):
        each = _inner(field.inner)
        return (lambda found: [each(it) for it in found]) if each else None
    if isinstance(field, EitherOf):
        return _all_of([_pruner(schema()) for schema in field.schemas])
    schema = field.schema if isinstance(field, fields.Nested) else None
    return _pruner(schema) if isinstance(schema, AnswerSchema) else None


def _all_of(prunes: list[Prune | None]) -> Prune | None:
    """One after the other: none takes off what belongs to another schema."""
    found = [prune for prune in prunes if prune]
    return (lambda body: reduce(lambda told, prune: prune(told), found, body)) if found else None
