"""What the hub has warned people of: each occurrence once, from its beginning to its end."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Table

from provodka.connectors.crm_store.tables.columns import instant, json, metadata, words

__all__ = ["alert"]

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    words(
        "rule",
        "Правило: freshness, set_aside, conflicts, outbox, parked, drift, rule",
        nullable=False,
    ),
    words("subject", "О чем: поток, получатель; пусто, если обо всем хабе", nullable=False),
    json("facts", "Что найдено и каков предел", nullable=False),
    instant("since", "Когда замечено", now=True),
    instant("passed_at", "Когда прошло"),
    schema="hub",
    comment="Тревоги: о каждом случае сообщают один раз, снова только когда он прошел и вернулся",
)
Index(
    "ix_alert_open",
    alert.c.rule,
    alert.c.subject,
    unique=True,
    postgresql_where=alert.c.passed_at.is_(None),
)
