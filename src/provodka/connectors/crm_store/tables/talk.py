"""Calls and letters."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint

from provodka.connectors.crm_store.tables.columns import (
    choice,
    document,
    flag,
    instant,
    integer,
    json,
    ref,
    words,
)

__all__ = ["call", "message"]

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
    UniqueConstraint("source", "call_key"),
)
Index("ix_call_client", call.c.client_id)
Index("ix_call_number", call.c.client_number)

message = document(
    "message",
    "Письма, СМС и сообщения в мессенджерах",
    ref("client_id", "client", "Клиент"),
    ref("deal_id", "deal", "Сделка"),
    ref("employee_id", "employee", "Сотрудник"),
    choice("direction", ("outgoing", "incoming"), "Направление"),
    choice(
        "status", ("queued", "sent", "delivered", "failed", "unsure", "received"), "Состояние"
    ),
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
)
Index("ix_message_deal", message.c.deal_id)
Index("ix_message_message_id", message.c.message_id, unique=True)
