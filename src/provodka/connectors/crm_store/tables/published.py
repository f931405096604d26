"""What a base published when it was last asked: the history that drift is told from."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, Table

from provodka.connectors.crm_store.tables.columns import instant, metadata, words

__all__ = ["base_schema"]

base_schema = Table(
    "base_schema",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    words("system", "Система", nullable=False),
    words("digest", "Отпечаток состава: наборы, поля, типы", nullable=False),
    Column(
        "shape",
        LargeBinary,
        nullable=False,
        comment="Состав: наборы, поля, типы; JSON, сжатый zlib",
    ),
    words("configuration", "Конфигурация базы, если узнана"),
    instant("first_seen", "Когда состав увиден впервые", now=True),
    instant("last_seen", "Когда состав в последний раз был таким", now=True),
    instant("agreed_at", "Когда состав принят; пусто, пока изменения ждут человека"),
    words("agreed_by", "Кто принял: hub, если соответствия не затронуты, или person:имя"),
    schema="hub",
    comment="Что публикует база 1С: каждое увиденное состояние, чтобы замечать изменения",
)
Index("ix_base_schema_system", base_schema.c.system, base_schema.c.id)
