"""What clients have ordered, what was brought over from older programs, and tare they keep."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from provodka.connectors.crm_store.tables.columns import (
    bigint,
    choice,
    document,
    instant,
    integer,
    lines,
    metadata,
    money,
    number,
    numbered,
    ref,
    words,
)

__all__ = [
    "buying_spell",
    "history_file",
    "history_name",
    "history_row",
    "order",
    "order_line",
    "returnable",
]

order = document(
    "order",
    "Заказы клиентов",
    numbered("order", "ЗК"),
    ref("client_id", "client", "Клиент, который платит", nullable=False),
    choice("client_kind", ("legal_entity", "individual"), "Вид клиента при заказе", nullable=True),
    ref("delivery_point_id", "delivery_point", "Точка доставки"),
    ref("deal_id", "deal", "Сделка, по которой заказ выполняется"),
    choice("status", ("received", "confirmed", "delivered", "cancelled"), "Состояние"),
    instant("ordered_at", "Когда заказано", now=True),
    instant("confirmed_at", "Когда назначены экспедитор и дата"),
    instant("completed_at", "Когда выполнен"),
    instant("cancelled_at", "Когда отменен"),
    words("cancel_reason", "Почему отменен"),
    instant("wanted_at", "На какое время заказана доставка"),
    ref("operator_id", "employee", "Кто принял заказ"),
    ref("courier_id", "employee", "Экспедитор, который его выполнил"),
    money("amount", "Сумма товаров и услуг с НДС, без залога за тару"),
    money("deposit", "Залог за возвратную тару"),
    ref("invoice_id", "invoice", "Счет за месяц, в который заказ вошел"),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    integer(
        "window_minutes", "Сколько минут с этого времени клиент ждет; пусто, если до конца дня"
    ),
    words("comment", "Что передать экспедитору"),
    CheckConstraint("window_minutes > 0", name="window_lasts"),
)
Index("ix_order_client", order.c.client_id, order.c.completed_at)
Index("ix_order_deal", order.c.deal_id)
Index("ix_order_number", order.c.number)
Index(
    "ix_order_moments",
    order.c.confirmed_at,
    order.c.completed_at,
    order.c.cancelled_at,
    postgresql_using="brin",
    postgresql_with={"pages_per_range": 32},
)
Index("ix_order_ordered", order.c.ordered_at)
Index(
    "ix_order_open",
    order.c.ordered_at,
    postgresql_where=order.c.status.in_(("received", "confirmed")) & order.c.deleted_at.is_(None),
)
Index("ix_order_invoice", order.c.invoice_id, postgresql_where=order.c.invoice_id.is_not(None))

order_line = lines(
    "order_lines",
    "order",
    "Позиции заказов",
    ref("product_id", "product", "Номенклатура", nullable=False),
    words("item_kind", "Род позиции при заказе: вода, тара, кулер", nullable=False),
    number("quantity", "Количество", nullable=False),
    number("price", "Цена за единицу с НДС; у возвратной тары залог", nullable=False),
    money("amount", "Сумма с НДС; у возвратной тары залог"),
)
Index("ix_order_lines_product", order_line.c.product_id)

returnable = document(
    "returnable",
    "Движения возвратной тары и залогов: остаток у клиента есть их сумма",
    ref("client_id", "client", "Клиент", nullable=False),
    ref("product_id", "product", "Бутыль, кулер", nullable=False),
    ref("delivery_id", "delivery", "Остановка, на которой отдано или принято"),
    instant("at", "Когда", now=True),
    number("quantity", "Отдано клиенту; с минусом принято от него", nullable=False),
    money("amount", "Залог, который он внес; с минусом возвращен ему"),
    words("comment", "Комментарий"),
)
Index("ix_returnable_client", returnable.c.client_id, returnable.c.product_id)


def _memory(name: str, comment: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns, schema="hub", comment=comment)


def _kind() -> Column[Any]:
    return words("kind", "Что загружалось: clients, products, orders…", nullable=False)


history_file = _memory(
    "history_file",
    "Файлы прошлого: до какой строки каждый загружен",
    _kind(),
    words("digest", "Отпечаток содержимого файла, SHA-256", nullable=False),
    words("name", "Имя файла", nullable=False),
    integer("done", "Сколько строк данных пройдено", nullable=False),
    integer("created", "Сколько строк стали документами", nullable=False),
    integer("same", "Сколько строк уже было загружено раньше", nullable=False),
    integer("set_aside", "Сколько строк отложено", nullable=False),
    instant("started_at", "Когда начат", now=True),
    instant("finished_at", "Когда пройден до конца; пусто, если прерван"),
    PrimaryKeyConstraint("kind", "digest"),
)

history_row = _memory(
    "history_row",
    "Какие строки прошлого уже загружены: по содержимому, из какого бы файла ни пришли",
    _kind(),
    Column(
        "key",
        UUID(as_uuid=True),
        nullable=False,
        comment="Отпечаток содержимого строки и того, которая она из одинаковых",
    ),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ, которым она стала"),
    PrimaryKeyConstraint("kind", "key"),
)

history_name = _memory(
    "history_name",
    "Под какими именами прошлое знает клиентов, номенклатуру и сотрудников",
    _kind(),
    words("key", "Имя без лишних пробелов, строчными буквами", nullable=False),
    Column("document", UUID(as_uuid=True), nullable=False, comment="Документ хаба"),
    PrimaryKeyConstraint("kind", "key"),
)

buying_spell = Table(
    "buying_spell",
    metadata,
    choice("scope", ("payer", "point"), "По плательщикам или по точкам доставки"),
    Column("owner", UUID(as_uuid=True), nullable=False, comment="Плательщик или точка доставки"),
    integer("spell", "Номер отрезка у него, с 1", nullable=False),
    Column("client", UUID(as_uuid=True), nullable=False, comment="Клиент"),
    words("client_kind", "Вид клиента при последней покупке отрезка"),
    instant("first_at", "Первая покупка отрезка", nullable=False),
    instant("last_at", "Последняя покупка отрезка", nullable=False),
    instant("lost_at", "Последняя покупка и три календарных месяца", nullable=False),
    bigint("orders", "Покупок с самого начала", nullable=False),
    money("amount", "На сумму с самого начала, с НДС"),
    bigint("own_orders", "Покупок в этом отрезке", nullable=False),
    PrimaryKeyConstraint("scope", "owner", "spell"),
    schema="report",
    comment="Отрезки покупок: новый начинается после трех календарных месяцев без покупки",
)
Index("ix_buying_spell_client", buying_spell.c.client)
