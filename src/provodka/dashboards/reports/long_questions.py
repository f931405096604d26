"""Questions that outlast a reader's patience: put off to a refresh, and said so.

A page gives a statement so many seconds. What was cut short is noted like an answer that has
aged; the next refresh answers it, and from then on the page reads the answer. What takes too long
even for a refresh is not tried again for a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from provodka.connectors.crm_store.tables.report import answer
from provodka.dashboards.reports import catalog
from provodka.dashboards.reports.answer_store import apart, fingerprint, put_off
from provodka.dashboards.results import ReportQuery
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["IN_THE_BACKGROUND", "LONGEST", "is_cut_short", "limited", "patiently", "unless_long"]

LONGEST = 120_000
"""Milliseconds that one statement may take when a refresh answers a question."""
WAITED = 20_000
"""Milliseconds: how long a question that was cut short is taken to need, until it is known."""
QUERY_CANCELED = "57014"
"""PostgreSQL, appendix A: what a statement is told that has outlasted `statement_timeout`."""
IN_THE_BACKGROUND = text("SET LOCAL max_parallel_workers_per_gather = 0")
"""What is computed ahead takes one processor: the others are for people who wait."""
RECENT = text("used_at > now() - interval '1 day'")


@contextmanager
def patiently(connection: Connection, name: str, query: ReportQuery) -> Iterator[None]:
    """Compute within this block; raises `ProvodkaError` for what takes longer than one waits.

    A question that was put off a while ago is not even begun. The transaction stays usable.
    """
    _refuse_put_off(connection, name, query)
    try:
        with connection.begin_nested():
            yield
    except OperationalError as error:
        if not is_cut_short(error):
            raise
        with apart(connection) as other:
            if other is not None:
                put_off(other, name, query, WAITED)
        raise _later(name) from None


@contextmanager
def unless_long(connection: Connection, where: str, *, awaited: bool = False) -> Iterator[None]:
    """Ask within this block what a refresh does not ask again; raises `ProvodkaError` as above.

    `awaited` says that the next refresh will find it all the same.
    """
    try:
        with connection.begin_nested():
            yield
    except OperationalError as error:
        if not is_cut_short(error):
            raise
        soon = _(
            "вернитесь к отчету через несколько минут: список соберется при обновлении отчетов; "
            "или выберите период короче"
        )
        raise ProvodkaError(
            where,
            found=_("за этот период он ищется дольше, чем может ждать страница"),
            expected=_("ответ за 20 секунд"),
            next_step=soon if awaited else _("выберите период короче или добавьте отбор"),
            code="report_put_off",
        ) from None


def limited(connection: Connection) -> None:
    """Let no statement of this transaction take longer, or more, than a refresh can give it."""
    connection.execute(IN_THE_BACKGROUND)
    connection.execute(text(f"SET LOCAL statement_timeout = {LONGEST}"))


def is_cut_short(error: OperationalError) -> bool:
    """Whether a statement was ended because it took too long."""
    return getattr(error.orig, "sqlstate", None) == QUERY_CANCELED


def _refuse_put_off(connection: Connection, name: str, query: ReportQuery) -> None:
    mine = (answer.c.report == name) & (answer.c.question == fingerprint(query))
    waiting = select(answer.c.took_ms).where(mine, answer.c.result == "", RECENT)
    took = connection.execute(waiting).scalar()
    if took is not None:
        raise _never(name) if took >= LONGEST else _later(name)


def _later(name: str) -> ProvodkaError:
    return ProvodkaError(
        _title(name),
        found=_("за этот период он считается дольше, чем может ждать страница"),
        expected=_("ответ за 20 секунд"),
        next_step=_(
            "откройте его через несколько минут: он посчитается при обновлении отчетов; "
            "или выберите период короче"
        ),
        code="report_put_off",
    )


def _never(name: str) -> ProvodkaError:
    return ProvodkaError(
        _title(name),
        found=_("за этот период он считается слишком долго и для обновления отчетов"),
        expected=_("период короче или отбор"),
        next_step=_(
            "выберите период короче; целиком его построит команда provodka report {name}"
        ).format(name=name),
        code="report_too_long",
    )


def _title(name: str) -> str:
    known = catalog.reports().get(name)
    return _("Отчет «{title}»").format(title=known.title if known else name)
