"""What has gone to and fro in messages of EnterpriseData: numbers, contents, what came of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    choice,
    image,
    instant,
    integer,
    json,
    metadata,
    words,
)
from provodka.connectors.crm_store.tables.hub import Xid8

__all__ = ["STATES", "exchange_item", "exchange_message", "exchange_step"]

STATES = ("sending", "read", "unseen", "refused", "failed", "superseded", "taking", "taken")


def _table(name: str, comment: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, schema="hub", comment=comment)


def _of_message(**options: Any) -> Column[Any]:
    key = ForeignKey("hub.exchange_message.id", ondelete="CASCADE")
    return Column(
        "message_id", BigInteger, key, nullable=False, comment="Сообщение обмена", **options
    )


exchange_message = _table(
    "exchange_message",
    "Сообщения EnterpriseData, принятые от базы и отправленные ей",
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Порядок"),
    choice("direction", ("in", "out"), "Принято или отправлено"),
    bigint("number", "Номер сообщения у его отправителя", nullable=False),
    words("version", "Версия формата", nullable=False),
    choice(
        "state",
        STATES,
        "Отправляется, прочитано базой, исход неизвестен, база отказала, не передано, заменено "
        "следующим; принимается, принято",
    ),
    integer("objects", "Сколько объектов в нем", nullable=False, server_default="0"),
    words("mark", "Отпечаток принятого; задание базы, которое читает отправленное"),
    json("counts", "Что стало с объектами принятого"),
    json("trouble", "Что помешало: code, where, found, expected, next_step"),
    instant("began_at", "Когда начато", now=True),
    instant("ended_at", "Когда завершено"),
)
Index("ix_exchange_message_number", exchange_message.c.direction, exchange_message.c.number)

exchange_item = _table(
    "exchange_item",
    "Документы в отправленных сообщениях",
    _of_message(),
    bigint("errand", "Поручение из очереди исходящих", nullable=False),
    words("kind", "Вид документа", nullable=False),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ"),
    words("external_key", "Под каким ключом база его знает", nullable=False),
    image("agreed", "Что отправлено, в полях хаба; пусто, когда исход известен"),
    PrimaryKeyConstraint("message_id", "errand"),
)
Index("ix_exchange_item_errand", exchange_item.c.errand)

exchange_step = _table(
    "exchange_step",
    "Какими транзакциями принято сообщение: по ним журнал находит его номер",
    Column("xid", Xid8, primary_key=True, comment="Транзакция"),
    _of_message(),
)
Index("ix_exchange_step_message", exchange_step.c.message_id)
