"""What has happened to the store, in words for whoever can do something about it."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from provodka.foundation.errors import SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["store_trouble"]

NO_ROOM = "53100"
READ_ONLY = "25006"
TOO_MANY = "53300"
STOPPING = ("57P01", "57P02", "57P03")
NO_ROOM_SAID = ("No space left on device", "File too large", "Disk quota exceeded")
"""A limit on files or a quota has no code of its own (PostgreSQL 18, `errcode_for_file_access`)."""


def store_trouble(error: BaseException) -> SystemUnavailable | None:
    """The trouble of a database that stops, is full, busy or gone; None when it is well.

    `error` is SQLAlchemy's, or the driver's own where rows go by COPY. Whatever was under way is
    rolled back, so the same can simply be tried again.
    """
    while isinstance(error, PendingRollbackError) and error.__context__ is not None:
        error = error.__context__
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, psycopg.Error):
        return None
    said, state = str(cause).strip(), cause.sqlstate
    if state == NO_ROOM or any(words in said for words in NO_ROOM_SAID):
        return _trouble(
            _("на диске PostgreSQL нет места: {said}").format(said=said.splitlines()[0]),
            _("место для новых документов"),
            _("освободите место; следующий запуск продолжит с того же места"),
            "store_full",
        )
    if state == READ_ONLY:
        return _trouble(
            _("PostgreSQL разрешает только чтение"),
            _("база, в которую можно писать"),
            _("проверьте, не резервный ли это сервер и не выключена ли запись"),
            "store_read_only",
        )
    if state == TOO_MANY:
        return _trouble(
            _("у PostgreSQL не осталось свободных соединений"),
            _("соединение для хаба"),
            _("закройте лишние или увеличьте max_connections"),
            "store_busy",
        )
    if not isinstance(cause, psycopg.OperationalError):
        return None
    if state in STOPPING:
        found = _("PostgreSQL остановлен или перезапускается")
    else:
        lines = said.splitlines()
        found = _("база не отвечает или прервала соединение: {said}").format(
            said=lines[0] if lines else type(cause).__name__
        )
    return _trouble(
        found,
        _("работающий PostgreSQL"),
        _("проверьте PROVODKA_DATABASE_URL или запустите provodka init"),
        "no_store",
    )


def _trouble(found: str, expected: str, next_step: str, code: str) -> SystemUnavailable:
    return SystemUnavailable(
        _("База хаба"), found=found, expected=expected, next_step=next_step, code=code
    )
