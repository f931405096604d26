"""The hub's own memory: journal, bindings, cursors, outbox, and what waits for a person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.types import UserDefinedType

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

__all__ = [
    "binding",
    "conflict",
    "cursor",
    "delta",
    "effect",
    "outbox",
    "parked",
    "quarantine",
    "run",
]


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, exchanged as text."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


def _table(name: str, comment: str, *columns: Any, partitioned: str | None = None) -> Table:
    return Table(
        name,
        metadata,
        *columns,
        schema="hub",
        comment=comment,
        postgresql_partition_by=partitioned,
    )


def _document_id(comment: str, **options: Any) -> Column[Any]:
    return Column("document", UUID(as_uuid=True), comment=comment, **options)


def _serial(comment: str, **options: Any) -> Column[Any]:
    return Column("id", BigInteger, Identity(always=True), comment=comment, **options)


delta = _table(
    "delta",
    "Журнал: каждое действительное изменение документа, кто бы его ни сделал; по месяцам",
    _serial("Номер изменения"),
    Column(
        "xid",
        Xid8,
        nullable=False,
        server_default=text("pg_current_xact_id()"),
        comment="Транзакция; читатели идут в порядке (xid, id)",
    ),
    Column(
        "at",
        instant("at", "").type,
        nullable=False,
        server_default=text("clock_timestamp()"),
        comment="Когда; месяц по UTC",
    ),
    words("kind", "Вид документа: имя таблицы в crm", nullable=False),
    _document_id("Документ", nullable=False),
    words("part", "Пусто у самого документа, имя табличной части у ее строк", nullable=False),
    choice("op", ("insert", "update", "delete"), "Что сделано"),
    image("before", "Как было; у табличной части массив измененных строк"),
    image("after", "Как стало"),
    words("origin", "Кто: onec, telephony, rule:имя, person:имя, sql:роль", nullable=False),
    bigint("cause", "Изменение, следствием которого стало это"),
    integer("depth", "Глубина цепочки следствий", nullable=False, server_default="0"),
    PrimaryKeyConstraint("xid", "id", "at"),
    partitioned="RANGE (at)",
)
Index("ix_delta_document", delta.c.document)
Index("ix_delta_cause", delta.c.cause, postgresql_where=delta.c.cause.is_not(None))
Index("ix_delta_id", delta.c.id, postgresql_using="brin")

binding = _table(
    "binding",
    "Соответствие документов хаба и других систем, однозначное в обе стороны",
    words("system", "Система", primary_key=True),
    words("kind", "Вид документа в хабе", primary_key=True),
    words("external_key", "Ключ в той системе", primary_key=True),
    _document_id("Документ хаба", nullable=False),
    words("external_version", "Версия документа в той системе"),
    image("snapshot", "Последнее согласованное состояние, в полях хаба"),
    instant("agreed_at", "Когда согласовано", now=True),
    UniqueConstraint("document", "system", "kind"),
)

cursor = _table(
    "cursor",
    "До какого места прочитан каждый поток",
    words("stream", "Поток", primary_key=True),
    json("position", "Место в терминах источника", nullable=False),
    instant("moved_at", "Когда сдвинут", now=True),
)

outbox = _table(
    "outbox",
    "Внешние действия: записаны вместе с причиной, доставляются ровно один раз",
    _serial("Номер", primary_key=True),
    words(
        "key",
        "Ключ действия: повтор с тем же ключом ничего не добавляет",
        nullable=False,
        unique=True,
    ),
    words("target", "Система-получатель", nullable=False),
    words("operation", "Что сделать: invoice.push, letter.send …", nullable=False),
    words("kind", "Вид документа", nullable=False),
    _document_id("Документ", nullable=False),
    json("payload", "Подробности действия"),
    choice(
        "state",
        ("waiting", "sending", "unsure", "delivered", "flagged", "dead", "dropped"),
        "Ждет, отправляется, исход неизвестен, доставлено, доставлено с расхождением, отказано,"
        " снято человеком",
    ),
    integer("attempts", "Сколько раз пробовали", nullable=False, server_default="0"),
    instant("due_at", "Не раньше", now=True),
    words("worker", "Исполнитель, который брал последним"),
    instant("intent_at", "Когда записано намерение, до вызова"),
    words("marker", "Метка, по которой документ ищут после потерянного ответа"),
    json("said", "Что отправлено при создании: согласовано с той стороной, если оно дошло"),
    words("posting", "Версия, в которой документ отправлен на проведение, если его могли провести"),
    json("result", "Что получилось"),
    json("trouble", "Что помешало: where, found, expected, next_step"),
    bigint("cause", "Изменение, вызвавшее действие"),
    integer("depth", "Глубина цепочки следствий", nullable=False, server_default="0"),
    instant("created_at", "Когда поставлено", now=True),
    instant("settled_at", "Когда завершено"),
    bigint("held_by", "Исполнитель, который занят поручением сейчас: номер в hub.worker"),
    bigint(
        "token",
        "Сколько раз поручение переходило из рук в руки; пишет об исходе только последний",
        nullable=False,
        server_default="0",
    ),
)
_open = outbox.c.state.in_(("waiting", "sending", "unsure"))
Index("ix_outbox_open", outbox.c.target, outbox.c.id, postgresql_where=_open)
Index(
    "ix_outbox_open_document",
    outbox.c.document,
    outbox.c.id,
    postgresql_where=_open,
)
Index("ix_outbox_document", outbox.c.document)
Index("ix_outbox_dead", outbox.c.target, outbox.c.id, postgresql_where=outbox.c.state == "dead")
Index(
    "ix_outbox_settled",
    outbox.c.target,
    outbox.c.settled_at,
    postgresql_where=outbox.c.settled_at.is_not(None),
)

quarantine = _table(
    "quarantine",
    "Документы, отложенные целиком до решения человека",
    words("stream", "Поток", primary_key=True),
    words("external_key", "Ключ документа у источника", primary_key=True),
    words("code", "Код ошибки", primary_key=True),
    json("payload", "Документ, как пришел", nullable=False),
    words("place", "Где", nullable=False),
    words("found", "Что найдено", nullable=False),
    words("expected", "Что ожидалось", nullable=False),
    words("next_step", "Что делать", nullable=False),
    words("mapping_version", "Отпечаток соответствия, которым читали", nullable=False),
    choice(
        "state",
        ("open", "healed", "stopped"),
        "Отложен, принят при повторе, или со страницы, на которой поток остановился",
    ),
    instant("first_seen", "Впервые", now=True),
    instant("last_seen", "В последний раз", now=True),
    integer("times", "Сколько раз", nullable=False, server_default="1"),
)
Index(
    "ix_quarantine_waiting",
    quarantine.c.last_seen,
    postgresql_where=quarantine.c.state != "healed",
)
Index(
    "ix_quarantine_key",
    quarantine.c.external_key,
    postgresql_where=quarantine.c.state != "healed",
)

parked = _table(
    "parked",
    "Документы, которые ждут своего родителя",
    words("stream", "Поток", primary_key=True),
    words("external_key", "Ключ документа у источника", primary_key=True),
    words("waits_for_kind", "Вид родителя", nullable=False),
    words("waits_for_key", "Ключ родителя у источника", nullable=False),
    json("payload", "Документ, как пришел", nullable=False),
    instant("since", "С какого времени", now=True),
)
Index("ix_parked_key", parked.c.external_key)
Index("ix_parked_parent", parked.c.waits_for_kind, parked.c.waits_for_key)

conflict = _table(
    "conflict",
    "Обе стороны изменили одно поле по-разному: решает человек",
    _serial("Номер", primary_key=True),
    words("stream", "Поток", nullable=False),
    words("kind", "Вид документа", nullable=False),
    _document_id("Документ", nullable=False),
    words("field", "Поле", nullable=False),
    json("base", "Последнее согласованное значение"),
    json("ours", "Значение хаба"),
    json("theirs", "Значение другой системы"),
    instant("seen_at", "Когда замечен", now=True),
    instant("resolved_at", "Когда решен"),
    json("resolution", "Выбранное значение"),
    choice(
        "taken",
        ("ours", "theirs", "value", "dissolved"),
        "Чем решен: значение хаба, другой системы, третье, или спор разошелся сам",
        nullable=True,
    ),
    words("resolved_by", "Кто решил: person:имя, или hub, если спор разошелся сам"),
)
Index("ix_conflict_document", conflict.c.document)
Index(
    "ix_conflict_open",
    conflict.c.document,
    conflict.c.field,
    unique=True,
    postgresql_where=conflict.c.resolved_at.is_(None),
)

effect = _table(
    "effect",
    "Следствия правил: каждое ровно один раз",
    words("key", "Правило, версия, документ, повтор, действие", primary_key=True),
    words("rule", "Правило", nullable=False),
    words("rule_version", "Отпечаток правила", nullable=False),
    words("action", "Действие", nullable=False),
    words("kind", "Вид документа-причины", nullable=False),
    _document_id("Документ-причина", nullable=False),
    bigint("cause", "Изменение, вызвавшее правило"),
    json("made", "Что сделано: вид и ключ созданного или измененного", nullable=False),
    instant("at", "Когда", now=True),
)
Index("ix_effect_document", effect.c.document)
Index("ix_effect_rule", effect.c.rule, effect.c.at)

run = _table(
    "run",
    "Запуски потоков: что прочитано, записано, отложено",
    _serial("Номер", primary_key=True),
    words("flow", "Поток работ", nullable=False),
    choice("state", ("running", "done", "set_aside", "failed", "interrupted"), "Чем кончился"),
    json("counts", "Счетчики"),
    words("note", "Сообщение"),
    instant("started_at", "Начало", now=True),
    instant("finished_at", "Конец"),
)
Index("ix_run_flow", run.c.flow, run.c.started_at)
