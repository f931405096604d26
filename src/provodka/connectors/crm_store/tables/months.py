"""The months of the journal: which go on, which have ended, which have been put away."""

from __future__ import annotations

from sqlalchemy import Column, Date, Table

from provodka.connectors.crm_store.tables.columns import bigint, instant, metadata, words
from provodka.connectors.crm_store.tables.hub import Xid8

__all__ = ["delta_month"]

delta_month = Table(
    "delta_month",
    metadata,
    Column("month", Date, primary_key=True, comment="Первый день месяца, по UTC"),
    Column(
        "until_xid",
        Xid8,
        comment="Транзакции всех изменений месяца меньше этой; пусто, пока он не кончился",
    ),
    bigint("changes", "Сколько изменений было в убранном месяце"),
    bigint("kept", "Сколько из них осталось в журнале: по ним еще решают"),
    words("file", "Файл архива, если он есть"),
    instant("archived_at", "Когда сдан в архив"),
    instant("dropped_at", "Когда убран из базы"),
    schema="hub",
    comment="Месяцы журнала: какие идут, какие кончились и какие убраны по сроку хранения",
)
