"""What banks have said: their files, every document in them once, and what was decided of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    choice,
    day,
    flag,
    instant,
    integer,
    json,
    metadata,
    money,
    words,
)

__all__ = ["bank_candidate", "bank_document", "bank_file", "bank_mention"]


def _table(name: str, comment: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, schema="hub", comment=comment)


def _of_document() -> Column[Any]:
    key = ForeignKey("hub.bank_document.id", ondelete="CASCADE")
    return Column("document_id", BigInteger, key, nullable=False, comment="Документ банка")


bank_file = _table(
    "bank_file",
    "Принятые файлы выписок, каждый по своему содержанию один раз",
    words("digest", "Отпечаток содержимого, BLAKE2", primary_key=True),
    words("name", "Имя файла, под которым он пришел впервые", nullable=False),
    words("version", "Версия формата 1CClientBankExchange", nullable=False),
    words("encoding", "Кодировка на деле", nullable=False),
    words("claimed", "Кодировка, о которой говорит файл", nullable=False),
    words("sender", "Программа, которая выгрузила файл", nullable=False),
    day("first_day", "Первый день выписки"),
    day("last_day", "Последний день выписки"),
    flag("ended", "Есть ли строка КонецФайла", default=True),
    json("sections", "Счета: остатки и обороты", nullable=False),
    json("notes", "Замечания: строка, код, текст", nullable=False),
    integer("documents", "Сколько документов понято", nullable=False),
    integer("set_aside", "Сколько документов отложено", nullable=False),
    instant("taken_at", "Когда принят", now=True),
)

bank_document = _table(
    "bank_document",
    "Документы выписок: один и тот же из двух файлов хранится один раз",
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="Номер"),
    words(
        "key",
        "По чему узнается тот же документ: счет, направление, номер, дата, сумма, стороны",
        nullable=False,
        unique=True,
    ),
    words("account", "Наш счет", nullable=False),
    choice("direction", ("in", "out"), "Поступило или списано"),
    words("kind", "Вид документа банка", nullable=False),
    words("number", "Номер документа", nullable=False),
    day("date", "Дата документа", nullable=False),
    day("moved_on", "День зачисления или списания; пусто, пока деньги в пути"),
    money("amount", "Сумма"),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    words("party_name", "Вторая сторона: плательщик поступления, получатель списания"),
    words("party_inn", "ИНН второй стороны"),
    words("party_account", "Счет второй стороны"),
    words("purpose", "Назначение платежа", nullable=False),
    choice(
        "nature",
        ("customer", "own", "budget", "bank", "refund", "spent"),
        "Оплата клиента, свой перевод, бюджет, банк, возврат, наш платеж",
    ),
    json("said", "Все реквизиты документа, как в файле", nullable=False),
    choice(
        "state",
        ("undecided", "matched", "apart"),
        "Ждет решения, отнесен к счетам, не оплата счета",
    ),
    words("why", "Почему решено так или почему не решено", nullable=False, server_default=""),
    words("decided_by", "Кто решил: bank, onec или person:имя"),
    instant("decided_at", "Когда решено"),
    json("shares", "Решение: счета и суммы по ним"),
    Column("payment_id", UUID(as_uuid=True), comment="Платеж в crm, созданный или найденный"),
    flag("in_accounting", "Платеж хотя бы раз был проведен в бухгалтерии", default=False),
    instant("first_seen", "Когда документ встретился впервые", now=True),
)
Index("ix_bank_document_state", bank_document.c.state, bank_document.c.date)
Index(
    "uq_bank_document_payment",
    bank_document.c.payment_id,
    unique=True,
    postgresql_where=bank_document.c.payment_id.is_not(None),
)

bank_mention = _table(
    "bank_mention",
    "В каких файлах и на какой строке встретился документ",
    _of_document(),
    Column(
        "digest",
        ForeignKey("hub.bank_file.digest", ondelete="CASCADE"),
        nullable=False,
        comment="Файл",
    ),
    integer("line", "Строка, с которой начинается документ", nullable=False),
    PrimaryKeyConstraint("document_id", "digest"),
)

bank_candidate = _table(
    "bank_candidate",
    "Варианты: к каким счетам относится поступление, с баллами и причинами",
    _of_document(),
    integer("place", "Место по баллам, с 1", nullable=False, autoincrement=False),
    integer("score", "Баллы", nullable=False),
    json("shares", "Счета и суммы по ним", nullable=False),
    json("reasons", "Причины: код, баллы, текст", nullable=False),
    instant("seen_at", "Когда посчитан", now=True),
    PrimaryKeyConstraint("document_id", "place"),
)
