"""Tables for people: filled from the journal, documented column by column."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    choice,
    instant,
    integer,
    metadata,
    money,
    words,
)

__all__ = ["stage_visit"]


def _id(name: str, comment: str, **options: bool) -> Column[UUID[str]]:
    return Column(name, UUID(as_uuid=True), comment=comment, **options)  # type: ignore[arg-type]


stage_visit = Table(
    "stage_visit",
    metadata,
    _id("deal", "Сделка", primary_key=True),
    integer("visit", "Номер посещения у сделки, с 1", primary_key=True, autoincrement=False),
    words("scenario", "Сценарий", nullable=False),
    words("scenario_version", "Отпечаток сценария на момент входа"),
    words("stage", "Этап", nullable=False),
    integer("rank", "Порядок этапа на момент входа"),
    choice("stage_kind", ("open", "won", "lost"), "Открытый этап или конец"),
    instant("entered_at", "Вход, включительно", nullable=False),
    instant("left_at", "Выход, не включительно; пусто, если еще на этапе"),
    choice(
        "exit",
        ("open", "advanced", "back", "won", "lost", "transferred", "deleted", "merged"),
        "Как вышла",
    ),
    _id("responsible", "Ответственный при входе"),
    _id("department", "Отдел ответственного при входе"),
    _id("client", "Клиент при входе"),
    words("client_kind", "Вид клиента при входе"),
    words("source", "Источник обращения при входе"),
    money("amount", "Сумма сделки при входе"),
    words("origin", "Кто перевел: человек, правило, система", nullable=False),
    instant("deal_created_at", "Когда создана сделка", nullable=False),
    schema="report",
    comment="Посещения этапов сделками; построены только по журналу изменений",
)
Index("ix_stage_visit_stage", stage_visit.c.scenario, stage_visit.c.stage, stage_visit.c.entered_at)
