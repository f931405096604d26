"""The hub's own log in a process of Prefect's: to stderr, and readable on Prefect's pages."""

from __future__ import annotations

import logging

import structlog

from provodka.foundation.logs import configure_logs

__all__ = ["prepare_logs"]


def prepare_logs() -> None:
    """Set the log up, once a process; call after Prefect has set up its own.

    Prefect forwards the loggers that `PREFECT_LOGGING_EXTRA_LOGGERS` names; their events are
    shown as lines, not as dictionaries.
    """
    if structlog.is_configured():
        return
    configure_logs(human=False)
    plain = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.KeyValueRenderer(
                key_order=["event"], drop_missing=True, sort_keys=True
            ),
        ]
    )
    for handler in logging.getLogger("provodka").handlers:
        handler.setFormatter(plain)
