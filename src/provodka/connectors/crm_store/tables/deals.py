"""Deals, the scenarios they follow, and what people have to do about them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table

from provodka.connectors.crm_store.tables.columns import (
    choice,
    document,
    flag,
    instant,
    integer,
    lines,
    metadata,
    money,
    number,
    numbered,
    ref,
    words,
)

__all__ = ["deal", "deal_item", "interaction", "scenario", "stage", "task"]

scenario = Table(
    "scenario",
    metadata,
    words("code", "Код сценария", primary_key=True),
    words("name", "Название для людей", nullable=False),
    words("version", "Отпечаток описания, из которого загружен", nullable=False),
    schema="crm",
    comment="Сценарии продаж; загружаются из файлов правил",
)

stage = Table(
    "stage",
    metadata,
    words("scenario", "Код сценария", primary_key=True),
    words("code", "Код этапа", primary_key=True),
    words("name", "Название для людей", nullable=False),
    integer("rank", "Порядок этапа, с 1; у концов наибольший", nullable=False),
    choice("kind", ("open", "won", "lost"), "Открытый этап, успешный или неудачный конец"),
    ForeignKeyConstraint(["scenario"], ["crm.scenario.code"], name="fk_stage_scenario"),
    schema="crm",
    comment="Этапы сценариев",
)

deal = document(
    "deal",
    "Сделки (Интересы)",
    numbered("deal", "СД"),
    words("title", "Предмет сделки", nullable=False),
    ref("client_id", "client", "Клиент", nullable=False),
    choice("kind", ("manual", "route", "unstaged"), "Вид: ручные этапы, карта, без этапов"),
    words("scenario", "Сценарий"),
    words("stage", "Этап сценария"),
    integer(
        "stage_entry", "Сколько раз сделка входила в этапы", nullable=False, server_default="0"
    ),
    instant("stage_entered_at", "Когда вошла в нынешний этап"),
    choice("status", ("open", "won", "lost"), "Состояние"),
    ref("responsible_id", "employee", "Ответственный менеджер"),
    money("amount", "Сумма сделки с НДС"),
    money("expected_revenue", "Потенциальная выручка"),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    ref("courier_id", "employee", "Экспедитор"),
    instant("delivery_at", "Дата и время доставки"),
    words("source", "Источник обращения"),
    words("lost_reason", "Причина проигрыша"),
    instant("closed_at", "Когда закрыта"),
    instant("paused_at", "С какого времени работа по сделке приостановлена"),
    instant("paused_until", "До какого времени приостановлена"),
    ref("merged_into_id", "deal", "Сделка, с которой объединена"),
    ForeignKeyConstraint(
        ["scenario", "stage"], ["crm.stage.scenario", "crm.stage.code"], name="fk_deal_stage"
    ),
    CheckConstraint("kind = 'unstaged' OR stage IS NOT NULL", name="staged"),
)
Index("ix_deal_client", deal.c.client_id)
Index("ix_deal_number", deal.c.number)
Index("ix_deal_open", deal.c.status, postgresql_where=deal.c.status == "open")

deal_item = lines(
    "deal_items",
    "deal",
    "Позиции сделки",
    ref("product_id", "product", "Номенклатура", nullable=False),
    number("quantity", "Количество", nullable=False),
    number("price", "Цена за единицу с НДС", nullable=False),
    money("amount", "Сумма с НДС"),
)

task = document(
    "task",
    "Задачи и запланированные взаимодействия",
    words("subject", "Что сделать", nullable=False),
    words("purpose", "Зачем"),
    ref("deal_id", "deal", "Сделка"),
    ref("client_id", "client", "Клиент"),
    ref("author_id", "employee", "Автор; пусто, если задачу поставило правило"),
    ref("executor_id", "employee", "Исполнитель"),
    choice("kind", ("task", "call", "meeting", "letter", "delivery", "control"), "Вид"),
    choice("status", ("open", "done", "failed", "cancelled"), "Состояние"),
    instant("due_at", "Срок; может быть сдвинут человеком"),
    instant("original_due_at", "Первоначальный срок"),
    words("rule", "Правило, поставившее задачу"),
    integer("stage_entry", "Вход в этап, при котором задача поставлена"),
    words("result", "Результат"),
    instant("finished_at", "Когда завершена"),
)
Index("ix_task_deal", task.c.deal_id)
Index("ix_task_client", task.c.client_id, postgresql_where=task.c.status == "open")
Index("ix_task_due", task.c.executor_id, task.c.due_at, postgresql_where=task.c.status == "open")

interaction = document(
    "interaction",
    "Взаимодействия: встречи, звонки, письма",
    ref("client_id", "client", "Клиент"),
    ref("deal_id", "deal", "Сделка"),
    ref("employee_id", "employee", "Сотрудник"),
    choice("kind", ("call", "meeting", "letter", "message", "visit", "other"), "Вид"),
    choice("direction", ("incoming", "outgoing", "internal"), "Направление"),
    choice("status", ("planned", "done", "cancelled"), "Состояние"),
    instant("at", "Когда состоялось или запланировано", nullable=False),
    words("subject", "Тема"),
    words("text", "Содержание"),
    flag("checked", "Входящее просмотрено", default=False),
)
Index("ix_interaction_client", interaction.c.client_id, interaction.c.at)
Index("ix_interaction_deal", interaction.c.deal_id)
