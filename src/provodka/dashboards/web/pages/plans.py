"""`/plans`: what managers, departments and the company are to reach, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.asked import waited_for
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.reports.narrowing import narrowing_of
from provodka.dashboards.web.pages.reports.planned import (
    BASES,
    MONTHS,
    Year,
    history_of,
    year_of,
)
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _, language, marked

__all__ = ["EDITORS", "amount_of", "pages"]

READERS = frozenset({Role.HEAD, Role.ANALYST, Role.ACCOUNTANT})
EDITORS = frozenset({Role.HEAD})
SPACES = str.maketrans(dict.fromkeys(" \u00a0\u202f\u2009", ""))
YEARS = range(2000, 2101)
GREATEST = Decimal(10) ** 13


def pages() -> tuple[Page, ...]:
    """The table of plans: everybody who reads reports on money sees it, heads change it."""
    title = marked("Планы продаж")
    return (
        Page(
            "/plans",
            "plans",
            title,
            READERS,
            show,
            save,
            menu=marked("Планы"),
            section="reports",
            icon="sales",
        ),
    )


def show(visit: Visit) -> Answer:
    """The plans of a year, and who has changed them."""
    shown = _shown(visit, visit.query)
    context = {
        "shown": shown,
        "bases": BASES,
        "months": MONTHS,
        "history": history_of(visit.connection, shown),
        "editable": visit.visitor.may(*EDITORS),
        "number": uuid4(),
    }
    return Shown("plans.html.jinja", context)


def save(visit: Visit) -> Answer:
    """Ask for the cells that were changed, each with what it was when the page was opened."""
    if not visit.visitor.may(*EDITORS):
        raise _wrong(_("Планы"), _("у вас нет роли руководителя"), _("роль head"))
    shown = _shown(visit, visit.form)
    cells = list(_changed(visit.form, shown))
    if not cells:
        raise _wrong(_("Планы"), _("ничего не изменено"), _("хотя бы одна новая сумма"))
    wished = {"year": shown.year, "basis": shown.basis, "cells": cells}
    return waited_for(visit.wish("plans_save", wished, _number(visit.form)))


def _shown(visit: Visit, given: Mapping[str, str]) -> Year:
    today = visit.now.astimezone(visit.backdrop.zone)
    written, basis = given.get("year") or str(today.year), given.get("basis") or "shipped"
    if not (written.isascii() and written.isdigit() and int(written[:5]) in YEARS):
        raise _wrong(_("Год"), f"«{written[:20]}»", _("год от 2000 до 2100"))
    if basis not in BASES:
        raise _wrong(_("Основа"), f"«{basis[:20]}»", ", ".join(BASES))
    narrowed = narrowing_of(visit.connection, visit.visitor)
    return year_of(visit.connection, int(written), basis, narrowed)


def _changed(form: Mapping[str, str], shown: Year) -> Iterator[dict[str, Any]]:
    for row in shown.rows:
        for month in range(1, 13):
            place = f"{row.owner}.{month}"
            if f"plan.{place}" not in form or month in row.several:
                continue
            named = f"{row.name}, {_(MONTHS[month - 1])}"
            wanted = amount_of(form[f"plan.{place}"], named)
            was = amount_of(form.get(f"was.{place}", ""), named)
            if wanted != was:
                yield {
                    "owner": row.owner,
                    "month": month,
                    "amount": None if wanted is None else str(wanted),
                    "was": None if was is None else str(was),
                }


def amount_of(written: str, where: str) -> Decimal | None:
    """A sum as people write it, `1 500 000,50` or `1,500,000.50`; an empty field is no plan."""
    plain = written.strip().translate(SPACES).replace(",", "." if language() == "ru" else "")
    if not plain:
        return None
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise _wrong(where, f"«{written[:40]}»", _("сумма вида 1 500 000,50")) from None
    if not found.is_finite() or not 0 <= found < GREATEST or found != round(found, 2):
        raise _wrong(where, f"«{written[:40]}»", _("сумма не меньше нуля, до копейки"))
    return found


def _number(form: Mapping[str, str]) -> UUID:
    try:
        return UUID(form.get("number", ""))
    except ValueError:
        raise _wrong(_("Планы"), _("форма без ключа"), _("форма этой страницы")) from None


def _wrong(where: str, found: str, expected: str) -> DocumentError:
    return DocumentError(
        where,
        found=found,
        expected=expected,
        next_step=_("исправьте и отправьте снова; ничего не сохранено"),
        code="wrong_plan",
    )
