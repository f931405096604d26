"""Papers: proposals, invoices, payments, shipments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index

from provodka.connectors.crm_store.tables.columns import (
    choice,
    day,
    document,
    flag,
    instant,
    lines,
    moment,
    money,
    number,
    numbered,
    ref,
    words,
)
from provodka.connectors.crm_store.tables.goods import VAT_RATES

__all__ = [
    "invoice",
    "invoice_line",
    "payment",
    "payment_allocation",
    "proposal",
    "proposal_line",
    "shipment",
    "shipment_line",
]


def _header(kind: str, prefix: str) -> tuple[Any, ...]:
    return (numbered(kind, prefix), *_common(posted=True))


def _common(*, posted: bool) -> tuple[Any, ...]:
    return (
        moment("date", "Дата документа"),
        ref("client_id", "client", "Клиент", nullable=False),
        money("amount", "Сумма документа с НДС"),
        words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
        flag("posted", "Проведен", default=posted),
        words("comment", "Комментарий"),
    )


def _item() -> tuple[Any, ...]:
    return (
        ref("product_id", "product", "Номенклатура", nullable=False),
        words("content", "Содержание строки, как в печатной форме"),
        number("quantity", "Количество", nullable=False),
        number("price", "Цена за единицу", nullable=False),
        money("amount", "Сумма строки"),
        choice("vat_rate", VAT_RATES, "Ставка НДС"),
        money("vat_amount", "Сумма НДС"),
    )


proposal = document(
    "proposal",
    "Коммерческие предложения (КП)",
    *_header("proposal", "КП"),
    ref("deal_id", "deal", "Сделка"),
    instant("sent_at", "Когда отправлено клиенту"),
)
Index("ix_proposal_deal", proposal.c.deal_id)
Index("ix_proposal_number", proposal.c.number)
proposal_line = lines("proposal_lines", "proposal", "Строки КП", *_item())

invoice = document(
    "invoice",
    "Счета на оплату покупателям",
    *_header("invoice", "СЧ"),
    ref("deal_id", "deal", "Сделка"),
    ref("proposal_id", "proposal", "КП, на основании которого выставлен"),
    ref("organization_id", "organization", "Наша организация"),
    ref("contract_id", "contract", "Договор"),
    flag("vat_included", "Суммы строк включают НДС", default=True),
    day("due_date", "Оплатить до"),
    money("paid_amount", "Оплачено по проведенным платежам"),
    money("shipped_amount", "Отгружено по проведенным реализациям"),
    choice(
        "accounting",
        ("absent", "queued", "entered", "flagged", "refused"),
        "Счет в бухгалтерии: нет, в очереди, записан, записан с расхождением, отказано",
    ),
    words("accounting_note", "Что сказала бухгалтерия: расхождения или причина отказа"),
    instant("sent_at", "Когда отправлен клиенту"),
)
Index("ix_invoice_deal", invoice.c.deal_id)
Index("ix_invoice_client", invoice.c.client_id)
Index("ix_invoice_date", invoice.c.date, invoice.c.id)
Index("ix_invoice_number", invoice.c.number)
Index(
    "ix_invoice_unpaid",
    invoice.c.date,
    invoice.c.id,
    postgresql_where=(invoice.c.paid_amount < invoice.c.amount) & invoice.c.deleted_at.is_(None),
)
Index(
    "ix_invoice_unshipped",
    invoice.c.date,
    invoice.c.id,
    postgresql_where=(invoice.c.shipped_amount < invoice.c.amount) & invoice.c.deleted_at.is_(None),
)
Index(
    "ix_invoice_outside",
    invoice.c.date,
    invoice.c.id,
    postgresql_where=(invoice.c.accounting != "entered") & invoice.c.deleted_at.is_(None),
)
Index(
    "ix_invoice_unposted",
    invoice.c.date,
    invoice.c.id,
    postgresql_where=~invoice.c.posted & invoice.c.deleted_at.is_(None),
)
invoice_line = lines("invoice_lines", "invoice", "Строки счетов", *_item())

payment = document(
    "payment",
    "Поступления от клиентов",
    words("number", "Номер"),
    *_common(posted=False),
    choice("kind", ("bank", "cash", "card"), "Банк, касса, карта"),
    words("purpose", "Назначение платежа"),
    words("incoming_number", "Номер платежного документа плательщика"),
    day("incoming_date", "Дата платежного документа плательщика"),
)
Index(
    "ix_payment_incoming",
    payment.c.incoming_date,
    payment.c.amount,
    postgresql_where=payment.c.incoming_date.is_not(None),
)
Index("ix_payment_number", payment.c.number)
payment_allocation = lines(
    "payment_allocations",
    "payment",
    "Расшифровка платежей по счетам",
    ref("invoice_id", "invoice", "Счет"),
    ref("contract_id", "contract", "Договор"),
    money("amount", "Сумма по этой строке"),
)
Index("ix_payment_allocations_invoice", payment_allocation.c.invoice_id)

shipment = document(
    "shipment",
    "Отгрузки (реализации товаров и услуг)",
    words("number", "Номер"),
    *_common(posted=False),
    ref("invoice_id", "invoice", "Счет"),
    ref("contract_id", "contract", "Договор"),
    flag("vat_included", "Суммы строк включают НДС", default=True),
)
Index("ix_shipment_invoice", shipment.c.invoice_id)
Index("ix_shipment_number", shipment.c.number)
shipment_line = lines(
    "shipment_lines",
    "shipment",
    "Строки отгрузок",
    *_item(),
    ref("invoice_id", "invoice", "Счет этой строки, если не счет документа"),
)
Index("ix_shipment_lines_invoice", shipment_line.c.invoice_id)
