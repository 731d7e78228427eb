"""How a view is declared: method, path, answer, the errors it may end with.

One decorator feeds the router, the API description and the validation, so that they cannot
disagree. Bodies and queries are validated before the view runs, hence before any look-up.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from houmao.api.http.answers import AnswerSchema
from houmao.api.http.validation import StrictParser

View = TypeVar("View", bound=Callable[..., Response])

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


class Resource(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint whose views return finished responses."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name, __name__, description=description)

    def answers(
        self,
        method: str,
        rule: str,
        schema: type[ma.Schema] | None,
        *,
        errors: Sequence[int] = (),
        query: type[ma.Schema] | None = None,
        body: type[ma.Schema] | None = None,
    ) -> Callable[[View], View]:
        """Register a view for `method` and `rule`.

        What `query` and `body` load is handed to the view as its first arguments, in that
        order. A `schema` of None means an event stream.
        """

        def decorate(view: View) -> View:
            wrapped: Any = view
            for status in {*errors} - {422}:
                wrapped = self.alt_response(status, response=HTTPStatus(status).name)(wrapped)
            if query or body or 422 in errors:
                wrapped = self.alt_response(422, schema=RefusedSchema)(wrapped)
            for location, takes in (("json", body), ("query", query)):
                if takes is not None:
                    wrapped = self.arguments(takes, location=location)(wrapped)
            stream = "text/event-stream" if schema is None else None
            wrapped = self.response(200, schema, content_type=stream)(wrapped)
            self.route(rule, methods=[method])(wrapped)
            return view

        return decorate
