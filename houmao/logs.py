"""One line an event, on standard error: time, level, process, event, then key=value pairs.

Callers pass ids and counts, never prompts, screens or keys. Libraries that log through the
standard library come out in the same form, from warnings upwards.
"""

import logging
import sys

import structlog

_STAMP = structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S.%fZ", utc=True, key="at")
_COMMON = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    _STAMP,
    structlog.processors.format_exc_info,
]
_RENDER = structlog.processors.LogfmtRenderer(key_order=["at", "level", "process", "event"])


def configure(process: str) -> None:
    """Set logging up for this process; `process` is its Procfile name."""
    structlog.contextvars.bind_contextvars(process=process)
    structlog.configure(
        processors=[*_COMMON, _RENDER],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_COMMON,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get(name: str) -> "structlog.stdlib.BoundLogger":
    """A logger; `name` tells which part speaks."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(part=name)
    return logger
