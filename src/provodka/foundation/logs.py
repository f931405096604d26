"""What the hub writes about its work: lines for people in a terminal, JSON lines elsewhere.

Secrets and personal data never get into a line: fields that hold them by name are replaced,
and addresses and telephone numbers inside other texts are masked.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

__all__ = ["conceal", "configure_logs"]

HIDDEN = "***"
SECRETS = frozenset(
    {"password", "secret", "token", "authorization", "cookie", "dsn", "database_url", "api_key"}
)
PERSONAL = frozenset(
    {"phone", "email", "address", "recipient", "sender", "subject", "text", "html", "body"}
    | {"payload", "before", "after", "client_number", "full_name", "delivery_address"}
)
MAIL = re.compile(r"[^\s<>@,;:\"'()/*]+@(?=[^\s<>@,;:\"'()]+)")
CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
TELEPHONE = re.compile(
    r"(?<![\w.-])(?:\+\d[\d ()-]{8,16}\d|[78][ (-]*\d{3}[ )-]*\d{3}[ -]*\d{2}[ -]*\d{2})(?![\w-])"
)
QUOTED_ROWS = re.compile(r"^(?:DETAIL|CONTEXT): .*$|\[parameters: .*?\]$", re.MULTILINE)
Event = MutableMapping[str, Any]


def configure_logs(*, human: bool, verbose: bool = False) -> None:
    """Send the whole process's log to stderr; `human` lines, or one JSON object a line.

    Our own events are told from INFO up (DEBUG if `verbose`), those of libraries from WARNING.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=not human),
        structlog.processors.format_exc_info,
        conceal,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if human
        else structlog.processors.JSONRenderer(serializer=_dumped)
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("provodka").setLevel(logging.DEBUG if verbose else logging.INFO)
    # Each failed attempt is told by the connector that made it.
    logging.getLogger("stamina").setLevel(logging.ERROR)


def conceal(_logger: Any, _method: str, event: Event) -> Event:
    """A structlog processor: hide secrets and personal data, however deep they lie."""
    for name, value in event.items():
        event[name] = _concealed(name, value)
    return event


def _concealed(name: str, value: Any) -> Any:
    if name.lower() in SECRETS | PERSONAL:
        return HIDDEN
    if isinstance(value, str):
        return _masked(value)
    if isinstance(value, dict):
        return {key: _concealed(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_concealed(name, inner) for inner in value]
    return value


def _masked(text: str) -> str:
    text = CREDENTIALS.sub(HIDDEN, QUOTED_ROWS.sub("", text))
    return TELEPHONE.sub(HIDDEN, MAIL.sub(f"{HIDDEN}@", text))


def _dumped(event: Any, **options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, **{"default": str, **options})


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever `sys.stderr` is now: a progress display may have put itself there."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _value: TextIO) -> None:
        raise AttributeError("stream")
