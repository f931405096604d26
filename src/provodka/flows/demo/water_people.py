"""Who the water company of the demonstration is: couriers, goods, prices, a year of orders."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text

from provodka.connectors.crm_store.tables.clients import department, employee
from provodka.connectors.crm_store.tables.goods import price, product

__all__ = ["BOTTLE", "COURIERS", "DISPATCHER", "FAMILIES", "WATER", "settle", "write_history"]

COURIERS = ("Сомов Павел Ильич", "Щукин Егор Олегович")
DISPATCHER, HEAD = "Лаврова Дарья Олеговна", "Орлова Вера Павловна"
STAFF = (
    *((name, "courier", None) for name in COURIERS),
    (DISPATCHER, "dispatcher", "lavrova@romashka.example"),
    (HEAD, "head", "orlova@romashka.example"),
)
WATER, LEMONADE, BOTTLE = "Вода питьевая «Родниковая» 19 л", "Лимонад 1 л", "Бутыль 19 л"
"""The water is a product of the 1C base: what is billed has to be known there."""
GOODS = ((WATER, "goods", "260"), (LEMONADE, "goods", "95.50"), (BOTTLE, "returnable", "300"))
CONTRACT_PRICE = Decimal("221.40")
FAMILIES = tuple(
    f"{name} {initials}"
    for name in ("Азарова", "Белкин", "Вишнева", "Гусев", "Дроздова", "Ежов", "Жукова", "Зимин")
    for initials in ("А. П.", "И. С.", "О. В.", "Т. Н.", "Ю. К.")
)
HEADER = (
    "Клиент", "Вид клиента", "Дата заказа", "Дата выполнения", "Товар", "Вид товара",
    "Количество", "Сумма", "Экспедитор", "Статус",
)  # fmt: skip
SEED = 19


def settle(connection: Connection, companies: int) -> list[UUID]:
    """People, goods, the price list, and contracts of some companies; those, by key."""
    _hire(connection)
    for name, kind, amount in GOODS:
        key = _product(connection, name, kind)
        _price(connection, key, None, Decimal(amount))
    water = _product(connection, WATER, "goods")
    buyers = list(
        connection.scalars(
            text(
                "SELECT id FROM crm.client WHERE kind = 'legal_entity' AND deleted_at IS NULL"
                " AND merged_into_id IS NULL AND phone IS NOT NULL ORDER BY name LIMIT :most"
            ),
            {"most": companies},
        )
    )
    for buyer in buyers:
        _price(connection, water, buyer, CONTRACT_PRICE)
    return buyers


def _hire(connection: Connection) -> None:
    """The dispatcher and the couriers, with a head over them."""
    known = set(connection.scalars(text("SELECT name FROM crm.employee")))
    new = [one for one in STAFF if one[0] not in known]
    if not new:
        return
    made = department.insert().values(name="Доставка").returning(department.c.id)
    key = connection.execute(made).scalar_one()
    rows = [
        {"name": name, "role": role, "email": email, "department_id": key}
        for name, role, email in new
    ]
    connection.execute(employee.insert(), rows)


def _product(connection: Connection, name: str, kind: str) -> UUID:
    found = connection.execute(
        text("SELECT id FROM crm.product WHERE name = :name AND deleted_at IS NULL LIMIT 1"),
        {"name": name},
    ).scalar()
    if found is not None:
        return UUID(str(found))
    new = product.insert().values(name=name, kind=kind).returning(product.c.id)
    return UUID(str(connection.execute(new).scalar_one()))


def _price(connection: Connection, goods: UUID, buyer: UUID | None, amount: Decimal) -> None:
    known = connection.execute(
        text(
            "SELECT 1 FROM crm.price WHERE product_id = :goods"
            " AND client_id IS NOT DISTINCT FROM CAST(:buyer AS uuid)"
        ),
        {"goods": goods, "buyer": buyer},
    ).first()
    if known is None:
        values = {"product_id": goods, "client_id": buyer, "amount": amount}
        connection.execute(price.insert().values(**values, valid_from=date(2025, 1, 1)))


def write_history(path: Path, now: datetime) -> int:
    """A year of orders as an older program would have saved them; returns how many rows.

    The same year gives the same file. One row is as people write: nobody can understand it.
    """
    mood = random.Random(SEED)  # noqa: S311
    start = datetime(now.year - 1, now.month, 1, 10)  # noqa: DTZ001
    rows = []
    for place, who in enumerate(FAMILIES):
        at = start + timedelta(days=mood.randrange(40))
        stops = start + timedelta(days=150 if place % 5 == 0 else 350)
        while at < stops:
            count = mood.randint(1, 4)
            done = at + timedelta(days=1)
            sum = f"{count * 250:,}".replace(",", " ") + ",00"
            said = (
                f"{at:%d.%m.%Y %H:%M}",
                f"{done:%d.%m.%Y %H:%M}",
                WATER,
                "вода",
                str(count),
                sum,
            )
            rows.append((who, "ФЛ", *said, mood.choice(COURIERS), "выполнен"))
            at += timedelta(days=mood.randint(12, 40))
    rows.append((FAMILIES[0], "ФЛ", "позавчера", "", WATER, "вода", "две", "500", "", ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="cp1251", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADER, *rows])
    return len(rows)
