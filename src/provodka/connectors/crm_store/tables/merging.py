"""Clients that may be one: what they are looked for by, who was merged with whom, what moved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    choice,
    image,
    instant,
    integer,
    json,
    metadata,
    words,
)
from provodka.connectors.crm_store.tables.hub import Xid8

__all__ = [
    "client_apart",
    "client_arrival",
    "client_merge",
    "client_merge_step",
    "duplicate",
    "duplicate_key",
]


def _table(name: str, comment: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, schema="hub", comment=comment)


def _client(name: str, comment: str) -> Column[Any]:
    # Not a foreign key: what is remembered about a client does not follow it to another.
    return Column(name, UUID(as_uuid=True), nullable=False, comment=comment)


def _of_merge() -> Column[Any]:
    key = ForeignKey("hub.client_merge.id", ondelete="CASCADE")
    return Column("merge_id", BigInteger, key, nullable=False, comment="Объединение")


duplicate_key = _table(
    "duplicate_key",
    "По каким признакам клиента сравнивают с другими",
    words("key", "Признак: inn:…, phone:…, email:…, name:…", nullable=False),
    _client("client_id", "Клиент"),
    PrimaryKeyConstraint("client_id", "key"),
)
Index("ix_duplicate_key_key", duplicate_key.c.key)

duplicate = _table(
    "duplicate",
    "Пары клиентов, похожих на одного, с баллами и причинами",
    _client("first", "Клиент с меньшим ключом"),
    _client("second", "Клиент с большим ключом"),
    integer("score", "Баллы, до 100", nullable=False),
    json("reasons", "Причины: код, баллы, что совпало", nullable=False),
    instant("seen_at", "Когда посчитана", now=True),
    PrimaryKeyConstraint("first", "second"),
)
Index("ix_duplicate_second", duplicate.c.second)
Index("ix_duplicate_score", duplicate.c.score)

client_apart = _table(
    "client_apart",
    "Пары клиентов, о которых человек сказал, что это разные клиенты",
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    _client("first", "Клиент с меньшим ключом"),
    _client("second", "Клиент с большим ключом"),
    words("reason", "Почему"),
    words("who", "Кто сказал: person:имя", nullable=False),
    instant("at", "Когда", now=True),
    words("undone_by", "Кто снял пометку: person:имя"),
    instant("undone_at", "Когда снята"),
)
Index(
    "ix_client_apart_standing",
    client_apart.c.first,
    client_apart.c.second,
    unique=True,
    postgresql_where=client_apart.c.undone_at.is_(None),
)

client_merge = _table(
    "client_merge",
    "Объединения клиентов по слову человека",
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    _client("kept", "Клиент, который остался"),
    _client("dropped", "Клиент, который стал надгробием"),
    words("who", "Кто объединил: person:имя", nullable=False),
    instant("at", "Когда", now=True),
    Column(
        "xid",
        Xid8,
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="Транзакция, в которой все перенесено",
    ),
    json("bindings", "Перешедшие соответствия: система и ключ", nullable=False),
    json("versions", "Версии второго клиента в других системах на тот момент", nullable=False),
    words("undone_by", "Кто отменил: person:имя"),
    instant("undone_at", "Когда отменено"),
    Column("undone_xid", Xid8, comment="Транзакция отмены"),
)
Index(
    "ix_client_merge_standing",
    client_merge.c.dropped,
    unique=True,
    postgresql_where=client_merge.c.undone_at.is_(None),
)
Index("ix_client_merge_kept", client_merge.c.kept)

client_merge_step = _table(
    "client_merge_step",
    "Что изменило объединение, по порядку: этим оно и отменяется",
    _of_merge(),
    integer("number", "Порядок, с 1", nullable=False, autoincrement=False),
    words("kind", "Вид документа", nullable=False),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ"),
    words("part", "Пусто у самого документа, имя табличной части у ее строк", nullable=False),
    choice("op", ("insert", "update", "delete"), "Что сделано"),
    image("before", "Как было; у табличной части массив измененных строк"),
    image("after", "Как стало"),
    PrimaryKeyConstraint("merge_id", "number"),
)

client_arrival = _table(
    "client_arrival",
    "Документы, которые другая система записала на второго клиента после объединения",
    _of_merge(),
    words("system", "Система", nullable=False),
    words("kind", "Вид документа", nullable=False),
    words("external_key", "Ключ документа в той системе", nullable=False),
    instant("at", "Когда замечен", now=True),
    PrimaryKeyConstraint("merge_id", "system", "kind", "external_key"),
)
