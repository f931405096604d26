"""What the people of the demonstration company do with their own hands.

Every change goes through the store like anybody's: the journal names the person.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from provodka.connectors.crm_store import journal
from provodka.connectors.crm_store.tables.clients import client, department, employee, organization
from provodka.connectors.crm_store.tables.deals import deal
from provodka.connectors.crm_store.tables.goods import product
from provodka.connectors.crm_store.tables.papers import (
    invoice,
    invoice_line,
    proposal,
    proposal_line,
)
from provodka.foundation.identifiers import uuid7
from provodka.mappings.vat import vat_of

__all__ = ["Offer", "Staff"]

PEOPLE = (
    ("Орлова Вера Павловна", "head", "orlova@romashka.example", None),
    ("Котов Илья Сергеевич", "manager", "kotov@romashka.example", "101"),
    ("Лебедева Анна Юрьевна", "manager", "lebedeva@romashka.example", "102"),
    ("Зайцев Петр Ильич", "manager", "zaitsev@romashka.example", "103"),
)
SUBJECTS = (
    "Вода в офис на квартал",
    "Кулеры для переговорных",
    "Поставка воды на склад",
    "Обслуживание кулеров",
    "Вода и стаканы для мероприятия",
)
SOURCES = ("Сайт", "Звонок", "Рекомендация", "Выставка")
REASONS = ("Выбрали другого поставщика", "Дорого", "Нет потребности")


@dataclass(frozen=True)
class Offer:
    """A deal with the proposal that a manager is going to make."""

    deal: UUID
    client: UUID
    manager: str
    lines: tuple[tuple[UUID, Decimal, Decimal, str], ...]

    @property
    def amount(self) -> Decimal:
        """The sum of the lines, VAT included."""
        return sum((quantity * price for _p, quantity, price, _v in self.lines), Decimal(0))


class Staff:
    """Managers with a seeded mood, so that each run tells the same kind of story."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.mood = random.Random(seed)  # noqa: S311

    def hire(self) -> int:
        """Employees of the company, once; returns how many there are."""
        with self.engine.begin() as connection:
            journal.attribute(connection, "person:Администратор")
            if connection.execute(select(employee.c.id)).first():
                return len(PEOPLE)
            sales = connection.execute(
                department.insert().values(name="Отдел продаж").returning(department.c.id)
            ).scalar_one()
            connection.execute(
                employee.insert(),
                [
                    {
                        "name": name,
                        "role": role,
                        "email": email,
                        "extension": extension,
                        "department_id": sales,
                    }
                    for name, role, email, extension in PEOPLE
                ],
            )
        return len(PEOPLE)

    def open_deals(self, count: int) -> list[Offer]:
        """New deals at the first stage for clients that can be written to."""
        with self.engine.connect() as connection:
            buyers = (
                connection.execute(
                    select(client.c.id).where(
                        client.c.email.is_not(None), client.c.deleted_at.is_(None)
                    )
                )
                .scalars()
                .all()
            )
            goods = connection.execute(
                select(product.c.id, product.c.vat_rate).where(product.c.kind != "returnable")
            ).all()
            managers = connection.execute(
                select(employee.c.id, employee.c.name).where(employee.c.role == "manager")
            ).all()
        return [
            self._open(self.mood.choice(buyers), self.mood.choice(managers), goods)
            for _number in range(count)
        ]

    def _open(self, buyer: UUID, manager: Any, goods: Any) -> Offer:
        offer = Offer(uuid7(), buyer, manager.name, self._lines(goods))
        with self._as(manager.name) as connection:
            connection.execute(
                deal.insert().values(
                    id=offer.deal,
                    title=self.mood.choice(SUBJECTS),
                    client_id=buyer,
                    scenario="romashka",
                    stage="info_letter",
                    responsible_id=manager.id,
                    amount=offer.amount,
                    source=self.mood.choice(SOURCES),
                )
            )
        return offer

    def _lines(self, goods: Any) -> tuple[tuple[UUID, Decimal, Decimal, str], ...]:
        chosen = self.mood.sample(goods, self.mood.randint(1, 3))
        return tuple(
            (
                one.id,
                Decimal(self.mood.randint(2, 60)),
                Decimal(self.mood.randint(9, 140) * 10),
                one.vat_rate,
            )
            for one in chosen
        )

    def propose(self, offer: Offer) -> UUID:
        """Make a proposal and post it."""
        with self._as(offer.manager) as connection:
            key: UUID = connection.execute(
                proposal.insert()
                .values(
                    deal_id=offer.deal, client_id=offer.client, amount=offer.amount, posted=True
                )
                .returning(proposal.c.id)
            ).scalar_one()
            connection.execute(proposal_line.insert(), _rows("proposal_id", key, offer))
        return key

    def bill(self, offer: Offer, basis: UUID) -> UUID:
        """Issue an invoice on the basis of a proposal."""
        with self._as(offer.manager) as connection:
            seller = connection.execute(select(organization.c.id)).scalars().first()
            key: UUID = connection.execute(
                invoice.insert()
                .values(
                    deal_id=offer.deal,
                    proposal_id=basis,
                    client_id=offer.client,
                    organization_id=seller,
                    amount=offer.amount,
                    due_date=text("current_date + 5"),
                    comment="Доставка до подъезда",
                )
                .returning(invoice.c.id)
            ).scalar_one()
            connection.execute(invoice_line.insert(), _rows("invoice_id", key, offer))
        return key

    def lose(self, offer: Offer) -> None:
        """Close a deal as lost, with a reason."""
        with self._as(offer.manager) as connection:
            connection.execute(
                deal.update()
                .where(deal.c.id == offer.deal)
                .values(stage="lost", lost_reason=self.mood.choice(REASONS))
            )

    def split(self, offers: list[Offer], share: float) -> tuple[list[Offer], list[Offer]]:
        """Which deals go on, and which do not."""
        going = [one for one in offers if self.mood.random() < share]
        return going, [one for one in offers if one not in going]

    @contextmanager
    def _as(self, person: str) -> Iterator[Connection]:
        """A transaction in the name of a person."""
        with self.engine.begin() as connection:
            journal.attribute(connection, f"person:{person}")
            yield connection


def _rows(owner: str, key: UUID, offer: Offer) -> list[dict[str, Any]]:
    return [
        {
            owner: key,
            "line": number,
            "product_id": good,
            "quantity": quantity,
            "price": price,
            "amount": quantity * price,
            "vat_rate": rate,
            "vat_amount": vat_of(quantity * price, rate, included=True),
        }
        for number, (good, quantity, price, rate) in enumerate(offer.lines, 1)
    ]
