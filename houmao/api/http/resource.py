"""How a view is declared: method, path, answer, the errors it may end with.

One decorator feeds the router, the API description and the validation, so that they cannot
disagree. Bodies and queries are validated before the view runs, hence before any look-up.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import marshmallow as ma
from flask import Response, request
from flask_smorest import Blueprint

from houmao.api.http.answers import AnswerSchema, answer
from houmao.api.http.contract import Contract, ContractQuery, Prune
from houmao.api.http.validation import StrictParser

View = TypeVar("View", bound=Callable[..., Response | Mapping[str, object]])

#: The media type of Server-Sent Events.
EVENT_STREAM = "text/event-stream"
#: An agent reference that answers to no agent or to several; Redis or the watcher away.
LOOKUP_ERRORS = (404, 409, 503)


class RefusedSchema(AnswerSchema):
    """A 422 as it is described: a request breaks its schema, or what it asks for makes no sense."""

    detail = ma.fields.Raw(
        required=True,
        metadata={
            "description": "What is wrong, field by field, or one sentence about the whole.",
            "oneOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "loc", "msg", "input"],
                        "properties": {
                            "type": {"type": "string"},
                            "loc": {"type": "array", "items": {}},
                            "msg": {"type": "string"},
                            "input": {},
                        },
                    },
                },
            ],
        },
    )


#: What the parts of paths look like.
_PATHS: dict[str, dict[str, object]] = {
    "host": {"description": "A host's id."},
    "agent_ref": {"description": "An agent's id or its name."},
    "request_id": {"pattern": "^[a-z]+-[0-9a-f]{12}$"},
    "turn_id": {"pattern": "^[0-9a-f]{12}$"},
    "launch_id": {"pattern": "^launch-[0-9a-f]{12}$"},
    "fan_out_id": {"pattern": "^fan-[0-9a-f]{12}$"},
    "terminal_id": {"pattern": "^[0-9a-f]{8}$"},
    "session_name": {"description": "A session's whole name."},
    "name": {"enum": ["stdout", "stderr"]},
}


def _path_parameters(rule: str) -> list[dict[str, object]]:
    """The description of a rule's variable parts."""
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": {"type": "string", "minLength": 1, **_PATHS[name]},
        }
        for name in re.findall(r"<(\w+)>", rule)
    ]


class Resource(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint whose views return what they tell; what it is sent as is decided here."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, description=description)

    def answers(
        self,
        method: str,
        rule: str,
        told: Contract | type[AnswerSchema] | str,
        *,
        errors: Sequence[int] = (),
        query: type[ma.Schema] | None = None,
        body: type[ma.Schema] | None = None,
    ) -> Callable[[View], View]:
        """Register a view for `method` and `rule`.

        What `query` and `body` load is handed to the view as its first arguments, in that
        order. `told` is the schema of what it returns, of the contract or of ours, or the
        media type of a response of its own.
        """
        takes = [it for it in (("query", query), ("json", body)) if it[1] is not None]
        prune = told.prune if isinstance(told, Contract) else None
        media = told if isinstance(told, str) else None
        schema = told.schema if isinstance(told, Contract) else None if media else told

        def decorate(view: View) -> View:
            described: Any = view
            for status in {*errors} - {422}:
                described = self.alt_response(status, response=HTTPStatus(status).name)(described)
            if takes or prune or 422 in errors:
                described = self.alt_response(422, schema=RefusedSchema)(described)
            for location, arguments in (*takes, *([("query", ContractQuery)] if prune else [])):
                described = self.arguments(arguments, location=location)(described)
            described = self.response(200, schema, content_type=media)(described)
            served: Any = _served(view, [(where, it()) for where, it in takes if it], prune)
            served._apidoc, served.told = described._apidoc, told
            self.route(rule, methods=[method], parameters=_path_parameters(rule))(served)
            return view

        return decorate


def _served(
    view: View, takes: Sequence[tuple[str, ma.Schema]], prune: Prune | None
) -> Callable[..., Response]:
    """The whole way of a request through its view: what it carries, what it is told."""
    parse, asks_for_more = Resource.ARGUMENTS_PARSER.parse, ContractQuery()

    @wraps(view)
    def serve(**path: str) -> Response:
        # Without a query there is nothing to read: most requests have none.
        more = request.query_string and parse(asks_for_more, request, location="query")
        given = [parse(schema, request, location=where) for where, schema in takes]
        told = view(*given, **path)
        if isinstance(told, Response):
            return told
        return answer(prune(told) if prune and not (more and more["extended"]) else told)

    return serve
