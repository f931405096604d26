"""Whom the company sells to, and who works in it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, func

from provodka.connectors.crm_store.tables.columns import choice, day, document, flag, ref, words

__all__ = [
    "client",
    "contact",
    "contract",
    "delivery_point",
    "department",
    "employee",
    "organization",
]

department = document(
    "department",
    "Отделы компании",
    words("name", "Название отдела", nullable=False),
    ref("parent_id", "department", "Вышестоящий отдел"),
)

employee = document(
    "employee",
    "Сотрудники: менеджеры, руководители, диспетчеры, экспедиторы",
    words("name", "Фамилия, имя, отчество", nullable=False),
    words("email", "Адрес электронной почты"),
    words("phone", "Телефон в E.164"),
    words("extension", "Внутренний номер на АТС"),
    ref("department_id", "department", "Отдел"),
    choice(
        "role",
        ("manager", "head", "accountant", "dispatcher", "courier", "analyst", "engineer"),
        "Роль",
    ),
    words("calendar", "Код рабочего календаря; пусто, если как у компании"),
)

organization = document(
    "organization",
    "Наши организации, от имени которых выставляются счета",
    words("name", "Наименование", nullable=False),
    words("full_name", "Полное наименование"),
    words("inn", "ИНН"),
    words("kpp", "КПП"),
    CheckConstraint("inn IS NULL OR crm.inn_valid(inn)", name="inn_checksum"),
)

client = document(
    "client",
    "Клиенты (контрагенты): физические и юридические лица",
    words("name", "Наименование", nullable=False),
    words("full_name", "Полное наименование"),
    choice("kind", ("legal_entity", "individual"), "Вид клиента"),
    words("inn", "ИНН: 10 цифр у юридического лица, 12 у физического"),
    words("kpp", "КПП, 9 знаков, только у юридического лица"),
    words("phone", "Основной телефон в E.164"),
    words("email", "Основной адрес электронной почты"),
    words("delivery_address", "Адрес доставки (для физического лица)"),
    words("source", "Источник обращения"),
    ref("responsible_id", "employee", "Ответственный менеджер"),
    ref("merged_into_id", "client", "Клиент, с которым объединен"),
    CheckConstraint("inn IS NULL OR crm.inn_valid(inn)", name="inn_checksum"),
    CheckConstraint("kpp IS NULL OR kpp ~ '^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$'", name="kpp_shape"),
)
Index("ix_client_phone", client.c.phone)
Index("ix_client_words", func.hub.words_of(client.c.name), postgresql_using="gin")
Index("ix_client_inn_kpp", client.c.inn, client.c.kpp)
Index(
    "ix_client_merged",
    client.c.id,
    postgresql_where=client.c.merged_into_id.is_not(None),
)

contact = document(
    "contact",
    "Контактные лица клиентов",
    ref("client_id", "client", "Клиент", nullable=False),
    words("name", "Фамилия, имя, отчество", nullable=False),
    words("position", "Должность"),
    words("phone", "Телефон в E.164"),
    words("email", "Адрес электронной почты"),
)
Index("ix_contact_client", contact.c.client_id)
Index("ix_contact_phone", contact.c.phone)

delivery_point = document(
    "delivery_point",
    "Точки доставки: у одного плательщика может быть несколько адресов",
    ref("client_id", "client", "Клиент", nullable=False),
    ref("contact_id", "contact", "Контактное лицо на этом адресе"),
    words("name", "Название точки"),
    words("address", "Адрес доставки", nullable=False),
    flag("of_client", "Построена по адресу доставки самого клиента", default=False),
)
Index("ix_delivery_point_client", delivery_point.c.client_id)
Index(
    "ix_delivery_point_words",
    func.hub.words_of(delivery_point.c.address),
    postgresql_using="gin",
)
Index(
    "ix_delivery_point_of_client",
    delivery_point.c.client_id,
    unique=True,
    postgresql_where=delivery_point.c.of_client,
)

contract = document(
    "contract",
    "Договоры с клиентами",
    ref("client_id", "client", "Клиент", nullable=False),
    ref("organization_id", "organization", "Наша организация"),
    words("name", "Наименование", nullable=False),
    words("number", "Номер договора"),
    day("date", "Дата договора"),
    choice("kind", ("with_buyer", "with_supplier", "other"), "Вид договора"),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    flag("archived", "Договор больше не используется", default=False),
)
Index("ix_contract_client", contract.c.client_id)
Index("ix_contract_number", contract.c.number)
