"""What outside systems, site visitors and readers of letters have told the hub over HTTP."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    choice,
    day,
    flag,
    instant,
    integer,
    json,
    metadata,
    words,
)
from provodka.connectors.crm_store.tables.reacting import visit

__all__ = ["DOORS", "VERDICTS", "inbox", "refusal", "visitor"]

DOORS = ("hook", "form", "visit", "open", "unsubscribe")
VERDICTS = ("ok", "wrong", "missing")

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    choice("door", DOORS, "Вебхук, форма, посещение сайта, прочтение письма, отписка"),
    words("system", "Кто прислал: имя АТС, код формы, сайт", nullable=False),
    words("identity", "Отпечаток: второе такое же событие не добавляет строки", nullable=False),
    words("likeness", "Отпечаток содержания, по которому узнают повторы формы"),
    choice("verdict", VERDICTS, "Подпись верна, неверна, ее нет"),
    words("method", "Метод HTTP", nullable=False),
    words("path", "Путь запроса", nullable=False),
    json("query", "Параметры адреса; пусто, когда срок хранения вышел"),
    json("headers", "Заголовки без секретов; пусто, когда срок хранения вышел"),
    Column("body", LargeBinary, comment="Тело, как пришло; пусто, когда срок хранения вышел"),
    instant("received_at", "Когда принято", nullable=False),
    choice(
        "state",
        ("new", "done", "aside", "refused"),
        "Ждет обработки, обработано, отложено до решения человека, отвергнуто и только хранится",
    ),
    Column(
        "document",
        UUID(as_uuid=True),
        nullable=False,
        server_default=text("hub.uuid7()"),
        comment="Ключ документа, который получится: повторная обработка не создаст второго",
    ),
    json("made", "Что получилось"),
    integer("repeats", "Сколько раз прислали еще", nullable=False, server_default="0"),
    instant("handled_at", "Когда обработано"),
    instant("erased_at", "Когда содержимое стерто по сроку хранения"),
    UniqueConstraint("door", "system", "identity"),
    schema="hub",
    comment="Принятое по HTTP, как пришло: сначала хранится, потом обрабатывается",
)
Index("ix_inbox_new", inbox.c.id, postgresql_where=inbox.c.state == "new")
Index(
    "ix_inbox_aside",
    inbox.c.door,
    inbox.c.system,
    inbox.c.received_at,
    postgresql_where=inbox.c.state == "aside",
)
Index("ix_inbox_received", inbox.c.received_at)
Index(
    "ix_inbox_likeness",
    inbox.c.likeness,
    inbox.c.received_at,
    postgresql_where=inbox.c.likeness.is_not(None),
)

refusal = Table(
    "inbox_refusal",
    metadata,
    day("date", "День по UTC", nullable=False),
    choice("door", DOORS, "Куда стучали"),
    words("system", "Система, форма или сайт; пусто, если такой нет", nullable=False),
    words("reason", "Почему отказано", nullable=False),
    bigint("count", "Сколько раз", nullable=False),
    instant("last_at", "Когда в последний раз", nullable=False),
    PrimaryKeyConstraint("date", "door", "system", "reason"),
    schema="hub",
    comment="Отказы на входе по HTTP: сколько и почему",
)

visitor = Table(
    "visitor",
    metadata,
    words("site", "Сайт", nullable=False),
    words("visitor", "Посетитель, как его знает счетчик", nullable=False),
    Column("client_id", UUID(as_uuid=True), comment="Клиент, если посетитель узнан"),
    flag("ambiguous", "Узнан в разное время как разные клиенты: ничей", default=False),
    words("known_by", "Как узнан: form или letter"),
    Column("visit_id", UUID(as_uuid=True), comment="Посещение, которое длится"),
    instant("seen_at", "Когда открыл страницу в последний раз"),
    PrimaryKeyConstraint("site", "visitor"),
    schema="hub",
    comment="Посетители сайтов, о которых сообщает счетчик",
)
Index("ix_visitor_client", visitor.c.client_id)
Index("ix_visit_visitor", visit.c.site, visit.c.visitor)
