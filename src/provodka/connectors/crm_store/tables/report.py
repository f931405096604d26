"""Tables for people: filled from the journal, documented column by column."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Index, Numeric, Table
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    choice,
    flag,
    instant,
    integer,
    json,
    metadata,
    money,
    number,
    words,
)

__all__ = ["answer", "answer_list", "catalog", "stage_order", "stage_visit"]


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
    words("currency", "Валюта суммы, ISO 4217", nullable=False, server_default="RUB"),
    words("origin", "Кто перевел: человек, правило, система", nullable=False),
    instant("deal_created_at", "Когда создана сделка", nullable=False),
    _id("survivor", "Сделка, с которой объединена; только при выходе merged"),
    schema="report",
    comment="Посещения этапов сделками; построены только по журналу изменений",
)
Index("ix_stage_visit_entered", stage_visit.c.entered_at)
Index(
    "ix_stage_visit_born",
    stage_visit.c.deal_created_at,
    postgresql_where=stage_visit.c.visit == 1,
)
Index(
    "ix_stage_visit_standing",
    stage_visit.c.deal,
    postgresql_where=(stage_visit.c.stage_kind == "open") & stage_visit.c.left_at.is_(None),
)
Index(
    "ix_stage_visit_elsewhere",
    stage_visit.c.left_at,
    postgresql_where=stage_visit.c.exit.in_(("transferred", "deleted", "merged")),
)
Index(
    "ix_stage_visit_gone",
    stage_visit.c.deal,
    postgresql_where=stage_visit.c.exit.in_(("deleted", "merged")),
)
Index(
    "ix_stage_visit_survivor",
    stage_visit.c.survivor,
    postgresql_where=stage_visit.c.survivor.is_not(None),
)

stage_order = Table(
    "stage_order",
    metadata,
    words("scenario", "Код сценария", primary_key=True),
    words("stage", "Код этапа", primary_key=True),
    instant("seen_at", "Когда замечено", primary_key=True),
    bigint("since_xid", "Для изменений после этого места журнала: транзакция", nullable=False),
    bigint("since_id", "Для изменений после этого места журнала: номер", nullable=False),
    words("scenario_version", "Отпечаток описания сценария", nullable=False),
    words("scenario_name", "Название сценария для людей", nullable=False),
    words("name", "Название этапа для людей", nullable=False),
    integer("rank", "Порядок этапа", nullable=False),
    choice("kind", ("open", "won", "lost"), "Открытый этап или конец"),
    schema="report",
    comment="Порядок этапов, каким он был: строка добавляется при каждом изменении сценария",
)

catalog = Table(
    "catalog",
    metadata,
    words("name", "Имя отчета, как в provodka report", primary_key=True),
    words("title", "Название для людей", nullable=False),
    words("definition", "Что и как считает отчет", nullable=False),
    json("columns", "Столбцы по таблицам: ключ, название, смысл, единица, вид", nullable=False),
    json("breakdowns", "Разрезы, по которым его можно разбить", nullable=False),
    json("views", "Готовые представления схемы report для других программ", nullable=False),
    instant("refreshed_at", "Когда таблицы отчета обновлены последний раз"),
    instant("complete_until", "До какого момента таблицы знают все"),
    flag("trusted", "Можно ли доверять: все проверки сошлись", default=False),
    instant("checked_at", "Когда все проверки отчета проходили последний раз"),
    words("why_not", "Почему нельзя: какая проверка не сошлась; пусто, если можно"),
    schema="report",
    comment="Отчеты: что считают, из каких столбцов, свежи ли и можно ли им доверять",
)

answer = Table(
    "answer",
    metadata,
    words("report", "Имя отчета, как в provodka report", primary_key=True),
    words(
        "question", "Отпечаток вопроса: период, разрез, отборы, язык, календари", primary_key=True
    ),
    json("asked", "Сам вопрос", nullable=False),
    instant("at", "На какой момент ответ", nullable=False),
    instant("made_at", "Когда посчитан", nullable=False),
    instant("used_at", "Когда его смотрели последний раз", nullable=False),
    integer("took_ms", "Сколько считался, мс", nullable=False),
    flag("stale", "С тех пор изменилось то, по чему он посчитан", default=False),
    words("result", "Ответ целиком, JSON; суммы текстом", nullable=False),
    words("head", "Ответ для страницы: первые строки каждой таблицы, JSON", nullable=False),
    integer("lists_ms", "Сколько собирались списки за его числами, мс; пусто, если не собраны"),
    schema="report",
    comment="Готовые ответы отчетов: страница читает их, а обновление считает заново",
)
Index("ix_answer_stale", answer.c.stale, answer.c.used_at)

answer_list = Table(
    "answer_list",
    metadata,
    words("report", "Имя отчета, как в provodka report", primary_key=True),
    words("question", "Отпечаток вопроса, как у ответа", primary_key=True),
    instant("at", "На какой момент список, как у ответа", primary_key=True),
    words("place", "За каким числом: таблица, столбец, ключи строки; JSON", primary_key=True),
    bigint("whole", "Сколько документов за числом", nullable=False),
    number("total", "Их сумма; пусто, если число ничего не складывает"),
    Column(
        "documents",
        ARRAY(UUID(as_uuid=True)),
        nullable=False,
        comment="Первые из них, новые раньше",
    ),
    Column(
        "moments",
        ARRAY(DateTime(timezone=True)),
        nullable=False,
        comment="Когда случилось то, что считает отчет, у каждого",
    ),
    Column("amounts", ARRAY(Numeric), nullable=False, comment="Сколько добавил каждый"),
    instant("made_at", "Когда собран", now=True),
    ForeignKeyConstraint(
        ["report", "question"],
        ["report.answer.report", "report.answer.question"],
        ondelete="CASCADE",
    ),
    schema="report",
    comment="Документы за числами готовых ответов: страница читает их, а не ищет заново",
)
