"""The lines of a section to its value: header, account section, payment document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time

from stdnum.ru import inn as inn_rules

from provodka.connectors.client_bank.accounts import key_is_right, looks_like_account
from provodka.connectors.client_bank.encodings import CLAIMS, Judged
from provodka.connectors.client_bank.fields import Fields, Wrong
from provodka.connectors.client_bank.keys import (
    BUDGET,
    DOCUMENT_KEYS,
    LINES_OF_PURPOSE,
    PARTY,
    PAYEE,
    PAYER,
    PURPOSE,
    VERSIONS,
)
from provodka.connectors.client_bank.lines import Line
from provodka.connectors.client_bank.scalars import Unreadable, read_time
from provodka.connectors.client_bank.values import (
    AccountSection,
    Budget,
    Header,
    Party,
    PaymentDocument,
)
from provodka.foundation.i18n import _

__all__ = ["document_of", "header_of", "section_of", "tagged_name"]

TAX_NUMBERS = re.compile(r"((ИНН|КПП)[\s:]*[0-9]{0,12}[\s,;/]*)+", re.IGNORECASE)
NOTHING = frozenset({"0", "00", "000000000", "0000000000", "000000000000", "-"})
INN_LENGTHS = (5, 10, 12)


def header_of(lines: Sequence[Line], judged: Judged) -> Header:
    """The top of a file; nothing in it makes a file useless. Raises `Wrong` for two versions."""
    fields = Fields(1, lines)
    version, claimed = fields.text("ВерсияФормата"), fields.text("Кодировка")
    if version not in VERSIONS:
        told = _("версия формата «{version}», известны {known}")
        fields.note(
            fields.line_of("ВерсияФормата"),
            "unknown_version",
            told.format(version=version, known=", ".join(VERSIONS)),
        )
    _compare_claim(fields, claimed, judged)
    return Header(
        version=version,
        encoding=judged.name,
        claimed=claimed,
        sender=fields.text("Отправитель"),
        receiver=fields.text(PAYEE),
        created_on=fields.day("ДатаСоздания", lenient=True),
        created_at=_time(fields, "ВремяСоздания"),
        first_day=fields.day("ДатаНачала", lenient=True),
        last_day=fields.day("ДатаКонца", lenient=True),
        accounts=fields.every("РасчСчет"),
        kinds=fields.every("Документ"),
        extra=fields.rest(),
        notes=tuple(fields.notes),
    )


def _compare_claim(fields: Fields, claimed: str, judged: Judged) -> None:
    line = fields.line_of("Кодировка")
    meant = CLAIMS.get(claimed.casefold())
    if meant != judged.name and not judged.ascii:
        told = _("файл говорит о кодировке «{claimed}», а на деле она {truth}")
        fields.note(line, "wrong_encoding_claimed", told.format(
            claimed=claimed, truth=judged.name))  # fmt: skip
    if judged.damaged:
        told = _("испорченных знаков: {count}")
        fields.note(line, "damaged_characters", told.format(count=judged.damaged))


def _time(fields: Fields, key: str) -> time | None:
    text = fields.text(key)
    try:
        return read_time(text) if text else None
    except Unreadable:
        fields.note(fields.line_of(key), "bad_time", _("{key}: «{text}»").format(
            key=key, text=text[:40]))  # fmt: skip
        return None


def section_of(first: int, lines: Sequence[Line]) -> AccountSection:
    """Balances of an account. Raises `Wrong` for sums and days that cannot be read."""
    fields = Fields(first, lines)
    section = AccountSection(
        line=first,
        account=_account(fields, "РасчСчет"),
        first_day=fields.day("ДатаНачала"),
        last_day=fields.day("ДатаКонца"),
        opening=fields.amount("НачальныйОстаток"),
        received=fields.amount("ВсегоПоступило"),
        written_off=fields.amount("ВсегоСписано"),
        closing=fields.amount("КонечныйОстаток"),
        extra=fields.rest(),
        notes=tuple(fields.notes),
    )
    if not section.account:
        raise Wrong(first, "no_account", _("секция без счета"), _("ключ РасчСчет"))
    return section


def document_of(kind: str, first: int, lines: Sequence[Line]) -> PaymentDocument:
    """A payment document. Raises `Wrong` where number, day, sum or accounts make no sense."""
    fields = Fields(first, lines)
    day, amount = fields.day("Дата"), fields.amount("Сумма")
    if day is None or amount is None:
        key = "Дата" if day is None else "Сумма"
        missing = _("в документе нет ключа {key}").format(key=key)
        raise Wrong(first, "missing_key", missing, _("ключи Дата и Сумма"))
    if amount <= 0:
        found = _("сумма {amount}").format(amount=amount)
        raise Wrong(fields.line_of("Сумма"), "bad_amount", found, _("сумма больше нуля"))
    payer, payee = _party(fields, PAYER), _party(fields, PAYEE)
    if not payer.account and not payee.account:
        found = _("нет ни счета плательщика, ни счета получателя")
        raise Wrong(first, "no_account", found, _("ключи ПлательщикСчет и ПолучательСчет"))
    plain = {name: fields.text(key) for name, key in DOCUMENT_KEYS.items()}
    if not plain["number"]:
        fields.note(first, "no_number", _("у документа нет номера"))
    written_off, received = fields.day("ДатаСписано"), fields.day("ДатаПоступило")
    purpose, budget = _purpose(fields), _budget(fields)
    return PaymentDocument(
        line=first,
        kind=kind,
        day=day,
        amount=amount,
        payer=payer,
        payee=payee,
        written_off=written_off,
        received=received,
        purpose=purpose,
        budget=budget,
        extra=fields.rest(),
        notes=tuple(fields.notes),
        **plain,
    )


def _party(fields: Fields, side: str) -> Party:
    inn = _inn(fields, side)
    values = {name: fields.text(f"{side}{key}") for name, key in PARTY.items() if name != "inn"}
    account, settled = _account(fields, f"{side}Счет"), fields.text(f"{side}РасчСчет")
    if account and settled and settled != account:
        fields.put_back(f"{side}РасчСчет")
    kpp = "" if values.pop("kpp") in NOTHING else fields.text(f"{side}КПП")
    party = Party(name=_name(fields, side), inn=inn, kpp=kpp, account=account or settled, **values)
    if key_is_right(party.account, party.bik) is False:
        told = _("контрольный ключ счета не подходит к БИК {bik}").format(bik=party.bik)
        fields.note(fields.line_of(f"{side}Счет"), "account_key", told)
    return party


def _account(fields: Fields, key: str) -> str:
    account = fields.text(key).replace(" ", "")
    if account and not looks_like_account(account):
        told = _("{key}: {length} знаков, ожидалось 20 цифр").format(key=key, length=len(account))
        fields.note(fields.line_of(key), "account_length", told)
    return account


def _inn(fields: Fields, side: str) -> str:
    key = f"{side}ИНН"
    inn = fields.text(key)
    if not inn or inn in NOTHING:
        return ""
    valid = inn.isascii() and inn.isdigit() and len(inn) in INN_LENGTHS
    if not valid or (len(inn) > 5 and not inn_rules.is_valid(inn)):
        fields.note(fields.line_of(key), "bad_inn", _("{key}: неверный ИНН").format(key=key))
    return inn


def _name(fields: Fields, side: str) -> str:
    """The name: its first line, else the whole without the tax numbers that stand before it."""
    whole, first = fields.text(side), fields.text(f"{side}1")
    if not first:
        numbers = TAX_NUMBERS.match(whole)
        return whole[numbers.end() :] if numbers else whole
    if whole not in ("", first, tagged_name(first, fields.text(f"{side}ИНН"))):
        fields.put_back(side)
    return first


def tagged_name(name: str, inn: str) -> str:
    """A name as the key `Плательщик` has it: with the ИНН before it."""
    return f"ИНН {inn} {name}" if inn else name


def _purpose(fields: Fields) -> str:
    whole = fields.text(PURPOSE)
    parts = [fields.text(key) for key in LINES_OF_PURPOSE]
    return whole or " ".join(part for part in parts if part)


def _budget(fields: Fields) -> Budget | None:
    values = {name: fields.text(key) for name, key in BUDGET.items()}
    return Budget(**values) if any(values.values()) else None
