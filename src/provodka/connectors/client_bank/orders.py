"""Payment orders for the bank: checked field by field before a byte is written.

Sources: the format's own table of what 1C must send; Bank of Russia 762-П for lengths, for the
purpose (210 characters) and for what a payment to the budget must name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provodka.connectors.client_bank.accounts import key_is_right, looks_like_account
from provodka.connectors.client_bank.keys import BUDGET, LENGTHS, PARTY, PAYEE, PAYER, PURPOSE
from provodka.connectors.client_bank.scalars import write_amount
from provodka.connectors.client_bank.understanding import tagged_name
from provodka.connectors.client_bank.values import Party, PaymentDocument
from provodka.foundation.i18n import _

__all__ = ["ORDER", "Mistake", "mistakes", "pairs", "told"]

ORDER = "Платежное поручение"
NEEDED_OF_PARTY = ("name", "account", "bank", "bik")
PRIORITIES = "12345"
INN_LENGTHS = (5, 10, 12)
CONTROL = 32


@dataclass(frozen=True, slots=True)
class Mistake:
    """What keeps a document from being sent: the key, and what is wrong, for people."""

    key: str
    text: str


def pairs(document: PaymentDocument) -> Iterator[tuple[str, str]]:
    """Every line of a document in the format's order, empty values left out."""
    for key, value in _all_pairs(document):
        if value:
            yield key, value


def _all_pairs(document: PaymentDocument) -> Iterator[tuple[str, str]]:
    yield "Номер", document.number
    yield "Дата", f"{document.day:%d.%m.%Y}"
    yield "Сумма", write_amount(document.amount)
    yield from _party_pairs(PAYER, document.payer)
    if document.written_off:
        yield "ДатаСписано", f"{document.written_off:%d.%m.%Y}"
    yield from _party_pairs(PAYEE, document.payee)
    if document.received:
        yield "ДатаПоступило", f"{document.received:%d.%m.%Y}"
    yield "ВидПлатежа", document.payment_type
    yield "ВидОплаты", document.operation
    yield "Код", document.code
    yield "КодНазПлатежа", document.purpose_code
    if document.budget:
        for name, key in BUDGET.items():
            yield key, getattr(document.budget, name)
    yield "Очередность", document.priority
    yield PURPOSE, document.purpose
    yield from document.extra


def _party_pairs(side: str, party: Party) -> Iterator[tuple[str, str]]:
    yield f"{side}Счет", party.account
    yield side, tagged_name(party.name, party.inn)
    yield f"{side}1", party.name
    yield f"{side}РасчСчет", party.account
    for name, key in PARTY.items():
        yield f"{side}{key}", getattr(party, name)


def mistakes(document: PaymentDocument, encoding: str) -> list[Mistake]:
    """Everything that would make the bank refuse the order; empty if it may be sent.

    `encoding` is `cp1251` or `cp866`: what it cannot hold is a mistake.
    """
    return [
        *_missing(document),
        *_wrong_party(PAYER, document.payer),
        *_wrong_party(PAYEE, document.payee),
        *_wrong_budget(document),
        *_wrong_values(document),
        *(one for key, value in pairs(document) for one in _unwritable(key, value, encoding)),
    ]


def _missing(document: PaymentDocument) -> Iterator[Mistake]:
    empty = _("не заполнено")
    for key, value in (
        ("Номер", document.number),
        ("ВидОплаты", document.operation),
        ("Очередность", document.priority),
        (PURPOSE, document.purpose),
    ):
        if not value:
            yield Mistake(key, empty)
    for side, party in ((PAYER, document.payer), (PAYEE, document.payee)):
        for name in NEEDED_OF_PARTY:
            if not getattr(party, name):
                yield Mistake(side + {"name": "1", "account": "Счет", **PARTY}[name], empty)


def _wrong_party(side: str, party: Party) -> Iterator[Mistake]:
    if party.account and not looks_like_account(party.account):
        yield Mistake(f"{side}Счет", _("ожидалось 20 цифр"))
    if party.bik and not _digits(party.bik, 9):
        yield Mistake(f"{side}БИК", _("ожидалось 9 цифр"))
    elif key_is_right(party.account, party.bik) is False:
        yield Mistake(f"{side}Счет", _("контрольный ключ счета не подходит к БИК"))
    if party.inn and not any(_digits(party.inn, length) for length in INN_LENGTHS):
        yield Mistake(f"{side}ИНН", _("ожидалось 10 или 12 цифр"))


def _wrong_budget(document: PaymentDocument) -> Iterator[Mistake]:
    if document.budget is None:
        return
    needed = {"status": document.budget.status, "kbk": document.budget.kbk,
              "oktmo": document.budget.oktmo}  # fmt: skip
    for name, value in needed.items():
        if not value:
            yield Mistake(BUDGET[name], _("в платеже в бюджет обязательно, если нечего указать, 0"))
    if len(document.budget.kbk) not in (0, 1, 20):
        yield Mistake(BUDGET["kbk"], _("ожидалось 20 знаков или 0"))


def _wrong_values(document: PaymentDocument) -> Iterator[Mistake]:
    if document.amount <= 0 or document.amount != round(document.amount, 2):
        yield Mistake("Сумма", _("ожидалась сумма больше нуля, до копейки"))
    if document.priority and document.priority not in PRIORITIES:
        yield Mistake("Очередность", _("ожидалось число от 1 до 5"))


def _unwritable(key: str, value: str, encoding: str) -> Iterator[Mistake]:
    """Control characters would break the file into other keys; unknown letters would be lost."""
    if any(ord(one) < CONTROL or ord(one) == 127 for one in key + value) or "=" in key:
        yield Mistake(key, _("перенос строки или управляющий знак в значении"))
    lost = sorted({one for one in value if not _fits(one, encoding)})
    if lost:
        told = _("знаки, которых нет в кодировке файла: {letters}")
        yield Mistake(key, told.format(letters=" ".join(lost)))
    room = LENGTHS.get(key)
    length = len(value)
    if room is not None and length > room and not _tagged(key):
        told = _("{length} знаков, помещается {room}")
        yield Mistake(key, told.format(length=length, room=room))
    if value != value.strip():
        yield Mistake(key, _("пробелы по краям значения"))


def _tagged(key: str) -> bool:
    """The name with its ИНН before it is measured without it, by its own key."""
    return key in (PAYER, PAYEE)


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def told(found: Sequence[Mistake]) -> str:
    """Mistakes on one line, for an error."""
    return "; ".join(f"{one.key}: {one.text}" for one in found)
