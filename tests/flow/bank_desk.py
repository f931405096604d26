"""A bookkeeper's desk for tests: statements as banks write them, invoices, and a hub without 1C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from provodka.connectors.crm_store import journal
from provodka.flows.hub import Hub
from provodka.flows.settings import load_settings
from provodka.foundation.identifiers import uuid7

__all__ = ["INN", "OURS", "SECOND", "THEIRS", "Desk", "open_desk", "receipt", "statement"]

OURS = "40702810900000005555"
SECOND = "40702810438000000001"
THEIRS = "40702810600000001111"
INN = "7707083893"
PAYER = "6671093163"
NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
SETTINGS = """
company: {{name: ООО «Ромашка», inn: "{inn}", zone: Asia/Yekaterinburg}}
rules: []
bank:
  folder: {folder}
  accounts: ["{ours}", "{second}"]
"""


def receipt(number: str = "101", amount: str = "12200.00", **said: str) -> dict[str, str]:
    """A payment order to us; `said` replaces any key of the format."""
    return {
        "СекцияДокумент": "Платежное поручение",
        "Номер": number,
        "Дата": "10.03.2026",
        "Сумма": amount,
        "ПлательщикСчет": THEIRS,
        "ПлательщикИНН": PAYER,
        "Плательщик1": 'ООО "Покупатель"',
        "ПолучательСчет": OURS,
        "ДатаПоступило": "11.03.2026",
        "ПолучательИНН": INN,
        "Получатель1": 'ООО "Ромашка"',
        "ВидОплаты": "01",
        "НазначениеПлатежа": "Оплата по счету №12 от 05.03.2026",
        **said,
    }


def statement(documents: Iterable[dict[str, str]], account: str = OURS, end: bool = True) -> bytes:
    """A file of a bank, in windows-1251."""
    lines = [
        "1CClientBankExchange",
        "ВерсияФормата=1.03",
        "Кодировка=Windows",
        "Отправитель=Банк",
        "ДатаНачала=10.03.2026",
        "ДатаКонца=11.03.2026",
        f"РасчСчет={account}",
    ]
    for document in documents:
        lines += [f"{key}={value}" for key, value in document.items()]
        lines.append("КонецДокумента")
    return "\r\n".join([*lines, *(["КонецФайла"] if end else []), ""]).encode("cp1251")


@dataclass
class Desk:
    """One hub, its store and its folder of statements."""

    hub: Hub
    folder: Path
    client: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.buyer(PAYER, 'ООО "Покупатель"')

    @property
    def engine(self) -> Engine:
        return self.hub.engine

    def put(self, name: str, *documents: dict[str, str], **said: Any) -> Path:
        """A statement in the folder."""
        path = self.folder / name
        path.write_bytes(statement(documents, **said))
        return path

    def buyer(self, inn: str | None, name: str) -> UUID:
        return self.insert("client", name=name, inn=inn)

    def invoice(self, number: str, amount: str = "12200.00", **values: Any) -> UUID:
        given = {
            "client_id": self.client,
            "number": number,
            "amount": Decimal(amount),
            "date": datetime(2026, 3, 5, 7, tzinfo=UTC),
            **values,
        }
        return self.insert("invoice", **given)

    def insert(self, table: str, **values: Any) -> UUID:
        key: UUID = values.setdefault("id", uuid7())
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        with self.engine.begin() as connection:
            journal.attribute(connection, "person:Котов")
            connection.execute(text(f"INSERT INTO crm.{table} ({names}) VALUES ({marks})"), values)
        return key

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(sql), values))

    def paid(self, invoice: UUID) -> Decimal:
        [(amount,)] = self.rows("SELECT paid_amount FROM crm.invoice WHERE id = :id", id=invoice)
        found: Decimal = amount
        return found

    def documents(self) -> list[Any]:
        return self.rows("SELECT * FROM hub.bank_document ORDER BY id")

    def payments(self) -> list[Any]:
        return self.rows("SELECT * FROM crm.payment WHERE deleted_at IS NULL ORDER BY id")

    def aside(self) -> list[Any]:
        return self.rows("SELECT * FROM hub.quarantine WHERE state = 'open' ORDER BY external_key")


def open_desk(engine: Engine, place: Path) -> Desk:
    """A hub whose only neighbour is a bank."""
    folder = place / "statements"
    folder.mkdir()
    config = place / "hub.yaml"
    config.write_text(
        SETTINGS.format(inn=INN, folder=folder, ours=OURS, second=SECOND), encoding="utf-8"
    )
    settings, source = load_settings(config)
    hub = Hub(
        settings=settings,
        source=source,
        home=place,
        engine=engine,
        base=None,
        smtp=None,
        sent=None,
        clock=lambda: NOW,
    )
    return Desk(hub, folder)
