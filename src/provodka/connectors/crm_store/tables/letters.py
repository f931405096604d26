"""Mailboxes: how far each folder is read, where each letter lies, its files, and bad addresses."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, func
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.clients import client, contact
from provodka.connectors.crm_store.tables.columns import (
    bigint,
    document,
    flag,
    instant,
    integer,
    metadata,
    words,
)

__all__ = [
    "address_state",
    "file",
    "invited",
    "letter_paper",
    "mail_copy",
    "mail_folder",
    "message_file",
]

mail_folder = Table(
    "mail_folder",
    metadata,
    words("mailbox", "Ящик, как он назван в hub.yaml", nullable=False),
    words("folder", "Папка ящика", nullable=False),
    bigint("uid_validity", "UIDVALIDITY, при котором читали", nullable=False),
    bigint("last_uid", "Наибольший UID из прочитанных", nullable=False),
    bigint("modseq", "HIGHESTMODSEQ, до которого учтены пометки и удаления; 0: сервер не ведет"),
    bigint("past_until", "До этого UID письма лежали в папке, когда ее подключили"),
    instant("past_before", "Из тех писем прошлым считаются пришедшие раньше этого времени"),
    instant("swept_at", "Когда папку в последний раз сверили целиком"),
    instant("read_at", "Когда читали в последний раз", now=True),
    PrimaryKeyConstraint("mailbox", "folder"),
    schema="hub",
    comment="До какого места прочитана каждая папка каждого ящика",
)

mail_copy = Table(
    "mail_copy",
    metadata,
    words("mailbox", "Ящик", nullable=False),
    words("folder", "Папка", nullable=False),
    bigint("uid_validity", "UIDVALIDITY папки", nullable=False),
    bigint("uid", "UID письма в папке", nullable=False),
    Column(
        "message_id",
        UUID(as_uuid=True),
        ForeignKey("crm.message.id", ondelete="CASCADE"),
        comment="Письмо; пусто, если оно отложено в карантин",
    ),
    words("flags", "Пометки сервера через пробел", nullable=False, server_default=""),
    instant("seen_at", "Когда замечено, что письмо прочитали в почтовой программе"),
    instant("gone_at", "Когда замечено, что письма здесь больше нет: удалено или перенесено"),
    PrimaryKeyConstraint("mailbox", "folder", "uid_validity", "uid"),
    schema="hub",
    comment="Где лежит каждое письмо: одно может лежать в нескольких папках и ящиках",
)
Index("ix_mail_copy_message", mail_copy.c.message_id)

file = Table(
    "file",
    metadata,
    words("sha256", "SHA-256 содержимого, он же имя в хранилище файлов", primary_key=True),
    bigint("size", "Размер, байт", nullable=False),
    words("content_type", "Тип содержимого", nullable=False),
    instant("stored_at", "Когда сохранен впервые", now=True),
    schema="hub",
    comment="Файлы из писем: одинаковое содержимое хранится один раз",
)

message_file = Table(
    "message_file",
    metadata,
    Column(
        "message_id",
        UUID(as_uuid=True),
        ForeignKey("crm.message.id", ondelete="CASCADE"),
        nullable=False,
        comment="Письмо",
    ),
    integer("number", "Номер вложения в письме, с 1", nullable=False),
    words("name", "Имя файла, обезвреженное", nullable=False),
    words("content_type", "Тип содержимого", nullable=False),
    bigint("size", "Размер, байт", nullable=False),
    words("sha256", "SHA-256 содержимого", nullable=False),
    words("content_id", "Content-ID картинки в тексте"),
    flag("inline", "Показывается внутри текста", default=False),
    words(
        "left_out",
        "Почему содержимого нет: too_large, unavailable (взять не удалось), expired (вышел срок"
        " хранения); пусто, если есть",
    ),
    PrimaryKeyConstraint("message_id", "number"),
    schema="hub",
    comment="Вложения писем; содержимое в hub.file",
)
Index("ix_message_file_sha256", message_file.c.sha256)

letter_paper = Table(
    "letter_paper",
    metadata,
    Column(
        "message_id",
        UUID(as_uuid=True),
        ForeignKey("crm.message.id", ondelete="CASCADE"),
        nullable=False,
        comment="Письмо",
    ),
    words("kind", "Вид документа: proposal | invoice", nullable=False),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ"),
    PrimaryKeyConstraint("message_id", "kind", "document"),
    schema="hub",
    comment="Какие КП и счета отправляет клиенту письмо: ушло письмо — отправлены и они",
)

invited = Table(
    "invited",
    metadata,
    Column("id", UUID(as_uuid=True), primary_key=True, comment="Встреча в crm.interaction"),
    bigint("sequence", "SEQUENCE последнего учтенного приглашения или отмены", nullable=False),
    instant("stamped_at", "Его DTSTAMP: из двух с одним SEQUENCE новее то, чей позже"),
    schema="hub",
    comment="Какое из писем о встрече учтено: запоздавшее старое новое не затирает",
)

address_state = document(
    "address_state",
    "Адреса почты, на которые писать нельзя или бесполезно",
    words("address", "Адрес в нижнем регистре", nullable=False, unique=True),
    instant("bounced_at", "Когда письмо на него вернулось окончательно"),
    words("bounce_code", "С каким кодом вернулось в последний раз"),
    integer("soft_bounces", "Сколько возвратов подряд было временных", server_default="0"),
    instant("unsubscribed_at", "Когда отписался от рассылок или пожаловался на них"),
    words("reason", "Откуда это известно"),
)

Index("ix_client_email", func.lower(client.c.email))
Index("ix_contact_email", func.lower(contact.c.email))
Index("ix_client_email_domain", func.split_part(func.lower(client.c.email), "@", 2))
Index("ix_contact_email_domain", func.split_part(func.lower(contact.c.email), "@", 2))
