"""Calls and letters."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from provodka.connectors.crm_store.tables.columns import (
    choice,
    document,
    flag,
    instant,
    integer,
    json,
    metadata,
    ref,
    words,
)

__all__ = ["call", "call_leg", "message"]

call = document(
    "call",
    "Звонки: один разговор, сколько бы строк ни записала АТС",
    words("source", "АТС, из журнала которой взят", nullable=False),
    words("call_key", "Ключ разговора на АТС (linkedid)", nullable=False),
    choice("direction", ("incoming", "outgoing", "internal"), "Направление"),
    choice("outcome", ("answered", "missed", "abandoned", "busy", "failed"), "Исход"),
    instant("started_at", "Начало", nullable=False),
    integer("wait_seconds", "Ожидание ответа, с", nullable=False, server_default="0"),
    integer("talk_seconds", "Разговор, с", nullable=False, server_default="0"),
    words("client_number", "Номер собеседника: E.164 или как записала АТС"),
    words("extension", "Внутренний номер ответившего"),
    words("did", "Наш номер, на который позвонили"),
    ref("client_id", "client", "Клиент, если номер принадлежит ровно одному"),
    ref("employee_id", "employee", "Ответивший сотрудник"),
    flag("ambiguous", "Номер принадлежит нескольким клиентам", default=False),
    instant("ended_at", "Конец"),
    integer("hold_seconds", "На удержании, с", nullable=False, server_default="0"),
    words("queue", "Очередь, в которой ждал звонивший"),
    json("rung", "Телефоны, которые звонили, по порядку"),
    json("transfers", "Переводы: вид, с какого номера, на какой"),
    words("forwarded_to", "На какой внешний номер переадресован"),
    flag("voicemail", "Оставлено голосовое сообщение", default=False),
    flag("menu", "Сначала ответило голосовое меню", default=False),
    words("recording", "Запись разговора: ссылка или имя на АТС"),
    instant("recording_until", "До какого времени ссылка на запись действует"),
    ref("contact_id", "contact", "Контактное лицо, если номер его"),
    instant("called_back_at", "Когда с этим номером связались после пропущенного"),
    ref("called_back_id", "call", "Звонок, которым связались"),
    UniqueConstraint("source", "call_key"),
)
Index("ix_call_client", call.c.client_id)
Index("ix_call_number", call.c.client_number, call.c.started_at)
Index("ix_call_called_back", call.c.called_back_id)
Index(
    "ix_call_started",
    call.c.started_at,
    postgresql_using="brin",
    postgresql_with={"pages_per_range": 32},
)

message = document(
    "message",
    "Письма, СМС и сообщения в мессенджерах",
    ref("client_id", "client", "Клиент"),
    ref("deal_id", "deal", "Сделка"),
    ref("employee_id", "employee", "Сотрудник"),
    choice(
        "direction",
        ("outgoing", "incoming", "service"),
        "Направление; service: написала программа, ответом клиента не считается",
    ),
    choice("status", ("queued", "sent", "delivered", "failed", "unsure", "received"), "Состояние"),
    words("sender", "От кого"),
    words("recipient", "Кому"),
    words("subject", "Тема"),
    words("text", "Текст"),
    words("html", "Текст в HTML"),
    json("attachments", "Вложения: имена файлов шаблона"),
    words("template", "Шаблон"),
    words("message_id", "Message-ID"),
    instant("sent_at", "Когда отправлено"),
    choice("channel", ("mail", "sms", "messenger"), "Каким путем"),
    words("reply_to", "Куда отвечать"),
    words("in_reply_to", "Message-ID письма, на которое это отвечает"),
    instant("read_at", "Когда прочитано"),
    instant("bounced_at", "Когда вернулось недоставленным"),
    choice(
        "kind",
        ("person", "bounce", "auto_reply", "receipt", "list", "invitation"),
        "Что за письмо из ящика: написал человек, возврат, автоответ, уведомление, рассылка,"
        " приглашение; пусто у наших",
        nullable=True,
    ),
    words("sender_name", "Имя отправителя, как в письме"),
    words("copies", "Кому копии"),
    words("reply_text", "Что написал человек, без цитат и подписи"),
    words("thread_key", "Ключ переписки: один у всех ее писем"),
    words("linked_by", "Почему отнесено к клиенту, или почему ни к кому"),
    flag("needs_person", "Ждет, чтобы человек назвал клиента", default=False),
    flag("past", "Из прошлого ящика: прочитано при подключении, правил не будит", default=False),
    flag("mailing", "Письмо рассылки, а не переписки", default=False),
    words("bounce_code", "С каким кодом вернулось, например 5.1.1"),
    instant("answered_at", "Когда на него ответил человек"),
    instant("delivered_at", "Когда доставлено, если канал об этом сообщает"),
)
Index("ix_message_deal", message.c.deal_id)
Index("ix_message_message_id", message.c.message_id, unique=True)
Index("ix_message_client", message.c.client_id)
Index("ix_message_thread", message.c.thread_key)
Index("ix_message_unlinked", message.c.id, postgresql_where=message.c.needs_person)

call_leg = Table(
    "call_leg",
    metadata,
    words("source", "АТС", primary_key=True),
    words("leg_key", "Ключ строки", primary_key=True),
    words("call_key", "Ключ разговора (linkedid)", nullable=False),
    json("leg", "Строка, разобранная по полям", nullable=False),
    schema="hub",
    comment="Строки журнала АТС, из которых собраны звонки",
)
Index("ix_call_leg_call", call_leg.c.source, call_leg.c.call_key)
