"""The people of a small company, for tests of the hub as a whole: what they do by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from provodka.connectors.crm_store import journal
from provodka.flows.hub import Hub
from provodka.flows.streams import STREAMS
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.foundation.identifiers import uuid7
from provodka.mappings.vat import vat_of

__all__ = ["HEAD", "Company", "found", "furnish", "run", "settle"]

HEAD = "head@romashka.example"
ROUND = ("triggers", "invoices", "outbox")
ONE_CONTRACT = """
    SELECT c.id, c.name, c.email FROM crm.client c
    WHERE c.email IS NOT NULL AND c.deleted_at IS NULL
      AND (SELECT count(*) FROM crm.contract o WHERE o.client_id = c.id) = 1 ORDER BY c.name, c.id
"""


@dataclass
class Company:
    """Managers at work in one store; each deal is with the next client in turn."""

    engine: Engine

    def __post_init__(self) -> None:
        self.manager = self.insert("employee", name="Котов Илья", role="manager")
        self.insert("employee", name="Орлова Вера", role="head", email=HEAD)
        self.buyers = self.rows(ONE_CONTRACT)
        self.goods = self.rows("SELECT id, vat_rate FROM crm.product WHERE vat_rate = 'vat22'")[0]
        self.seller = self.value("SELECT id FROM crm.organization")
        self._deals = 0

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What a query finds."""
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def value(self, sql: str, **values: Any) -> Any:
        """The one value that a query finds."""
        [(found,)] = self.rows(sql, **values)
        return found

    def execute(self, sql: str, origin: str = "person:Котов", **values: Any) -> None:
        """Any statement, as somebody."""
        with self.engine.begin() as connection:
            journal.attribute(connection, origin)
            connection.execute(text(sql), values)

    def insert(self, table: str, **values: Any) -> UUID:
        """A new row; returns its key."""
        key: UUID = values.setdefault("id", uuid7())
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self.execute(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})", **values)
        return key

    def deal(self, **values: Any) -> UUID:
        """A manager opens a deal with the next client."""
        buyer = self.buyers[self._deals % len(self.buyers)]
        self._deals += 1
        values = {
            "title": f"Вода {self._deals:03}", "client_id": buyer.id, "scenario": "romashka",
            "stage": "info_letter", "responsible_id": self.manager, **values,
        }  # fmt: skip
        return self.insert("deal", **values)

    def propose(self, deal: UUID, amount: str = "50000.00") -> UUID:
        """The manager posts a proposal of one line: half a piece, so that a part can be shipped."""
        return self._paper("proposal", deal, Decimal(amount))

    def bill(self, deal: UUID, amount: str = "50000.00", **values: Any) -> UUID:
        """The manager issues an invoice of one line, on the basis of a proposal if one is named."""
        return self._paper(
            "invoice", deal, Decimal(amount), organization_id=self.seller, comment="До подъезда",
            **values,
        )  # fmt: skip

    def _paper(self, kind: str, deal: UUID, amount: Decimal, **values: Any) -> UUID:
        key = uuid7()
        line = {
            "key": key,
            "product": self.goods.id,
            "amount": amount,
            "rate": self.goods.vat_rate,
            "vat": vat_of(amount, self.goods.vat_rate, included=True),
        }
        client = self.value("SELECT client_id FROM crm.deal WHERE id = :deal", deal=deal)
        header = {"id": key, "deal_id": deal, "client_id": client, "amount": amount, **values}
        names, marks = ", ".join(header), ", ".join(f":{name}" for name in header)
        with self.engine.begin() as connection:
            journal.attribute(connection, "person:Котов")
            connection.execute(text(f"INSERT INTO crm.{kind} ({names}) VALUES ({marks})"), header)
            connection.execute(
                text(
                    f"INSERT INTO crm.{kind}_lines ({kind}_id, line, product_id, quantity, price,"
                    " amount, vat_rate, vat_amount)"
                    " VALUES (:key, 1, :product, 0.5, :amount * 2, :amount, :rate, :vat)"
                ),
                line,
            )
        return key

    def number(self, invoice: UUID) -> str:
        """An invoice's number, the same here and in 1C."""
        return str(self.value("SELECT number FROM crm.invoice WHERE id = :id", id=invoice))

    def invoice(self, key: UUID) -> Any:
        """An invoice as it stands here."""
        [row] = self.rows("SELECT * FROM crm.invoice WHERE id = :id", id=key)
        return row

    def stage(self, deal: UUID) -> str:
        """Where a deal is."""
        return str(self.value("SELECT stage FROM crm.deal WHERE id = :id", id=deal))

    def set_aside(self, stream: str = "") -> list[Any]:
        """What is in quarantine."""
        return self.rows(
            "SELECT * FROM hub.quarantine WHERE state = 'open'"
            " AND (stream = :stream OR :stream = '') ORDER BY external_key",
            stream=stream,
        )

    def conflicts(self) -> list[Any]:
        """What waits for a person's word."""
        return self.rows("SELECT * FROM hub.conflict WHERE resolved_at IS NULL ORDER BY field")

    def errands(self, target: str = "onec") -> list[Any]:
        """The outbox, oldest first."""
        return self.rows("SELECT * FROM hub.outbox WHERE target = :t ORDER BY id", t=target)

    def now(self, target: str = "onec") -> None:
        """Let what waits for its time be due at once, as if that time had passed."""
        self.execute(
            "UPDATE hub.outbox SET due_at = now(), intent_at = intent_at - interval '1 hour'"
            " WHERE target = :t AND state IN ('waiting', 'sending', 'unsure')",
            t=target,
        )

    def hurry(self) -> None:
        """Shorten long waits for another attempt, which a test cannot afford, to nothing."""
        self.execute("UPDATE hub.outbox SET due_at = now() WHERE due_at > now() + interval '2 s'")


def found(hub: Hub) -> Company:
    """People of a company whose catalogs have just come."""
    furnish(hub)
    return Company(hub.engine)


def furnish(hub: Hub) -> None:
    """Put the rules in force, and let the catalogs come from 1C."""
    with hub.engine.begin() as connection:
        sync_scenarios(connection, hub.book)
    run(hub, "catalogs")


def run(hub: Hub, *streams: str) -> Counter[str]:
    """Run streams one after another; what they counted together."""
    counts: Counter[str] = Counter()
    for name in streams:
        counts += STREAMS[name].run(hub, hub.engine)
    return counts


def settle(hub: Hub, rounds: int = 3) -> None:
    """Rules, queue and deliveries until nothing is left that can be done now."""
    for _round in range(rounds):
        run(hub, *ROUND)
