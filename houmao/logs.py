"""One line an event, on standard error: time, level, process, event, then key=value pairs.

Callers pass ids and counts, never prompts, screens or keys. Libraries that log through the
standard library come out in the same form, from warnings upwards.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

Event = MutableMapping[str, Any]

#: What a terminal would act on; line ends are the renderer's business.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def _harmless(_: object, __: str, event: Event) -> Event:
    """The event with the control characters of its texts spelled out: others chose some of them."""
    return {name: _spelled(value) for name, value in event.items()}


def _spelled(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", value)


_STAMP = structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S.%fZ", utc=True, key="at")
_COMMON: list[Processor] = [
    structlog.processors.add_log_level,
    _STAMP,
    structlog.processors.format_exc_info,
]
_RENDER = (
    _harmless,
    structlog.processors.LogfmtRenderer(key_order=["at", "level", "process", "event"]),
)


def configure(process: str) -> None:
    """Set logging up for this process; `process` is its Procfile name."""

    def name_process(_: object, __: str, event: Event) -> Event:
        event["process"] = process
        return event

    common = [name_process, *_COMMON]
    structlog.configure(
        processors=[*common, *_RENDER],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_RENDER],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get(name: str) -> "structlog.stdlib.BoundLogger":
    """A logger; `name` tells which part speaks."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(part=name)
    return logger
