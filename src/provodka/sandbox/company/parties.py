"""Counterparties of the company: firms, entrepreneurs and private persons with their contacts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from provodka.sandbox.company.checksums import company_inn, person_inn
from provodka.sandbox.company.names import ENTREPRENEURS, FIRMS, PERSONS, STREETS
from provodka.sandbox.onec.values import Record

MAIL_DOMAIN = "client.example"


@dataclass(frozen=True, slots=True)
class Identity:
    """Identifiers that depend on the seed and nothing else."""

    seed: int

    def guid(self, set_name: str, name: object) -> str:
        """The `Ref_Key` of a named thing."""
        return str(uuid5(NAMESPACE_URL, f"provodka-sandbox/{self.seed}/{set_name}/{name}"))


@dataclass(frozen=True, slots=True)
class Party:
    """A counterparty as the seed knows it; `phone` has eleven digits and starts with 7."""

    key: str
    name: str
    full_name: str
    inn: str
    kpp: str
    is_firm: bool
    is_entrepreneur: bool
    phone: str
    email: str
    address: str


def parties(seed: int) -> list[Party]:
    """The counterparties of this seed; one firm has a branch under the same ИНН."""
    choice = random.Random(f"{seed}/parties")
    result = [*_firms(choice), *_people(choice)]
    first = result[0]
    branch = Party(
        key=f"{first.key}-branch",
        name=f"{first.name} (филиал)",
        full_name=f"{first.full_name}, филиал",
        inn=first.inn,
        kpp=f"7404{first.kpp[4:6]}002",
        is_firm=True,
        is_entrepreneur=False,
        phone=_phone(choice, "343"),
        email=f"filial@{MAIL_DOMAIN}",
        address=_address(choice),
    )
    return [*result, branch]


def _firms(choice: random.Random) -> Iterator[Party]:
    for form, name, slug in FIRMS:
        inspection = f"66{choice.randint(58, 86)}"
        quoted = name if "«" in name else f"«{name}»"
        long_form = {
            "ООО": "Общество с ограниченной ответственностью",
            "АО": "Акционерное общество",
        }
        yield Party(
            key=slug,
            name=f"{name.replace('«', '').replace('»', '')} {form}",
            full_name=f"{long_form[form]} {quoted}",
            inn=company_inn(inspection + f"{choice.randint(0, 99999):05}"),
            kpp=f"{inspection}01001",
            is_firm=True,
            is_entrepreneur=False,
            phone=_phone(choice, "343"),
            email=f"{slug}@{MAIL_DOMAIN}",
            address=_address(choice),
        )


def _people(choice: random.Random) -> Iterator[Party]:
    entrepreneurs = {person[3] for person in ENTREPRENEURS}
    for index, (family, given, middle, slug) in enumerate((*ENTREPRENEURS, *PERSONS)):
        own = slug in entrepreneurs
        known = own or index % 2 == 0
        full = f"{family} {given} {middle}"
        yield Party(
            key=slug,
            name=f"{full} ИП" if own else full,
            full_name=f"Индивидуальный предприниматель {full}" if own else full,
            inn=person_inn(f"66{choice.randint(0, 99_999_999):08}") if known else "",
            kpp="",
            is_firm=False,
            is_entrepreneur=own,
            phone=_phone(choice, "900"),
            email=f"{slug}@{MAIL_DOMAIN}",
            address=_address(choice),
        )


def _phone(choice: random.Random, code: str) -> str:
    return f"7{code}000{choice.randint(0, 9999):04}"


def _address(choice: random.Random) -> str:
    house, office = choice.randint(1, 90), choice.randint(1, 240)
    return f"620000, Екатеринбург г, {choice.choice(STREETS)}, д. {house}, оф. {office}"


def shown_phone(phone: str) -> str:
    """`+7 (495) 000-12-34` from eleven digits."""
    return f"+7 ({phone[1:4]}) {phone[4:7]}-{phone[7:9]}-{phone[9:11]}"


def contact_rows(identity: Identity, owner: str, party: Party) -> list[Record]:
    """Contact information: the rows' own properties, the rest stays empty."""
    kinds = "Catalog_ВидыКонтактнойИнформации"
    common = {"Ref_Key": owner}
    return [
        common
        | {
            "LineNumber": "1",
            "Тип": "Телефон",
            "Вид_Key": identity.guid(kinds, "ТелефонКонтрагента"),
            "Представление": shown_phone(party.phone),
            "НомерТелефона": party.phone,
            "НомерТелефонаБезКодов": party.phone[4:],
        },
        common
        | {
            "LineNumber": "2",
            "Тип": "АдресЭлектроннойПочты",
            "Вид_Key": identity.guid(kinds, "EmailКонтрагента"),
            "Представление": party.email,
            "АдресЭП": party.email,
            "ДоменноеИмяСервера": MAIL_DOMAIN,
        },
        common
        | {
            "LineNumber": "3",
            "Тип": "Адрес",
            "Вид_Key": identity.guid(kinds, "ФактАдресКонтрагента"),
            "Представление": party.address,
            "Страна": "РОССИЯ",
            "Город": "Екатеринбург г",
        },
    ]
