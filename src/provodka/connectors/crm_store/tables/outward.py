"""Channels and calendars: accounts of messengers, what became of a text, the pace, busy hours."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    choice,
    document,
    instant,
    metadata,
    number,
    ref,
    words,
)

__all__ = ["busy", "consent", "dispatch", "messenger_account", "pace"]

messenger_account = document(
    "messenger_account",
    "Учетные записи людей в мессенджерах: кому можно написать",
    words("messenger", "Мессенджер: telegram", nullable=False),
    words("account", "Чат в мессенджере, как он там называется", nullable=False),
    words("name", "Как человек там назвался"),
    words("phone", "Телефон в E.164, если человек сам его сообщил"),
    ref("client_id", "client", "Клиент"),
    ref("contact_id", "contact", "Контактное лицо"),
    ref("employee_id", "employee", "Сотрудник"),
    instant("blocked_at", "Когда стало известно, что писать туда запрещено"),
    UniqueConstraint("messenger", "account"),
)
Index("ix_messenger_account_client", messenger_account.c.client_id)
Index("ix_messenger_account_phone", messenger_account.c.phone)

dispatch = Table(
    "dispatch",
    metadata,
    Column("message", UUID(as_uuid=True), primary_key=True, comment="Сообщение в crm.message"),
    words("channel", "Каким путем ушло: sms, messenger", nullable=False),
    words("external_id", "Номер, под которым его знает шлюз", nullable=False),
    choice(
        "state",
        ("accepted", "delivered", "read", "undelivered", "expired", "unknown"),
        "Что с ним стало: принято шлюзом, доставлено, прочитано, не доставлено, срок истек,"
        " шлюз не знает",
    ),
    words("reason", "Почему не доставлено, словами шлюза"),
    number("cost", "Сколько стоило"),
    words("currency", "Валюта, ISO 4217"),
    instant("accepted_at", "Когда шлюз его принял", now=True),
    instant("ask_at", "Когда спросить о нем снова; пусто, если больше незачем"),
    instant("told_at", "Когда шлюз сказал последнее"),
    schema="hub",
    comment="Сообщения у шлюзов: номер, стоимость, доставка",
)
Index("ix_dispatch_ask", dispatch.c.ask_at, postgresql_where=dispatch.c.ask_at.is_not(None))

pace = Table(
    "pace",
    metadata,
    Column(
        "errand",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="Поручение в hub.outbox",
    ),
    words("scope", "Чей темп: mail:домен получателя", nullable=False),
    instant("at", "Не раньше этого времени", nullable=False),
    schema="hub",
    comment="Темп отправки: каждому поручению назначено свое время",
)
Index("ix_pace_scope", pace.c.scope, pace.c.at)

busy = Table(
    "busy",
    metadata,
    words("calendar", "Календарь в hub.yaml", nullable=False),
    words("uid", "Событие в календаре", nullable=False),
    instant("starts_at", "Начало", nullable=False),
    instant("ends_at", "Конец", nullable=False),
    ref("employee_id", "employee", "Сотрудник", nullable=False),
    PrimaryKeyConstraint("calendar", "uid", "starts_at"),
    schema="hub",
    comment="Занятое время сотрудников по их календарям: без тем и участников",
)
Index("ix_busy_employee", busy.c.employee_id, busy.c.ends_at)

consent = document(
    "consent",
    "Согласия клиентов на обработку данных: на что, когда дано и отозвано",
    ref("client_id", "client", "Клиент", nullable=False),
    choice(
        "purpose",
        ("mail_opens", "advertising"),
        "На что: узнавать, прочитаны ли письма; показывать рекламу в других системах",
    ),
    instant("given_at", "Когда дано", now=True),
    instant("withdrawn_at", "Когда отозвано"),
    words("source", "Откуда известно"),
)
Index("ix_consent_client", consent.c.client_id, consent.c.purpose)
