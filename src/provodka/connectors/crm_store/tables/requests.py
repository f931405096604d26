"""What people have asked for with a button: written by a page, carried out by the hub."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    choice,
    instant,
    integer,
    json,
    key,
    metadata,
    words,
)

__all__ = ["STATES", "request"]

STATES = ("new", "done", "refused")

request = Table(
    "request",
    metadata,
    key(),
    Column("person", UUID(as_uuid=True), nullable=False, comment="Кто просит, ключ hub.person"),
    words("asked_by", "Имя того, кто просит: под ним изменения стоят в журнале", nullable=False),
    words("kind", "О чем просит, словом из каталога просьб", nullable=False),
    json("parameters", "С чем просит", nullable=False),
    instant("asked_at", "Когда просит", nullable=False),
    choice("state", STATES, "Ждет, выполнено, отказано с объяснением"),
    words("said", "Что получилось или почему отказано, словами для человека"),
    json("made", "Что получилось: ключи документов"),
    integer("attempts", "Сколько раз пробовали", nullable=False, server_default="0"),
    instant("settled_at", "Когда выполнено или отказано"),
    schema="hub",
    comment="Просьбы людей со страниц: страница пишет, хаб выполняет один раз",
)
Index("ix_request_new", request.c.asked_at, postgresql_where=request.c.state == "new")
Index("ix_request_person", request.c.person, request.c.asked_at)
Index("ix_request_settled", request.c.settled_at)
