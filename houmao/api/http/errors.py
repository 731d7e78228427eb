"""The one place where an error becomes an answer: `{"detail": ...}` and a status.

Nothing is explained twice: a Houmao error brings its own sentence and status. An error nobody
planned is logged and answered without its text.
"""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask_smorest import Api
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException

from houmao.api.http.access_log import log_unplanned
from houmao.api.http.answers import EitherOf, ErrorSchema, Wire, answer
from houmao.api.http.description import linked
from houmao.api.http.validation import InvalidRequest
from houmao.errors import HoumaoError, Unavailable
from houmao.state.faults import problem

#: Statuses whose sentences are ours.
_TOLD = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
)


class HoumaoApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Collects the routes' documentation and leaves every error to `answer_error`."""

    ERROR_SCHEMA = ErrorSchema

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_either)

    def _openapi_json(self) -> Response:
        return answer(linked(self.spec.to_dict()))

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(Exception, answer_error)


def _either(converter: Any, field: Any, **_: object) -> dict[str, Any]:
    """How the API description tells of an object that is one of several."""
    schemas = field.schemas if isinstance(field, EitherOf) else ()
    return {"oneOf": [converter.resolve_nested_schema(it) for it in schemas]} if schemas else {}


def answer_error(error: Exception) -> Response:
    """The answer for any exception a request ended with."""
    if isinstance(error, InvalidRequest):
        return answer({"detail": error.violations}, error.http_status)
    if isinstance(error, HTTPException):
        return _answer_http(error)
    known = _known(error)
    if known is None:
        log_unplanned(error, request.method, request.path)
        return answer({"detail": HTTPStatus.INTERNAL_SERVER_ERROR.phrase}, 500)
    body: Wire = {"detail": known.message, **known.extra()}
    return answer(body, known.answer_status, known.headers())


def _known(error: Exception) -> HoumaoError | None:
    if isinstance(error, HoumaoError):
        return error
    # Another refused command is our mistake; only a Redis that cannot serve makes callers wait.
    told = problem(error) if isinstance(error, RedisError) else None
    return Unavailable(told) if told else None


def _answer_http(error: HTTPException) -> Response:
    """What Flask itself refuses; its own headers such as Allow are kept, its HTML is not."""
    status = error.code or 500
    detail = error.description if status in _TOLD else None
    headers = {k: v for k, v in error.get_headers() if k.lower() != "content-type"}
    return answer({"detail": detail or HTTPStatus(status).phrase}, status, headers)


def register(app: Flask) -> HoumaoApi:
    """Give the app its error answers and its API description."""
    return HoumaoApi(app)
