"""What the PBXs tell while a call goes on, and what each of two sources said of one call."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import choice, instant, json, metadata, words

__all__ = ["call_source", "live_call"]

call_source = Table(
    "call_source",
    metadata,
    words("source", "АТС или другой источник", nullable=False),
    words("call_key", "Ключ разговора в нем", nullable=False),
    Column(
        "call_id",
        UUID(as_uuid=True),
        ForeignKey("crm.call.id", ondelete="CASCADE"),
        nullable=False,
        comment="Звонок",
    ),
    json("said", "Что об этом звонке знает этот источник", nullable=False),
    PrimaryKeyConstraint("source", "call_key"),
    schema="hub",
    comment="Звонки, о которых сообщили два источника: ключи и слова каждого",
)
Index("ix_call_source_call", call_source.c.call_id)

live_call = Table(
    "live_call",
    metadata,
    words("source", "АТС", nullable=False),
    words("call_key", "Ключ разговора на АТС (linkedid)", nullable=False),
    choice("state", ("ringing", "answered", "ended"), "Звонит, говорят, закончен"),
    choice("direction", ("incoming", "outgoing", "internal"), "Направление"),
    words("client_number", "Номер собеседника: E.164 или как записала АТС"),
    words("did", "Наш номер, на который звонят"),
    words("extension", "Внутренний номер, который звонит или говорит"),
    instant("started_at", "Когда зазвонил", nullable=False),
    instant("at", "Когда состояние изменилось", nullable=False),
    PrimaryKeyConstraint("source", "call_key"),
    schema="hub",
    comment="Звонки, которые идут сейчас; законченные живут здесь сутки",
)
Index("ix_live_call_at", live_call.c.at)
