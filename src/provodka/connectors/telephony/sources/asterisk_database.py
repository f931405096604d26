"""Asterisk's call log in a database: `cdr`, FreePBX's `asteriskcdrdb.cdr`, and `cel` beside it.

A row is written at hang-up under the time of its start, in the PBX's local time and without an
offset, so that spans of time are read with an overlap. CEL (channel event logging), where it is
kept, tells what rows do not: the number that was called before a transfer, and who made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from provodka.connectors.telephony.asterisk_cel import EVENTS, enriched
from provodka.connectors.telephony.asterisk_rows import leg_of_fields
from provodka.connectors.telephony.health import reach
from provodka.connectors.telephony.legs import BadRow, Leg
from provodka.connectors.telephony.options import SpannedOptions
from provodka.connectors.telephony.pbx import Pbx
from provodka.connectors.telephony.rows import NotACallRecord, Row, aware, read_rows
from provodka.connectors.telephony.source import CallPage, Reach
from provodka.connectors.telephony.windows import Windows
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    ProvodkaError,
    SystemUnavailable,
)
from provodka.foundation.i18n import _, marked

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table
    from sqlalchemy.exc import SQLAlchemyError

__all__ = ["PBX", "AsteriskDatabase", "AsteriskDatabaseOptions"]

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
CALLS_AT_ONCE = 500
NAMES: Final = {"calldate": "start", "recordingfile": "recording"}
DENIED: Final = frozenset({"1044", "1045", "1142", "28000", "28P01", "42501"})
BEHIND: Final = {
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
}


class AsteriskDatabaseOptions(SpannedOptions):
    """A database with the table `cdr`, MySQL or PostgreSQL."""

    address_field = "database"

    database: str = Field(
        description=marked("База: mysql://логин@сервер/asteriskcdrdb, без пароля")
    )
    password_env: str | None = Field(None, description=marked("Переменная с паролем базы"))
    table: str = Field("cdr", description=marked("Таблица звонков"))
    cel: str | None = Field("cel", description=marked("Таблица событий CEL; если ее нет — без нее"))

    def check_address(self) -> None:
        """An address that is no database of a known kind, or that holds a password."""
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            url = make_url(self.database)
        except ArgumentError:
            raise self._wrong(_("не похоже на адрес базы")) from None
        if url.password is not None:
            raise self._wrong(_("в адресе записан пароль"))
        if url.drivername not in BEHIND:
            raise self._wrong(_("неизвестная база «{kind}»").format(kind=url.drivername))

    def _wrong(self, found: str) -> ConfigurationError:
        return ConfigurationError(
            self.name,
            found=found,
            expected=_("mysql://логин@сервер/база или postgresql://логин@сервер/база"),
            next_step=_("исправьте database; переменную с паролем называет password_env"),
            code="bad_url",
        )

    @property
    def address(self) -> str:
        """The database, without a password."""
        return self.database


class AsteriskDatabase:
    """Spans of six hours; MySQL and PostgreSQL alike, reading alone."""

    def __init__(self, options: AsteriskDatabaseOptions, secrets: Mapping[str, str]) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.engine import make_url
        from sqlalchemy.pool import NullPool

        url = make_url(options.database)
        url = url.set(drivername=BEHIND[url.drivername], password=secrets.get("password"))
        waits = {"connect_timeout": 10}
        self._options = options
        self._engine: Engine = create_engine(url, poolclass=NullPool, connect_args=waits)
        self._windows = Windows(options, longest=timedelta(hours=6))
        self._tables: dict[str, Table] = {}

    def read(self, position: Mapping[str, Any] | None, *, now: datetime) -> CallPage:
        """The calls of the next span, see `CallSource`."""
        window = self._windows.next(position, now)
        if window is None:
            return CallPage([], position)
        with self._connected() as connection:
            legs, bad = self._legs(connection, window.start, window.end)
        after, more = self._windows.after(position, window, now, None)
        return CallPage(legs, after, bad, more=more)

    def probe(self, *, now: datetime) -> Reach:
        """The calls of the last day, else of a week, and the clock of the server."""
        from sqlalchemy import func, select

        with self._connected() as connection:
            told = connection.execute(select(func.now())).scalar_one()
            legs, bad = self._legs(connection, now - DAY, now + DAY)
            if not legs:
                legs, bad = self._legs(connection, now - WEEK, now)
        offset = aware(told, self._options.zoneinfo) - now
        return reach(legs, bad, lengths=self._options.internal_lengths, offset=offset)

    def close(self) -> None:
        """Let go of the connection."""
        self._engine.dispose()

    def _legs(
        self, connection: Connection, start: datetime, end: datetime
    ) -> tuple[list[Leg], list[BadRow]]:
        from sqlalchemy import select

        table = self._table(connection, self._options.table)
        # An hour more on either side: the local time of a span may be there twice.
        first, last = self._local(table, start - HOUR), self._local(table, end + HOUR)
        rows = connection.execute(select(table).where(table.c.calldate.between(first, last)))
        told = [dict(row._mapping) for row in rows]
        legs, bad = read_rows(told, self._leg, self._options.table)
        events = self._events(connection, legs)
        return enriched(legs, events, self._options.zoneinfo), bad

    def _local(self, table: Table, moment: datetime) -> datetime:
        if getattr(table.c.calldate.type, "timezone", False):
            return moment
        return moment.astimezone(self._options.zoneinfo).replace(tzinfo=None)

    def _leg(self, row: Mapping[str, Any]) -> Iterator[Leg]:
        fields = {NAMES.get(name, name): value for name, value in _texts(row).items()}
        start = row["calldate"]
        if not isinstance(start, datetime):
            raise NotACallRecord(_("поле {name} пусто").format(name="calldate"))
        told = Row(fields, self._options.zoneinfo)
        duration, talked = told.seconds("duration"), told.seconds("billsec")
        fields.setdefault("end", str(start + timedelta(seconds=duration)))
        if fields.get("disposition") == "ANSWERED":
            fields.setdefault("answer", str(start + timedelta(seconds=max(0, duration - talked))))
        text = "|".join(f"{name}={value}" for name, value in sorted(fields.items()))
        yield leg_of_fields(fields, text, self._options.zoneinfo)

    def _events(self, connection: Connection, legs: Sequence[Leg]) -> Iterator[Mapping[str, str]]:
        from sqlalchemy import inspect, select

        name = self._options.cel
        if not name or not legs or not inspect(connection).has_table(name):
            return
        table = self._table(connection, name)
        calls = sorted({leg.linkedid for leg in legs})
        for at in range(0, len(calls), CALLS_AT_ONCE):
            some = calls[at : at + CALLS_AT_ONCE]
            wanted = table.c.linkedid.in_(some), table.c.eventtype.in_(EVENTS)
            found = connection.execute(select(table).where(*wanted).order_by(table.c.eventtime))
            yield from (_texts(row._mapping) for row in found)

    def _table(self, connection: Connection, name: str) -> Table:
        from sqlalchemy import MetaData, Table
        from sqlalchemy.exc import NoSuchTableError

        if name not in self._tables:
            try:
                self._tables[name] = Table(name, MetaData(), autoload_with=connection)
            except NoSuchTableError:
                raise ConfigurationError(
                    self._options.database,
                    found=_("таблицы {name} нет").format(name=name),
                    expected=_("таблица звонков Asterisk, обычно cdr"),
                    next_step=_("исправьте table или базу в разделе telephony"),
                    code="no_cdr_table",
                ) from None
        return self._tables[name]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._translated(error) from error

    def _translated(self, error: SQLAlchemyError) -> ProvodkaError:
        cause = getattr(error, "orig", None)
        code = str(getattr(cause, "sqlstate", None) or next(iter(getattr(cause, "args", ())), ""))
        refused = code in DENIED or "password authentication failed" in code
        if refused:
            return AccessDenied(
                self._options.database,
                found=_("база не приняла логин или пароль"),
                expected=_("пользователь с правом читать {table}").format(
                    table=self._options.table
                ),
                next_step=_("проверьте логин в database, пароль в password_env и GRANT SELECT"),
                code="pbx_denied",
            )
        return SystemUnavailable(
            self._options.database,
            found=_("база не отвечает ({kind})").format(kind=type(cause or error).__name__),
            next_step=_("проверьте адрес, что сервер включен и пускает с этой машины"),
            code="unavailable",
        )


def _texts(row: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): "" if value is None else str(value) for name, value in row.items()}


PBX = Pbx("asterisk_database", AsteriskDatabaseOptions, AsteriskDatabase)
