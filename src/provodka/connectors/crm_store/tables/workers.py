"""Who is at work on the outbox, and who has died at it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Table

from provodka.connectors.crm_store.tables.columns import choice, instant, metadata, words

__all__ = ["worker"]

worker = Table(
    "worker",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    words("name", "Компьютер и процесс", nullable=False),
    words("target", "Система, в которую он пишет", nullable=False),
    instant("since", "Когда взялся за работу", now=True),
    instant("leased_until", "До какого времени его поручения никто не возьмет", nullable=False),
    choice(
        "state",
        ("working", "silent", "gone"),
        "Работает, замолчал и сменен, исчез и сменен",
    ),
    instant("ended_at", "Когда его поручения отданы другим"),
    schema="hub",
    comment="Исполнители поручений; кончивший работу исчезает, погибший остается на месяц",
)
Index("ix_worker_target", worker.c.target, postgresql_where=worker.c.state == "working")
