"""What rules wake on besides papers, and what they remember: signals, waits, turns, caps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    choice,
    day,
    document,
    flag,
    instant,
    integer,
    metadata,
    ref,
    words,
)

__all__ = ["absence", "audience", "firing", "form_entry", "signal", "turn", "visit", "waiting"]


def _id(name: str, comment: str, **options: Any) -> Column[Any]:
    return Column(name, UUID(as_uuid=True), comment=comment, **options)


signal = document(
    "signal",
    "Сигналы: что сказали время, человек или правило, и о каком документе",
    words("name", "Событие", nullable=False),
    words("of", "Уточнение события: этап, процесс, отпечаток срока"),
    words("key", "Ключ: второй такой же сигнал ничего не добавляет", nullable=False, unique=True),
    words("kind", "Вид документа, о котором сигнал", nullable=False),
    _id("about", "Документ, о котором сигнал"),
    ref("client_id", "client", "Клиент"),
    ref("deal_id", "deal", "Сделка"),
    instant("base", "Время, от которого отсчитан срок"),
    words("title", "О чем, для людей"),
)
Index("ix_signal_about", signal.c.about, signal.c.name)

visit = document(
    "visit",
    "Посещения сайта, которые прислал счетчик",
    ref("client_id", "client", "Клиент, если посетитель узнан"),
    words("visitor", "Посетитель, как его знает счетчик"),
    words("site", "Сайт"),
    words("page", "Страница"),
    words("source", "Откуда пришел"),
    instant("at", "Когда", now=True),
    flag("after_order", "После прежнего заказа этого клиента", default=False),
)
Index("ix_visit_client", visit.c.client_id)

form_entry = document(
    "form_entry",
    "Заполненные формы сайта и просьбы перезвонить",
    choice("kind", ("form", "callback"), "Форма или просьба перезвонить"),
    words("form", "Код формы"),
    ref("client_id", "client", "Клиент, если узнан"),
    ref("deal_id", "deal", "Сделка"),
    words("name", "Как представился"),
    words("phone", "Телефон в E.164"),
    words("email", "Адрес электронной почты"),
    words("text", "Что написал"),
    instant("at", "Когда", now=True),
)
Index("ix_form_entry_client", form_entry.c.client_id)

absence = document(
    "absence",
    "Отсутствия сотрудников: отпуск, болезнь, командировка",
    ref("employee_id", "employee", "Кто отсутствует", nullable=False),
    ref("substitute_id", "employee", "Кто замещает"),
    day("first_day", "Первый день", nullable=False),
    day("last_day", "Последний день", nullable=False),
    words("reason", "Почему"),
    flag(
        "rights",
        "На это время заместитель получает на страницах хаба и роли, и отделы отсутствующего",
        default=False,
    ),
)
Index("ix_absence_employee", absence.c.employee_id, absence.c.last_day)
Index(
    "ix_absence_substitute",
    absence.c.substitute_id,
    absence.c.last_day,
    postgresql_where=absence.c.rights & absence.c.deleted_at.is_(None),
)

waiting = Table(
    "waiting",
    metadata,
    words("key", "Ключ следствия, которое отложено", primary_key=True),
    words("rule", "Правило", nullable=False),
    words("rule_version", "Отпечаток правила, которое отложило", nullable=False),
    integer("action", "Номер действия в правиле, с 0", nullable=False),
    words("event", "Событие", nullable=False),
    words("of", "Уточнение события", nullable=False),
    words("occurrence", "Который это раз", nullable=False),
    words("kind", "Вид документа", nullable=False),
    _id("document", "Документ", nullable=False),
    _id("deal_id", "Сделка"),
    instant("base", "Время события, от которого отсчитан срок", nullable=False),
    instant("due_at", "Когда решать снова", nullable=False),
    bigint("cause", "Изменение, вызвавшее правило"),
    integer("depth", "Глубина цепочки следствий", nullable=False, server_default="0"),
    choice("state", ("waiting", "done", "cancelled"), "Ждет, сделано, причина отпала"),
    words("why", "Почему отпала"),
    instant("created_at", "Когда отложено", now=True),
    instant("settled_at", "Когда сделано или отменено"),
    schema="hub",
    comment="Отложенные действия правил: когда придет срок, решаются заново",
)
Index("ix_waiting_due", waiting.c.due_at, postgresql_where=waiting.c.state == "waiting")
Index("ix_waiting_document", waiting.c.document, postgresql_where=waiting.c.state == "waiting")
Index("ix_waiting_deal", waiting.c.deal_id, postgresql_where=waiting.c.state == "waiting")

firing = Table(
    "firing",
    metadata,
    words("rule", "Правило", nullable=False),
    _id("document", "Документ-причина", nullable=False),
    words("occurrence", "Который это раз", nullable=False),
    _id("deal_id", "Сделка"),
    _id("client_id", "Клиент"),
    instant("at", "Когда", nullable=False),
    PrimaryKeyConstraint("rule", "document", "occurrence"),
    schema="hub",
    comment="Срабатывания правил, у которых ограничена частота",
)
Index("ix_firing_deal", firing.c.deal_id, firing.c.rule)
Index("ix_firing_client", firing.c.client_id, firing.c.rule)

turn = Table(
    "turn",
    metadata,
    words("rule", "Правило", nullable=False),
    _id("employee_id", "Сотрудник", nullable=False),
    bigint("number", "Номер поручения по порядку", nullable=False),
    PrimaryKeyConstraint("rule", "employee_id"),
    schema="hub",
    comment="Кому правило поручало в последний раз: очередь по кругу",
)

audience = Table(
    "audience",
    metadata,
    words("list", "Список рекламной аудитории", nullable=False),
    choice("kind", ("email", "phone"), "Что зашифровано"),
    words("hash", "SHA-256 адреса или телефона в обычной записи", nullable=False),
    _id("client_id", "Клиент", nullable=False),
    instant("added_at", "Когда добавлен", now=True),
    PrimaryKeyConstraint("list", "hash"),
    schema="hub",
    comment="Списки аудиторий для рекламы: только отпечатки контактов",
)
Index("ix_audience_client", audience.c.client_id)
