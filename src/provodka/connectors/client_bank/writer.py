"""Writing a file of payment orders, exactly as the format has it: 1.03, CRLF, Windows or DOS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from provodka.connectors.client_bank.keys import DOCUMENT, DOCUMENT_END, END, FIRST_LINE
from provodka.connectors.client_bank.orders import ORDER, mistakes, pairs, told
from provodka.connectors.client_bank.values import PaymentDocument
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["Encoding", "write_orders"]

Encoding = Literal["windows", "dos"]
SPELT = {"windows": "Windows", "dos": "DOS"}
CODECS = {"windows": "cp1251", "dos": "cp866"}
LINE_END = "\r\n"


def write_orders(
    orders: Sequence[PaymentDocument],
    *,
    sender: str,
    created: datetime,
    encoding: Encoding = "windows",
    version: str = "1.03",
) -> bytes:
    """The bytes of a file with these orders, all their payers' accounts named in its header.

    `created` is the time that the file tells, in the user's zone. Raises `DocumentError` that
    names every mistake of every order, and writes nothing then.
    """
    _check(orders, CODECS[encoding])
    header = [
        ("ВерсияФормата", version),
        ("Кодировка", SPELT[encoding]),
        ("Отправитель", sender),
        ("Получатель", ""),
        ("ДатаСоздания", f"{created:%d.%m.%Y}"),
        ("ВремяСоздания", f"{created:%H:%M:%S}"),
        ("ДатаНачала", f"{min(one.day for one in orders):%d.%m.%Y}"),
        ("ДатаКонца", f"{max(one.day for one in orders):%d.%m.%Y}"),
        *(("РасчСчет", account) for account in dict.fromkeys(one.payer.account for one in orders)),
        *(("Документ", kind) for kind in dict.fromkeys(one.kind or ORDER for one in orders)),
    ]
    lines = [FIRST_LINE, *_joined(header)]
    for order in orders:
        lines += [f"{DOCUMENT}={order.kind or ORDER}", *_joined(pairs(order)), DOCUMENT_END]
    return LINE_END.join([*lines, END, ""]).encode(CODECS[encoding])


def _joined(found: Sequence[tuple[str, str]] | Iterator[tuple[str, str]]) -> list[str]:
    return [f"{key}={value}" for key, value in found]


def _check(orders: Sequence[PaymentDocument], codec: str) -> None:
    wrong = []
    for number, order in enumerate(orders, 1):
        if found := mistakes(order, codec):
            named = _("поручение {place} (№ {number})")
            wrong.append(f"{named.format(place=number, number=order.number)}: {told(found)}")
    if not orders:
        wrong.append(_("поручений нет"))
    if wrong:
        raise DocumentError(
            _("Платежные поручения для банка"),
            found="\n".join(wrong),
            expected=_("реквизиты, с которыми банк примет поручение"),
            next_step=_("исправьте названные поля и повторите: файл не записан"),
            code="bad_payment_order",
        )
