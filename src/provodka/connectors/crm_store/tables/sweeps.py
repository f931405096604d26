"""What comparing everything with another system has found, and how far history has been read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, PrimaryKeyConstraint, Table

from provodka.connectors.crm_store.tables.columns import (
    day,
    flag,
    instant,
    integer,
    json,
    metadata,
    words,
)

__all__ = ["backfill_window", "sweep"]

sweep = Table(
    "sweep",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    words("stream", "Поток", nullable=False),
    flag("mends", "Устранялось ли найденное", default=False),
    integer("listed", "Сколько документов перечислила другая система", nullable=False),
    integer("bound", "Сколько документов этого вида с ней связано", nullable=False),
    integer("out_of_filter", "Сколько связанных ушло из отбора соответствия", nullable=False),
    json("found", "Найдено: что и почему, сколько", nullable=False),
    json("samples", "Примеры найденного", nullable=False),
    json("taken", "Что сделано, чтобы устранить: принято, удалено, поставлено", nullable=False),
    json("remaining", "Осталось: что и почему, сколько", nullable=False),
    json("remaining_samples", "Примеры оставшегося", nullable=False),
    integer("drift", "Сколько осталось такого, о чем больше нигде не сказано", nullable=False),
    words("note", "Что помешало", nullable=False),
    instant("at", "Когда закончена", now=True),
    schema="hub",
    comment="Сверки: все документы потока против всех документов другой системы",
)
Index("ix_sweep_stream", sweep.c.stream, sweep.c.id)

backfill_window = Table(
    "backfill_window",
    metadata,
    words("stream", "Поток", nullable=False),
    day("since", "С какого дня", nullable=False),
    day("until", "По какой день, не включая его", nullable=False),
    words("mapping_version", "Отпечаток соответствия, которым читали", nullable=False),
    json("place", "Место внутри окна; пусто, пока окно не начато"),
    json("counts", "Счетчики", nullable=False),
    instant("asked_at", "Когда окно назначено", now=True),
    instant("done_at", "Когда окно прочитано целиком"),
    PrimaryKeyConstraint("stream", "since", "until"),
    schema="hub",
    comment="Загрузка истории: окна дат, каждое со своей отметкой",
)
