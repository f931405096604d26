"""What a person decides of a bank's document: these invoices, or no payment of an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables.bank import bank_document
from provodka.connectors.crm_store.tables.papers import invoice, payment
from provodka.flows.bank.completing import shares_of
from provodka.flows.bank.deciding import mark
from provodka.flows.bank.meeting import alone_with_the_bank, chosen_payment, met_payments
from provodka.flows.bank.paying import Laid, link_payment, pay, take_back
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["Wish", "assign", "dismiss", "document_by_number"]


@dataclass(frozen=True, slots=True)
class Wish:
    """An invoice that a person names; without an `amount`, as much as fits."""

    number: str
    amount: Decimal | None = None


def document_by_number(connection: Connection, number: int) -> Any:
    """A bank's document, locked. Raises `DocumentError` if there is none."""
    row = connection.execute(
        select(bank_document).where(bank_document.c.id == number).with_for_update()
    ).first()
    if row is None:
        raise DocumentError(
            _("Документ банка {number}").format(number=number),
            found=_("такого нет"),
            expected=_("номер из первого столбца списка"),
            next_step=_("все документы покажет provodka bank list"),
            code="no_bank_document",
        )
    return row


def assign(
    connection: Connection,
    number: int,
    wishes: Sequence[Wish],
    who: str,
    zone: ZoneInfo,
    now: datetime,
) -> Laid:
    """Lay a receipt out over the invoices that a person names; returns how.

    Raises `DocumentError` for an invoice that is not there, is closed or not in force, and for
    sums that are more than came or than is open; `Refused` where 1C has already said otherwise.
    """
    document = document_by_number(connection, number)
    if document.direction != "in":
        raise _wrong(document, _("это списание, а не поступление"), _("поступление на наш счет"))
    journal.attribute(connection, who)
    laid = _laid(connection, document, wishes)
    met = met_payments(connection, [number]).get(number, [])
    of_client = [one for one in met if one.client == _client_of(connection, laid)]
    key = document.payment_id or chosen_payment(of_client or met)
    alone = key is None or alone_with_the_bank(connection, key)
    if key is not None and not alone:
        wanted = laid
        laid, _filled = link_payment(connection, document, key, wanted)
        if {one for one, _amount in laid} != {one for one, _amount in wanted}:
            raise _said_by_accounting(document)
    else:
        if key is not None and _client_of(connection, laid) != _payer_of(connection, key):
            take_back(connection, document)
            document = _without_payment(connection, number)
        key = pay(connection, document, laid, zone)
    mark(connection, number, who, _("решение сотрудника"), key, laid, now)
    return laid


def dismiss(connection: Connection, number: int, who: str, now: datetime) -> None:
    """Put down that a receipt pays for no invoice; a payment that it made is taken back.

    Raises `Refused` where 1C has this receipt.
    """
    document = document_by_number(connection, number)
    journal.attribute(connection, who)
    if document.payment_id is not None:
        if not alone_with_the_bank(connection, document.payment_id):
            raise _said_by_accounting(document)
        take_back(connection, document)
    mark(connection, number, who, _("решение сотрудника: не оплата счета"), None, [], now)


def _without_payment(connection: Connection, number: int) -> Any:
    connection.execute(
        bank_document.update().where(bank_document.c.id == number).values(payment_id=None)
    )
    return document_by_number(connection, number)


def _client_of(connection: Connection, laid: Laid) -> UUID:
    found = select(invoice.c.client_id).where(invoice.c.id == laid[0][0])
    key: UUID = connection.execute(found).scalar_one()
    return key


def _payer_of(connection: Connection, key: UUID) -> UUID:
    found: UUID = connection.execute(
        select(payment.c.client_id).where(payment.c.id == key)
    ).scalar_one()
    return found


def _laid(connection: Connection, document: Any, wishes: Sequence[Wish]) -> Laid:
    left = document.amount
    mine = dict(shares_of(document))
    laid: list[tuple[UUID, Decimal]] = []
    for wish in wishes:
        row = _invoice(connection, document, wish.number)
        free = row.amount - row.paid_amount + mine.get(row.id, Decimal(0))
        amount = min(left, free) if wish.amount is None else wish.amount
        _check_sum(document, wish, amount, free, left)
        left -= amount
        laid.append((row.id, amount))
    if len({one for one, _amount in laid}) != len(laid):
        raise _wrong(document, _("счет назван дважды"), _("каждый счет один раз"))
    _check_one_client(connection, document, laid)
    return laid


def _check_sum(document: Any, wish: Wish, amount: Decimal, free: Decimal, left: Decimal) -> None:
    if free <= 0:
        found = _("счет {number} уже оплачен").format(number=wish.number)
        raise _wrong(document, found, _("открытый счет"))
    if not 0 < amount <= min(free, left):
        told = _("на счет {number} отнесено {amount}, а можно не больше {most}")
        found = told.format(number=wish.number, amount=amount, most=min(free, left))
        raise _wrong(document, found, _("не больше суммы поступления и остатка по счету"))


def _check_one_client(connection: Connection, document: Any, laid: Laid) -> None:
    clients = {_client_of(connection, [one]) for one in laid}
    if len(clients) > 1:
        raise _wrong(document, _("счета разных клиентов"), _("счета одного клиента"))


def _invoice(connection: Connection, document: Any, number: str) -> Any:
    rows = connection.execute(
        select(invoice)
        .where(invoice.c.number == number, invoice.c.deleted_at.is_(None))
        .order_by(invoice.c.date.desc())
        .with_for_update()
    ).all()
    living = [row for row in rows if row.posted] or rows
    still = [row for row in living if row.amount > row.paid_amount] or living
    if not still:
        raise _wrong(
            document,
            _("счета {number} нет").format(number=number),
            _("номер счета, как в CRM"),
        )
    if len(still) > 1:
        found = _("счетов с номером {number}: {count}").format(number=number, count=len(still))
        raise _wrong(document, found, _("один открытый счет с этим номером"))
    if not still[0].posted:
        found = _("счет {number} не проведен").format(number=number)
        raise _wrong(document, found, _("проведенный счет"))
    return still[0]


def _wrong(document: Any, found: str, expected: str) -> DocumentError:
    return DocumentError(
        _("Документ банка {number}").format(number=document.id),
        found=found,
        expected=expected,
        next_step=_("варианты и причины покажет provodka bank show {number}").format(
            number=document.id
        ),
        code="wrong_bank_decision",
    )


def _said_by_accounting(document: Any) -> Refused:
    return Refused(
        _("Документ банка {number}").format(number=document.id),
        found=_("это поступление уже есть в 1С, и бухгалтер отнес его к счетам там"),
        expected=_("поступление, которого еще нет в 1С"),
        next_step=_("исправьте расшифровку платежа в 1С: хаб ее перечитает"),
        code="decided_in_accounting",
    )
