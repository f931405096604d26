"""Asking the base for a balance: one request for the table, small ones for what it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.conditions import any_of
from provodka.connectors.onec.odata.filters import Field
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.virtual_tables import VirtualTable, account_balance, balance
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.books import BOOKS, read_book

__all__ = ["Asked", "ask", "beneath", "table_of"]

log = structlog.get_logger("provodka.balances")
Rows = list[dict[str, Any]]
NAMED = ("Ref_Key", "Description")
CODED = ("Ref_Key", "Code")
BY_NAME = ("Description",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the base has answered: rows, and texts by book or catalog."""

    rows: Rows
    books: Mapping[str, Mapping[str, str]]


def ask(base: ODataBase, one: Balance, now: datetime) -> Asked:
    """The balance at the end of the base's day at `now`, and names of what its rows refer to."""
    codes = _codes(base, one) if one.chart else ()
    rows = _rows(base, one, now, codes)
    for name, fields in one.analytics:
        _look_up(base, one, rows, name, fields)
    books: dict[str, Mapping[str, str]] = {name: _book(base, name) for name in one.books}
    return Asked(rows, books | {name: _names(base, name) for name in one.catalogs})


def _rows(base: ODataBase, one: Balance, now: datetime, codes: tuple[str, ...]) -> Rows:
    """The rows; a base that does not take субконто for dimensions gives finer ones.

    They come to the same: rows are added up here by what the declaration names.
    """
    try:
        return base.read_table(table_of(one, base, now, codes), one.select)
    except ConfigurationError as error:
        if error.code != "bad_query" or not one.slots:
            raise
        log.info("dimensions_refused", balance=one.name)
    return base.read_table(table_of(one, base, now, codes, ()), one.select)


def table_of(
    one: Balance,
    base: ODataBase,
    now: datetime,
    codes: Iterable[str] = (),
    dimensions: Sequence[str] | None = None,
) -> VirtualTable:
    """The virtual table: everything of the day at `now` is in it, nothing of the next one.

    A balance at a moment is that before it (1C developer guide 8.3.27 §17.4.8). `dimensions`
    are those of the declaration by default; if none are named, the base adds nothing up.
    """
    next_day = now.astimezone(base.settings.timezone).date() + timedelta(days=1)
    asked = one.asked if dimensions is None else dimensions
    if not one.accounting:
        return balance(one.register, period=next_day, dimensions=asked)
    accounts = any_of(Field("Account/Code") == code for code in codes)
    return account_balance(one.register, period=next_day, accounts=accounts, dimensions=asked)


def _look_up(base: ODataBase, one: Balance, rows: Rows, name: str, fields: tuple[str, ...]) -> None:
    """Put beside keys of analytics what they stand for; of a key that is gone, nothing."""
    pages = base.read_pages(name, Query(select=("Ref_Key", *fields), order=BY_NAME))
    items = {str(row["Ref_Key"]): row for page in pages for row in page.rows}
    for row in rows:
        for each in one.dimensions:
            if each.through == name:
                row[each.column] = items.get(str(row.get(each.theirs)), {}).get(each.taken)


def beneath(wanted: Sequence[str], chart: Iterable[str]) -> tuple[str, ...]:
    """The codes of a chart of accounts that are among the wanted ones, or under one of them."""
    return tuple(
        code for code in chart if any(code == one or code.startswith(f"{one}.") for one in wanted)
    )


def _codes(base: ODataBase, one: Balance) -> tuple[str, ...]:
    query = Query(select=CODED, order=("Code",))
    pages = base.read_pages(one.chart, query)
    chart = [str(row["Code"]).strip() for page in pages for row in page.rows]
    found = beneath(one.accounts, chart)
    if not found:
        raise ConfigurationError(
            one.accounts_place,
            found=_("в {chart} нет счетов {codes}").format(
                chart=one.chart, codes=", ".join(one.accounts)
            ),
            expected=_("коды счетов этой базы"),
            next_step=_("исправьте accounts; счета покажет provodka onec get {chart}").format(
                chart=one.chart
            ),
            code="no_accounts",
        )
    return found


def _book(base: ODataBase, name: str) -> dict[str, str]:
    book = BOOKS[name]
    pages = base.read_pages(book.entity, Query(select=book.select, order=book.order))
    return read_book(name, (row for page in pages for row in page.rows))


def _names(base: ODataBase, name: str) -> dict[str, str]:
    pages = base.read_pages(name, Query(select=NAMED, order=BY_NAME))
    return {
        str(row["Ref_Key"]): str(row["Description"]).strip() for page in pages for row in page.rows
    }
