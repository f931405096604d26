"""Tasks that a substitute has while somebody is away, and files that belong to documents."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    instant,
    metadata,
    ref,
    words,
)

__all__ = ["document_file", "stand_in"]

stand_in = Table(
    "stand_in",
    metadata,
    Column(
        "task_id",
        UUID(as_uuid=True),
        ForeignKey("crm.task.id", ondelete="CASCADE"),
        comment="Задача",
    ),
    Column(
        "absence_id",
        UUID(as_uuid=True),
        ForeignKey("crm.absence.id", ondelete="CASCADE"),
        comment="Отсутствие, из-за которого передана",
    ),
    ref("employee_id", "employee", "Чья задача", nullable=False),
    ref("substitute_id", "employee", "Кому передана", nullable=False),
    instant("given_at", "Когда передана", nullable=False),
    instant("returned_at", "Когда возвращена или стало незачем возвращать; пусто, пока передана"),
    PrimaryKeyConstraint("task_id", "absence_id"),
    schema="hub",
    comment="Задачи, которые на время отсутствия сотрудника переданы заместителю",
)
Index(
    "ix_stand_in_given",
    stand_in.c.task_id,
    unique=True,
    postgresql_where=stand_in.c.returned_at.is_(None),
)

document_file = Table(
    "document_file",
    metadata,
    words("kind", "Вид документа", nullable=False),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ"),
    words("name", "Имя файла, под которым его видит получатель", nullable=False),
    words("content_type", "Тип содержимого", nullable=False),
    bigint("size", "Размер, байт", nullable=False),
    words("sha256", "SHA-256 содержимого, он же имя в хранилище файлов", nullable=False),
    words("added_by", "Кто приложил", nullable=False),
    instant("added_at", "Когда приложен", now=True),
    PrimaryKeyConstraint("kind", "document", "name"),
    schema="hub",
    comment="Файлы документов: печатные формы, сканы; одно имя у документа один раз",
)
